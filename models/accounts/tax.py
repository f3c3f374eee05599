"""Taxes of an issuer and which accounts they apply to.

How they are computed stands in the money rules; here is only who pays which.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.rules.enums import ActiveStatus


class Tax(Model):
    """A tax rate of the administration or of one reseller."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    name = fields.CharField(max_length=80)
    rate_percent = columns.amount()  # 19 means 19 %
    fixed_amount = columns.amount(default=0)  # once per document whose net is above zero
    priority = fields.IntField(default=0)
    is_default = fields.BooleanField(default=False)  # linked to new accounts of this owner
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    reseller = columns.belongs_to("Account", "issued_taxes", null=True)
    reseller_id: UUID | None
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "taxes"


class AccountTax(Model):
    """One tax that applies to one account's charges."""

    id = fields.UUIDField(primary_key=True)
    account = columns.belongs_to("Account", "tax_links")
    account_id: UUID
    tax = columns.belongs_to("Tax", "links")
    tax_id: UUID

    class Meta:
        table = "account_taxes"
        unique_together = (("account", "tax"),)
