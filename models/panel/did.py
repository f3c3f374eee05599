"""DIDs: the inventory of direct dial-in numbers, each free or assigned to one account.

Assigning charges the chain of owners in the same transaction (`models.money`).
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.rules.enums import ActiveStatus


class Did(Model):
    """One number of the inventory. Heading: DID."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    number = fields.CharField(max_length=21)  # as given
    digits = fields.CharField(max_length=20, unique=True)  # what a CLI is compared with
    country_code = fields.CharField(max_length=2, null=True)
    province = fields.CharField(max_length=80, null=True)
    city = fields.CharField(max_length=80, null=True)
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    currency_code = fields.CharField(max_length=3)
    connect_fee = columns.amount(default=0)  # once a call
    per_minute = columns.amount(default=0)
    initial_increment_seconds = fields.IntField(default=0)
    increment_seconds = fields.IntField(default=60)
    setup_fee = columns.amount(default=0)  # once, at assignment
    monthly_fee = columns.amount(default=0)
    releases_when_unfunded = fields.BooleanField(default=True)
    reminder_days = fields.IntField(default=3)
    account = columns.belongs_to("Account", "dids", null=True)  # null: free
    account_id: UUID | None
    assigned_at = fields.DatetimeField(null=True)
    next_renewal_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "dids"
