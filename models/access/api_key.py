"""API keys: long-lived credentials of programs, with a subset of their owner's permissions.

Shown once, stored hashed.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns


class ApiKey(Model):
    """A key `tl_…` of a staff member or account."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=80)
    key_hash = fields.CharField(max_length=64, unique=True)  # SHA-256 of the key, hex
    account = columns.belongs_to("Account", "api_keys", null=True)
    account_id: UUID | None
    staff = columns.belongs_to("Staff", "api_keys", null=True)
    staff_id: UUID | None
    permissions = ArrayField(element_type="text")
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_keys"
