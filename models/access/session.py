"""Sign-in sessions: opaque 256-bit tokens, stored hashed.

Sliding 12 hours, at most 30 days; ended by sign-out, password change and deletion.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns


class Session(Model):
    """One signed-in browser or program."""

    id = fields.UUIDField(primary_key=True)
    token_hash = fields.CharField(max_length=64, unique=True)  # SHA-256 of the token, hex
    account = columns.belongs_to("Account", "sessions", null=True)
    account_id: UUID | None
    staff = columns.belongs_to("Staff", "sessions", null=True)
    staff_id: UUID | None
    created_at = fields.DatetimeField(auto_now_add=True)
    last_used_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()  # slides with use
    ends_at = fields.DatetimeField()  # absolute
    address = fields.CharField(max_length=64, null=True)
    user_agent = fields.CharField(max_length=255, null=True)

    class Meta:
        table = "sessions"


class SignInTry(Model):
    """A failed sign-in, counted per login and per address for fifteen minutes."""

    id = fields.UUIDField(primary_key=True)
    subject = fields.CharField(max_length=72, db_index=True)  # "login:<hash>" or "address:<hash>"
    at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "sign_in_tries"
