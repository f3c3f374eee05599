"""What follows when an account expires: its registrations are dropped, and it is told once.

Its calls are refused by computation from that moment; nothing waits for this.
"""

from __future__ import annotations

from datetime import timedelta

import asyncpg

from models.database import raw, retried, transaction
from models.mail.email import Email, MailDraft
from models.mail.recipient import Recipient
from models.panel.sip_follow import follow_accounts
from models.rules.printed import shown_instant
from models.sweeping import PAGE_ROWS, Page, Swept, swept

_INSTANT = timedelta(microseconds=1)


async def follow_expiries(page: Page) -> Swept:
    """Follow a page of expiries that have passed by `as_of`; one that was put off comes again."""

    async def followed() -> Swept:
        async with transaction() as tx:
            rows = await raw(tx).fetch(_EXPIRED, page.as_of, *page.key, PAGE_ROWS)
            ids = [row["id"] for row in rows]
            await raw(tx).execute(_FOLLOWED, ids)
            await follow_accounts(raw(tx), ids)
            recipients = await Recipient.of_many(tx, ids)
            await Email.queue([_draft(recipients[row["id"]], row) for row in rows])
            return swept(rows, len(rows), "expires_at")

    return await retried(followed)


def _draft(recipient: Recipient, row: asyncpg.Record) -> MailDraft:
    expires_at = row["expires_at"]
    facts = {"expired_on": shown_instant(recipient.time_zone, expires_at - _INSTANT)}
    event = f"account_expired/{row['id']}/{expires_at.isoformat()}"
    return MailDraft.to_account(recipient, "account_expired", event, {"account": facts})


_EXPIRED = """
    SELECT id, expires_at FROM accounts
    WHERE expires_at <= $1 AND expiry_followed IS DISTINCT FROM expires_at
      AND status IN ('ACTIVE', 'INACTIVE') AND (expires_at, id) > ($2, $3)
    ORDER BY expires_at, id LIMIT $4
    FOR NO KEY UPDATE SKIP LOCKED
"""

_FOLLOWED = "UPDATE accounts SET expiry_followed = expires_at WHERE id = ANY ($1::uuid[])"
