"""Renewing DIDs: a calendar month in the holder's zone, from the day of assignment.

The fee is that of the day of renewal; a number that is not paid for goes back to stock or waits.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from models.access import audit
from models.database import raw, retried, transaction
from models.money.party import Party
from models.panel.renewal import (
    UNFUNDED,
    Renewal,
    Renewed,
    hold_accounts,
    hold_wallets,
    pay_periods,
)
from models.panel.renewal_mails import mail_notices, mail_outcome
from models.panel.resale import Price, prices_for
from models.rules.billing_calendar import local_date
from models.rules.enums import PostingKind
from models.rules.errors import DomainError
from models.rules.renewal_cycle import RenewalCycle
from models.sweeping import PAGE_ROWS, Page, Swept, swept

_log = logging.getLogger(__name__)


async def renew_dids(page: Page) -> Swept:
    """Renew a page of numbers whose month is over by `as_of`; what is done twice changes nothing.

    Requirement heading: DID.
    """
    return await retried(lambda: _renew_page(page))


async def remind_of_dids(page: Page) -> Swept:
    """Remind the holders of a page of numbers that renew within their days of notice, once."""
    async with transaction() as tx:
        rows = await raw(tx).fetch(_NOTICED, page.as_of, *page.key, PAGE_ROWS)
        renewals, parties = await _understood(tx, rows)
        await raw(tx).execute(_REMINDED, [row["id"] for row in rows])
        await mail_notices(tx, renewals, parties)
        return swept(rows, len(renewals), "next_renewal_at")


async def _renew_page(page: Page) -> Swept:
    async with transaction() as tx:
        rows = await raw(tx).fetch(_DUE, page.as_of, *page.key, PAGE_ROWS)
        held = await hold_accounts(tx, [row["account_id"] for row in rows])
        due = await raw(tx).fetch(_HOLD, [row["id"] for row in rows], held, page.as_of)
        renewals, parties = await _understood(tx, due, page.as_of)
        await hold_wallets(tx, parties)
        outcome = await pay_periods(renewals, parties, page.as_of)
        await _write(tx, outcome, page.as_of)
        await mail_outcome(tx, outcome, parties, page.as_of)
        return swept(rows, len(renewals), "next_renewal_at")


async def _understood(
    tx: BaseDBAsyncClient, rows: Sequence[asyncpg.Record], as_of: datetime | None = None
) -> tuple[list[Renewal], Mapping[UUID, Party]]:
    """The renewals that rows ask for, priced; one that can not be priced is logged and waits."""
    parties = await Party.of_many(tx, [row["account_id"] for row in rows])
    renewals = []
    for row in rows:
        house = Price(row["monthly_fee"], row["setup_fee"], row["currency_code"])
        try:
            prices = await prices_for(tx, parties[row["account_id"]], row["id"], house)
        except DomainError as refusal:
            _log.error("DID %s can not be renewed: %s", row["number"], refusal.message)
            continue
        renewals.append(_renewal(row, tuple(price.price for price in prices), as_of))
    return renewals, parties


def _renewal(row: asyncpg.Record, prices: tuple[Decimal, ...], as_of: datetime | None) -> Renewal:
    zone = row["time_zone"]
    anchor = local_date(zone, row["anchored_at"] or row["assigned_at"])
    cycle = RenewalCycle(zone, anchor=anchor)
    begins_at = row["next_renewal_at"]
    if row["overdue_since"] is not None and as_of is not None:
        # Nothing is charged for the time that it was not paid for: months are counted anew.
        begins_at = cycle.today(as_of)
        cycle = RenewalCycle(zone, anchor=local_date(zone, as_of))
    return Renewal(
        id=row["id"],
        account_id=row["account_id"],
        kind=PostingKind.DID,
        name=f"DID {row['number']}",
        prices=prices,
        cycle=cycle,
        begins_at=begins_at,
        releases_when_unfunded=row["releases_when_unfunded"],
        overdue_since=row["overdue_since"],
    )


async def _write(tx: BaseDBAsyncClient, outcome: Renewed, as_of: datetime) -> None:
    connection = raw(tx)
    paid = outcome.last_paid
    await connection.execute(
        _PAID,
        [renewal.id for renewal in paid],
        [renewal.ends_at for renewal in paid],
        [renewal.begins_at if renewal.overdue_since else None for renewal in paid],
    )
    kept = outcome.kept
    await connection.execute(
        _KEPT,
        [renewal.id for renewal in kept],
        [renewal.cycle.tomorrow(as_of) for renewal in kept],
        [renewal.begins_at for renewal in kept],
    )
    released = outcome.released
    await connection.execute(_RELEASED, [renewal.id for renewal in released])
    change = audit.FieldChange("customer", None, UNFUNDED)
    events = [(_subject(renewal), [change]) for renewal in released]
    await audit.record_many(None, "didRelease", events)


def _subject(renewal: Renewal) -> audit.Subject:
    number = renewal.name.removeprefix("DID ")
    return audit.Subject("Did", renewal.id, number, renewal.account_id)


_COLUMNS = """
    d.id, d.account_id, d.number, d.currency_code, d.monthly_fee, d.setup_fee, d.assigned_at,
    d.anchored_at, d.next_renewal_at, d.overdue_since, d.releases_when_unfunded, a.time_zone
