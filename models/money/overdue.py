"""Overdue invoices: reminders at the issuer's days, and suspension for debt after its patience.

Payment lifts a suspension (`settlement`); INACTIVE is people's alone and no business of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from models.access import audit
from models.database import raw, retried, transaction
from models.mail.email import Email, MailDraft
from models.mail.recipient import Recipient
from models.money.issuer_profile import REMINDER_DAYS, SUSPEND_AFTER_DAYS
from models.money.settlement import Settlement
from models.panel.sip_follow import follow_accounts
from models.rules.printed import shown_amount, shown_instant
from models.sweeping import PAGE_ROWS, Page, Swept, swept


async def remind_of_invoices(page: Page) -> Swept:
    """Remind of a page of overdue invoices, each once for each of its issuer's days.

    After an outage only the last day that has passed is mailed.
    """
    async with transaction() as tx:
        rows = await raw(tx).fetch(_OVERDUE, page.as_of, *page.key, PAGE_ROWS, list(REMINDER_DAYS))
        await _mail(tx, rows, suspended=False)
        return swept(rows, len(rows), "due_at")


async def suspend_debtors(page: Page) -> Swept:
    """Suspend a page of accounts whose oldest open invoice is overdue beyond patience.

    Raises nothing: accounts that somebody else holds wait for the next sweep.
    """

    async def suspended() -> Swept:
        async with transaction() as tx:
            found = await raw(tx).fetch(
                _DEBTORS, page.as_of, *page.key, PAGE_ROWS, SUSPEND_AFTER_DAYS, None
            )
            held = [row["id"] for row in await raw(tx).fetch(_HOLD, [r["id"] for r in found])]
            await Settlement.lock(tx, held)
            # A payment may have come in before they were held.
            rows = await raw(tx).fetch(
                _DEBTORS, page.as_of, *Page(page.as_of).key, PAGE_ROWS, SUSPEND_AFTER_DAYS, held
            )
            await _suspend(tx, rows, page.as_of)
            return swept(found, len(rows), "due_at")

    return await retried(suspended)


async def _suspend(tx: BaseDBAsyncClient, rows: Sequence[asyncpg.Record], as_of: datetime) -> None:
    ids = [row["id"] for row in rows]
    await raw(tx).execute(_SUSPEND, ids, as_of)
    await follow_accounts(raw(tx), ids)
    oldest = await raw(tx).fetch(_INVOICES, [row["invoice_id"] for row in rows])
    await _mail(tx, oldest, suspended=True)
    change = audit.FieldChange("suspendedForDebtAt", None, as_of)
    events = [
        (audit.Subject(row["kind"], row["id"], row["number"], row["id"]), [change]) for row in rows
    ]
    await audit.record_many(None, "debtSuspension", events)


async def _mail(
    tx: BaseDBAsyncClient, invoices: Sequence[asyncpg.Record], *, suspended: bool
) -> None:
    recipients = await Recipient.of_many(tx, [row["account_id"] for row in invoices])
    await Email.queue([_draft(recipients[row["account_id"]], row, suspended) for row in invoices])


def _draft(recipient: Recipient, row: asyncpg.Record, suspended: bool) -> MailDraft:  # noqa: FBT001 - a column of the row
    facts = {
        "number": row["number"],
        "total": shown_amount(row["total"], recipient.currency_code),
        "outstanding": shown_amount(row["outstanding"], recipient.currency_code),
        "due_on": shown_instant(recipient.time_zone, row["due_at"]),
        "is_suspended": suspended,
    }
    event = f"invoice_overdue/{row['id']}/{'suspended' if suspended else row['day']}"
    return MailDraft.to_account(
        recipient, "invoice_overdue", event, {"invoice": facts}, invoice_id=row["id"]
    )


# $1 as of, $2-$3 behind which place, $4 how many, $5 days where an issuer has no profile.
_OVERDUE = """
    SELECT i.id, i.account_id, i.due_at, i.number, i.total, i.outstanding, passed.day
    FROM invoices i
    JOIN accounts a ON a.id = i.account_id AND a.status IN ('ACTIVE', 'INACTIVE')
    LEFT JOIN issuer_profiles p ON p.reseller_id IS NOT DISTINCT FROM i.reseller_id
    CROSS JOIN LATERAL (
        SELECT max(day) AS day FROM unnest(coalesce(p.reminder_days, $5::int[])) AS day
        WHERE i.due_at + day * interval '1 day' <= $1
    ) passed
    WHERE i.outstanding > 0 AND i.due_at <= $1 AND (i.due_at, i.id) > ($2, $3)
      AND passed.day IS NOT NULL
      AND NOT EXISTS (SELECT FROM emails e
                      WHERE e.dedupe_key = 'invoice_overdue/' || i.id || '/' || passed.day)
    ORDER BY i.due_at, i.id LIMIT $4
"""

# $5 days where an issuer has no profile; $6 only these accounts. 0 days or null: never.
_DEBTORS = """
    SELECT a.id, min(i.due_at) AS due_at, a.number,
           CASE a.kind WHEN 'RESELLER' THEN 'Reseller' ELSE 'Customer' END AS kind,
           (array_agg(i.id ORDER BY i.due_at, i.id))[1] AS invoice_id
    FROM invoices i
    JOIN accounts a ON a.id = i.account_id AND a.status IN ('ACTIVE', 'INACTIVE')
     AND a.suspended_for_debt_at IS NULL
    LEFT JOIN issuer_profiles p ON p.reseller_id IS NOT DISTINCT FROM i.reseller_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN p.id IS NULL THEN $5::int ELSE p.suspend_after_days END AS days
    ) patience
    WHERE i.outstanding > 0 AND i.due_at <= $1 AND patience.days > 0
      AND i.due_at + patience.days * interval '1 day' <= $1
      AND ($6::uuid[] IS NULL OR a.id = ANY ($6))
    GROUP BY a.id
    HAVING (min(i.due_at), a.id) > ($2, $3)
    ORDER BY 2, 1 LIMIT $4
"""

_HOLD = """
    SELECT id FROM accounts WHERE id = ANY ($1::uuid[])
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""

_SUSPEND = """
    UPDATE accounts SET suspended_for_debt_at = $2, version = version + 1, updated_at = now()
    WHERE id = ANY ($1::uuid[])
"""

_INVOICES = """
    SELECT id, account_id, due_at, number, total, outstanding FROM invoices
    WHERE id = ANY ($1::uuid[])
"""
