"""Tombstones: the SIP user names of devices that are gone, kept thirty days.

A user name is free again with the row here: it is written once every switch has let go.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tortoise import fields
from tortoise.models import Model

KEPT_DAYS = 30  # a registration that comes back with an old switch can still be named


class RetiredUsername(Model):
    """Whose a user name was; late call records of a removed device find their account here."""

    id = fields.UUIDField(primary_key=True)  # of the device that is gone
    account_id = fields.UUIDField()
    realm = fields.CharField(max_length=253)
    username = fields.CharField(max_length=64)
    retired_at = fields.DatetimeField(auto_now_add=True, db_index=True)

    class Meta:
        table = "retired_usernames"

    @classmethod
    async def forget_old(cls) -> None:
        """Remove those that were kept long enough."""
        await cls.filter(retired_at__lt=datetime.now(UTC) - timedelta(days=KEPT_DAYS)).delete()
