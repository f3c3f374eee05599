"""Deleted accounts that owe again: for a call reported late, or by an invoice that was voided.

Here they are only made due, for once; the billing sweep closes them as it does the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw


async def make_late_due(
    tx: BaseDBAsyncClient, account_ids: Iterable[UUID], since: datetime | None = None
) -> None:
    """Let the sweep close deleted accounts among these once that have something unbilled.

    Only what occurred from `since` on counts, if that is given. Whoever calls this holds the
    wallets, so that a deletion is seen either here or by what comes after it.
    """
    ids = list(account_ids)
    if ids:
        await raw(tx).execute(_MAKE_DUE, ids, since)


# Due behind the last charge and the period that was closed last: a run as of then takes up all of
# it, in a period of its own. One that is due already is looked at again when it has been closed.
_MAKE_DUE = """
    UPDATE accounts a
    SET next_billing_at = late.due_at, version = a.version + 1, updated_at = now()
    FROM (SELECT id, coalesce(period_started_at, created_at) AS opened_at FROM accounts
          WHERE id = ANY ($1::uuid[]) AND type = 'POSTPAID' AND status = 'DELETED'
            AND next_billing_at IS NULL) gone
    CROSS JOIN LATERAL (
        SELECT greatest(max(b.occurred_at), gone.opened_at) + interval '1 microsecond' AS due_at
        FROM billable_lines b
        WHERE b.account_id = gone.id AND b.invoice_id IS NULL
          AND b.occurred_at >= coalesce($2::timestamptz, '-infinity')
        HAVING count(*) > 0
    ) late
    WHERE a.id = gone.id
"""
