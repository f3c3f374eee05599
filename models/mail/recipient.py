"""Accounts as mails see them: where they want their mails, in whose name, and their time zone.

Read once for a whole batch of mails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw

_RECIPIENTS = """
SELECT id, reseller_id, email, notification_email, notifications_enabled, time_zone,
       currency_code, number
  FROM accounts WHERE id = ANY ($1::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Recipient:
    """An account that is written to; `reseller_id` is the issuer, null the administration."""

    id: UUID
    reseller_id: UUID | None
    email: str | None
    notification_email: str | None
    notifications_enabled: bool
    time_zone: str
    currency_code: str
    number: str

    @staticmethod
    async def of_many(tx: BaseDBAsyncClient, account_ids: Sequence[UUID]) -> dict[UUID, Recipient]:
        """The accounts among these that exist."""
        rows = await raw(tx).fetch(_RECIPIENTS, list(set(account_ids)))
        return {row["id"]: Recipient(**row) for row in rows}

    @staticmethod
    async def of(tx: BaseDBAsyncClient, account_id: UUID) -> Recipient:
        """One account that exists."""
        return (await Recipient.of_many(tx, [account_id]))[account_id]
