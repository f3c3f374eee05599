"""Renewing product orders: each period of so many days at the prices of the day of the order.

An order that is not paid for ends or waits, as its product says.
"""

from __future__ import annotations

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
from models.rules.enums import PostingKind
from models.rules.renewal_cycle import RenewalCycle
from models.sweeping import PAGE_ROWS, Page, Swept, swept


async def renew_orders(page: Page) -> Swept:
    """Renew a page of orders whose period is over by `as_of`; done twice, nothing changes.

    Requirement heading: Product.
    """
    return await retried(lambda: _renew_page(page))


async def remind_of_orders(page: Page) -> Swept:
    """Remind the holders of a page of orders that renew within their days of notice, once."""
    async with transaction() as tx:
        rows = await raw(tx).fetch(_NOTICED, page.as_of, *page.key, PAGE_ROWS)
        parties = await Party.of_many(tx, [row["account_id"] for row in rows])
        await raw(tx).execute(_REMINDED, [row["id"] for row in rows])
        await mail_notices(tx, [_renewal(row) for row in rows], parties)
        return swept(rows, len(rows), "next_renewal_at")


async def _renew_page(page: Page) -> Swept:
    async with transaction() as tx:
        rows = await raw(tx).fetch(_DUE, page.as_of, *page.key, PAGE_ROWS)
        held = await hold_accounts(tx, [row["account_id"] for row in rows])
        due = await raw(tx).fetch(_HOLD, [row["id"] for row in rows], held, page.as_of)
        renewals = [_renewal(row, page.as_of) for row in due]
        parties = await Party.of_many(tx, [row["account_id"] for row in due])
        await hold_wallets(tx, parties)
        outcome = await pay_periods(renewals, parties, page.as_of)
        await _write(tx, outcome, page.as_of, {row["id"]: row["account_number"] for row in due})
        await mail_outcome(tx, outcome, parties, page.as_of)
        return swept(rows, len(renewals), "next_renewal_at")


def _renewal(row: asyncpg.Record, as_of: datetime | None = None) -> Renewal:
    cycle = RenewalCycle(row["time_zone"], days=row["billing_days"])
    overdue = row["overdue_since"] is not None and as_of is not None
    return Renewal(
        id=row["id"],
        account_id=row["account_id"],
        kind=PostingKind.PRODUCT,
        name=row["name"],
        prices=tuple(price * row["quantity"] for price in (row["price"], *row["owner_prices"])),
        cycle=cycle,
        # Nothing is charged for the time that it was not paid for.
        begins_at=cycle.today(as_of) if overdue and as_of else row["next_renewal_at"],
        quantity=Decimal(row["quantity"]),
        releases_when_unfunded=row["releases_when_unfunded"],
        overdue_since=row["overdue_since"],
    )


async def _write(
    tx: BaseDBAsyncClient, outcome: Renewed, as_of: datetime, numbers: Mapping[UUID, str]
) -> None:
    connection = raw(tx)
    await connection.execute(
        _PAID,
        [renewal.id for renewal in outcome.last_paid],
        [renewal.ends_at for renewal in outcome.last_paid],
    )
    await connection.execute(
        _KEPT,
        [renewal.id for renewal in outcome.kept],
        [renewal.cycle.tomorrow(as_of) for renewal in outcome.kept],
        [renewal.begins_at for renewal in outcome.kept],
    )
    released = outcome.released
    await connection.execute(_ENDED, [renewal.id for renewal in released], as_of, UNFUNDED)
    events = [_event(renewal, numbers[renewal.id]) for renewal in released]
    await audit.record_many(None, "productOrderTerminate", events)


def _event(
    renewal: Renewal, account_number: str
) -> tuple[audit.Subject, Sequence[audit.FieldChange]]:
    subject = audit.Subject("Customer", renewal.account_id, account_number, renewal.account_id)
    return subject, [audit.FieldChange("terminationNote", None, UNFUNDED)]


_COLUMNS = """
    o.id, o.account_id, o.quantity, o.price, o.owner_prices, o.next_renewal_at, o.overdue_since,
    p.name, p.billing_days, p.releases_when_unfunded, a.time_zone, a.number AS account_number
"""

_DUE = """
    SELECT o.id, o.account_id, o.next_renewal_at
    FROM product_orders o
    JOIN accounts a ON a.id = o.account_id AND a.status IN ('ACTIVE', 'INACTIVE')
    WHERE o.next_renewal_at <= $1 AND (o.next_renewal_at, o.id) > ($2, $3)
      AND o.terminated_at IS NULL
    ORDER BY o.next_renewal_at, o.id LIMIT $4
"""

_HOLD = f"""
    SELECT {_COLUMNS}
    FROM product_orders o
    JOIN products p ON p.id = o.product_id
    JOIN accounts a ON a.id = o.account_id
    WHERE o.id = ANY ($1::uuid[]) AND o.account_id = ANY ($2::uuid[])
      AND o.next_renewal_at <= $3 AND o.terminated_at IS NULL
    ORDER BY o.next_renewal_at, o.id
    FOR NO KEY UPDATE OF o SKIP LOCKED
"""  # noqa: S608 - columns of ours

_NOTICED = f"""
    SELECT {_COLUMNS}
    FROM product_orders o
    JOIN products p ON p.id = o.product_id
    JOIN accounts a ON a.id = o.account_id AND a.status IN ('ACTIVE', 'INACTIVE')
    WHERE o.next_renewal_at > $1 AND o.next_renewal_at <= $1 + p.reminder_days * interval '1 day'
      AND o.terminated_at IS NULL AND o.overdue_since IS NULL
      AND o.reminded_for IS DISTINCT FROM o.next_renewal_at
      AND (o.next_renewal_at, o.id) > ($2, $3)
    ORDER BY o.next_renewal_at, o.id LIMIT $4
    FOR NO KEY UPDATE OF o SKIP LOCKED
"""  # noqa: S608 - columns of ours

_REMINDED = "UPDATE product_orders SET reminded_for = next_renewal_at WHERE id = ANY ($1::uuid[])"

_PAID = """
    UPDATE product_orders o SET next_renewal_at = p.next_at, overdue_since = NULL
    FROM unnest($1::uuid[], $2::timestamptz[]) AS p (id, next_at) WHERE o.id = p.id
"""

_KEPT = """
    UPDATE product_orders o SET next_renewal_at = k.again_at,
                                overdue_since = coalesce(o.overdue_since, k.since)
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS k (id, again_at, since)
    WHERE o.id = k.id
"""

_ENDED = """
    UPDATE product_orders SET terminated_at = $2, termination_note = $3, next_renewal_at = NULL
    WHERE id = ANY ($1::uuid[])
"""
