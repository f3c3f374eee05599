"""Low balances: an account that falls below its threshold is told once, until it is back above.

`Ledger.post` tells who crossed; whoever changes a threshold or a credit limit asks as well. The
sweep of the night finds what neither saw, such as a new default of the house.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw, retried, transaction
from models.mail.email import Email, MailDraft
from models.mail.recipient import Recipient
from models.rules.printed import shown_amount
from models.sweeping import PAGE_ROWS, Page, Swept, swept


async def notice_balances(tx: BaseDBAsyncClient, account_ids: Sequence[UUID]) -> None:
    """Alert those of these accounts that are below and were not, and arm those that are back.

    Late calls still reach deleted accounts, and nobody is told of those.
    Their wallets must be held, so that no crossing is counted twice.
    """
    crossed = await raw(tx).fetch(_CROSS, list(account_ids))
    if not crossed:
        return
    recipients = await Recipient.of_many(tx, [row["id"] for row in crossed])
    await Email.queue([_draft(recipients[row["id"]], row) for row in crossed])


async def alert_low_balances(page: Page) -> Swept:
    """Notice a page of accounts whose alert is not what their balance says."""

    async def noticed() -> Swept:
        async with transaction() as tx:
            rows = await raw(tx).fetch(_UNNOTICED, *page.key, PAGE_ROWS)
            ids = [row["id"] for row in rows]
            await raw(tx).execute(_HOLD, ids)
            await notice_balances(tx, ids)
            return swept(rows, len(rows), "created_at")

    return await retried(noticed)


def _draft(recipient: Recipient, row: asyncpg.Record) -> MailDraft:
    facts = {
        "available": shown_amount(row["available"], recipient.currency_code),
        "threshold": shown_amount(row["threshold"], recipient.currency_code),
    }
    event = f"low_balance/{row['id']}/{row['crossings']}"
    return MailDraft.to_account(recipient, "low_balance", event, {"account": facts})


_STANDING = """
    SELECT a.id, a.created_at, w.balance + a.credit_limit AS available, t.below,
           t.account_id IS NOT NULL AS has_row,
           coalesce(t.balance_below, s.low_balance_default) AS threshold,
           coalesce(t.enabled, true)
               AND w.balance + a.credit_limit < coalesce(t.balance_below, s.low_balance_default)
               AS is_below
    FROM accounts a
    JOIN ledger_accounts w ON w.id = a.id
    CROSS JOIN settings s
    LEFT JOIN alert_thresholds t ON t.account_id = a.id
"""

# A row that says already what is true is left alone, and so is not answered.
_CROSS = f"""
    WITH standing AS (
        {_STANDING} WHERE a.id = ANY ($1::uuid[]) AND a.status IN ('ACTIVE', 'INACTIVE')
    ), told AS (
        INSERT INTO alert_thresholds AS t
            (account_id, enabled, balance_below, crossings, below, updated_at)
        SELECT id, true, NULL, is_below::int, is_below, now()
        FROM standing WHERE is_below OR has_row ORDER BY id
        ON CONFLICT (account_id) DO UPDATE
        SET below = excluded.below, crossings = t.crossings + excluded.below::int,
            updated_at = now()
        WHERE t.below <> excluded.below
        RETURNING account_id, crossings, below
    )
    SELECT s.id, s.available, s.threshold, told.crossings
    FROM told JOIN standing s ON s.id = told.account_id
    WHERE told.below
"""  # noqa: S608 - one text of ours, in two statements

# Who never had anything is not told that it is little, and who can not be told is let be.
_UNNOTICED = f"""
    SELECT id, created_at FROM (
        {_STANDING}
        WHERE (a.created_at, a.id) > ($1, $2) AND a.status IN ('ACTIVE', 'INACTIVE')
          AND (t.below OR w.last_entry_no > 0 AND a.notifications_enabled
                          AND coalesce(a.notification_email, a.email) IS NOT NULL)
    ) standing
    WHERE is_below <> coalesce(below, false)
    ORDER BY created_at, id LIMIT $3
"""  # noqa: S608 - one text of ours, in two statements

_HOLD = "SELECT FROM ledger_accounts WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE"
