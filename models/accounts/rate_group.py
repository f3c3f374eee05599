"""Rate groups: the price list an account's calls are rated by, named here and priced elsewhere.

An account may only use active groups of its own owner.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.rules.enums import ActiveStatus


class RateGroup(Model):
    """A named price list of the administration or of one reseller. Heading: Rate Group."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    name = fields.CharField(max_length=80)
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    reseller = columns.belongs_to("Account", "rate_groups", null=True)
    reseller_id: UUID | None
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "rate_groups"
