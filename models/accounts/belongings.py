"""What belongs to deleted accounts, taken away from all of them at once.

Which tables these are stands in `Account.BELONGINGS`; a new one there is emptied here by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from models.access import audit
from models.accounts.account import Account
from models.database import raw
from models.rules.viewer import Viewer

NOTE: Final = "The account was deleted."

# A number goes back to stock: nobody's, not renewed, with nothing left of its time with somebody.
_RELEASE = """
WITH held AS (
    SELECT d.id, d.number, d.account_id, a.number AS account_number
      FROM dids d JOIN accounts a ON a.id = d.account_id
     WHERE d.account_id = ANY ($1) ORDER BY d.id FOR NO KEY UPDATE OF d
), released AS (
    UPDATE dids d
       SET account_id = NULL, assigned_at = NULL, next_renewal_at = NULL, anchored_at = NULL,
           overdue_since = NULL, reminded_for = NULL, version = d.version + 1
      FROM held WHERE held.id = d.id
)
SELECT id, number, account_id, account_number FROM held
"""
_END_ORDERS = """
UPDATE product_orders SET terminated_at = now(), termination_note = $2, next_renewal_at = NULL
 WHERE account_id = ANY ($1) AND terminated_at IS NULL
"""
# Documents still reach whom they are for: they are owed.
_STOP_MAILS = """
UPDATE emails SET status = 'SUPPRESSED', last_error = $2
 WHERE account_id = ANY ($1) AND status = 'QUEUED' AND invoice_id IS NULL
"""
# Of other mails it stays known that they were written, to whom and when, not what they said.
_EMPTY_MAILS = """
UPDATE emails SET body = '', facts = '{}'
 WHERE account_id = ANY ($1) AND invoice_id IS NULL AND (body <> '' OR facts <> '{}')
"""
# Late call records of a removed device still find whose it was.
_RETIRE = """
INSERT INTO retired_usernames (id, account_id, realm, username, retired_at)
SELECT id, account_id, realm, username, now() FROM sip_devices WHERE account_id = ANY ($1)
    ON CONFLICT (id) DO NOTHING
"""
_REMOVE: Final = {
    table: f"DELETE FROM {table} WHERE {column} = ANY ($1)"  # noqa: S608 - names of ours
    for table, column in Account.BELONGINGS.items()
    if table != "dids"
}


async def release_holdings(
    tx: BaseDBAsyncClient, account_ids: Sequence[UUID], viewer: Viewer
) -> None:
    """Give numbers back to stock, end orders, stop mails that wait, and empty those that went."""
    ids = list(account_ids)
    released = await raw(tx).fetch(_RELEASE, ids)
    await audit.record_many(viewer, "didRelease", [_release(row) for row in released])
    await raw(tx).execute(_END_ORDERS, ids, NOTE)
    await raw(tx).execute(_STOP_MAILS, ids, NOTE)
    await raw(tx).execute(_EMPTY_MAILS, ids)


async def remove_belongings(tx: BaseDBAsyncClient, account_ids: Sequence[UUID]) -> None:
    """Remove every row of `Account.BELONGINGS`, with what hangs on it."""
    ids = list(account_ids)
    await raw(tx).execute(_RETIRE, ids)
    for statement in _REMOVE.values():
        await raw(tx).execute(statement, ids)


def _release(row: asyncpg.Record) -> tuple[audit.Subject, list[audit.FieldChange]]:
    subject = audit.Subject("Did", row["id"], row["number"], row["account_id"])
    return subject, [audit.FieldChange("customer", row["account_number"], NOTE)]
