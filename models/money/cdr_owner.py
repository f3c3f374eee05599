"""Whose a reported call was, and which carrier took it: read for a whole batch at once.

Numbers are reused, so a number means whoever held it when the call started, however it is spelt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.rules.cdr_report import CdrReport
from models.rules.payment_chain import Member


@dataclass(frozen=True, slots=True)
class Owning:
    """Who a report belongs to; both may be unknown."""

    account_id: UUID | None
    rate_group_id: UUID | None
    provider: Member | None


async def owners_of_calls(tx: BaseDBAsyncClient, reports: Sequence[CdrReport]) -> list[Owning]:
    """The owner of each report: by account id, else by device, else by number; in their order.

    A call may be told of after its device was removed: the tombstone still names the account.
    """
    rows = await raw(tx).fetch(
        _OWNERS,
        [report.account_id for report in reports],
        [report.device_id for report in reports],
        [report.account_number for report in reports],
        [report.provider_number for report in reports],
        [report.started_at for report in reports],
    )
    return [
        Owning(
            account_id=row["account_id"],
            rate_group_id=row["rate_group_id"],
            # A provider is credited what it earned, as funds, whatever its type.
            provider=Member(
                row["provider_id"], is_prepaid=True, currency_code=row["provider_currency"]
            )
            if row["provider_id"]
            else None,
        )
        for row in rows
    ]


# However the number is spelt; those that live and those that are gone each have an index.
_NUMBERED = """(
    SELECT * FROM accounts l WHERE fold(l.number) = {number} AND l.status <> 'DELETED'
    UNION ALL
    SELECT * FROM accounts g WHERE fold(g.number) = {number} AND g.status = 'DELETED')"""

_OWNERS = f"""
    WITH reports AS MATERIALIZED (
        SELECT r.account_id, r.device_id, fold(r.number) AS number,
               fold(r.provider_number) AS provider_number, r.started_at, r.position
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[])
            WITH ORDINALITY
            AS r (account_id, device_id, number, provider_number, started_at, position)
    ), owned AS MATERIALIZED (
        SELECT r.*, coalesce(
            (SELECT a.id FROM accounts a WHERE a.id = r.account_id AND a.kind <> 'RESELLER'),
            (SELECT d.account_id FROM sip_devices d WHERE d.id = r.device_id),
            (SELECT u.account_id FROM retired_usernames u WHERE u.id = r.device_id),
            (SELECT a.id FROM {_NUMBERED.format(number="r.number")} a
             WHERE a.kind <> 'RESELLER' AND a.created_at <= r.started_at
               AND (a.deleted_at IS NULL OR a.deleted_at > r.started_at)
             ORDER BY a.created_at DESC LIMIT 1)) AS owner_id
        FROM reports r
    )
    SELECT o.owner_id AS account_id, a.rate_group_id, p.id AS provider_id,
           p.currency_code AS provider_currency
    FROM owned o
    LEFT JOIN accounts a ON a.id = o.owner_id
    LEFT JOIN LATERAL (
        SELECT c.id, c.currency_code FROM {_NUMBERED.format(number="o.provider_number")} c
        WHERE c.kind = 'PROVIDER' AND (c.deleted_at IS NULL OR c.deleted_at > o.started_at)
        ORDER BY c.created_at <= o.started_at DESC, c.created_at DESC LIMIT 1
    ) p ON true
    ORDER BY o.position
"""  # noqa: S608 - one text of ours, asked twice
