"""Blocked codes: prefixes an account may not call.

The longest that matches refuses the call, outbound only.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns


class BlockedCode(Model):
    """One blocked prefix of one account. Heading: Blocked Codes."""

    id = fields.UUIDField(primary_key=True)
    account = columns.belongs_to("Account", "blocked_codes")
    account_id: UUID
    prefix = fields.CharField(max_length=15)  # digits
    destination = fields.CharField(max_length=80, null=True)  # a name for people
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "blocked_codes"
        unique_together = (("account", "prefix"),)
