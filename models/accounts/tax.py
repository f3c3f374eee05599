"""Taxes of an issuer and which accounts they apply to.

How they are computed stands in the money rules; here is only who pays which.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.accounts.pick_list import Alteration, PickList, owner_of_new
from models.database import transaction
from models.ids import new_id
from models.rules.enums import ActiveStatus
from models.rules.errors import Refused
from models.rules.pick_lists import TaxDraft
from models.rules.viewer import Viewer


class Tax(PickList):
    """A tax rate of the administration or of one reseller."""

    TYPE: ClassVar[str] = "Tax"
    SPOKEN: ClassVar[Mapping[str, str]] = {
        "name": "name",
        "rate_percent": "ratePercent",
        "fixed_amount": "fixedAmount",
        "priority": "priority",
        "is_default": "isDefault",
        "status": "status",
    }

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

    @classmethod
    async def levy(cls, draft: TaxDraft, viewer: Viewer) -> UUID:
        """Add a tax. Raises Refused, NOT_FOUND for the reseller, TAKEN for the name."""
        if problems := draft.problems():
            raise Refused(problems)
        owner_id = await owner_of_new(viewer, draft.reseller_id)
        async with transaction():
            tax = cls(
                id=new_id(),
                name=draft.name,
                rate_percent=draft.rate_percent,
                fixed_amount=draft.fixed_amount,
                priority=draft.priority,
                is_default=draft.is_default,
                reseller_id=owner_id,
            )
            await tax.enter(viewer)
        return tax.id

    @classmethod
    async def adjust(cls, wanted: Alteration, viewer: Viewer) -> None:
        """Rename, switch or reorder a tax; raises Refused, NOT_FOUND, VERSION_CONFLICT, TAKEN.

        Its rate and amount are never changed: another rate is another tax.
        """
        if problems := wanted.patch.problems():
            raise Refused(problems)
        async with transaction():
            tax = await cls.claim(wanted, viewer)
            await tax.alter(wanted.patch.changes, viewer)


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