"""

_DUE = """
    SELECT d.id, d.account_id, d.next_renewal_at
    FROM dids d JOIN accounts a ON a.id = d.account_id AND a.status IN ('ACTIVE', 'INACTIVE')
    WHERE d.next_renewal_at <= $1 AND (d.next_renewal_at, d.id) > ($2, $3)
    ORDER BY d.next_renewal_at, d.id LIMIT $4
"""

_HOLD = f"""
    SELECT {_COLUMNS}
    FROM dids d JOIN accounts a ON a.id = d.account_id
    WHERE d.id = ANY ($1::uuid[]) AND d.account_id = ANY ($2::uuid[]) AND d.next_renewal_at <= $3
    ORDER BY d.next_renewal_at, d.id
    FOR NO KEY UPDATE OF d SKIP LOCKED
"""  # noqa: S608 - columns of ours

_NOTICED = f"""
    SELECT {_COLUMNS}
    FROM dids d JOIN accounts a ON a.id = d.account_id AND a.status IN ('ACTIVE', 'INACTIVE')
    WHERE d.next_renewal_at > $1 AND d.next_renewal_at <= $1 + d.reminder_days * interval '1 day'
      AND d.overdue_since IS NULL AND d.reminded_for IS DISTINCT FROM d.next_renewal_at
      AND (d.next_renewal_at, d.id) > ($2, $3)
    ORDER BY d.next_renewal_at, d.id LIMIT $4
    FOR NO KEY UPDATE OF d SKIP LOCKED
"""  # noqa: S608 - columns of ours

_REMINDED = "UPDATE dids SET reminded_for = next_renewal_at WHERE id = ANY ($1::uuid[])"

_PAID = """
    UPDATE dids d SET next_renewal_at = p.next_at, overdue_since = NULL,
                      anchored_at = coalesce(p.anchored_at, d.anchored_at), version = d.version + 1
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS p (id, next_at, anchored_at)
    WHERE d.id = p.id
"""

_KEPT = """
    UPDATE dids d SET next_renewal_at = k.again_at, version = d.version + 1,
                      overdue_since = coalesce(d.overdue_since, k.since)
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS k (id, again_at, since)
    WHERE d.id = k.id
"""

_RELEASED = """
    UPDATE dids SET account_id = NULL, assigned_at = NULL, next_renewal_at = NULL,
                    anchored_at = NULL, overdue_since = NULL, reminded_for = NULL,
                    version = version + 1
    WHERE id = ANY ($1::uuid[])
"""
