"""Rate groups: the price list an account's calls are rated by, named here and priced elsewhere.

An account may only use active groups of its own owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from tortoise import fields

from models import columns
from models.accounts.pick_list import Alteration, PickList, owner_of_new
from models.database import transaction
from models.ids import new_id
from models.rules.enums import ActiveStatus
from models.rules.errors import Refused
from models.rules.pick_lists import RateGroupDraft
from models.rules.viewer import Viewer


class RateGroup(PickList):
    """A named price list of the administration or of one reseller. Heading: Rate Group."""

    TYPE: ClassVar[str] = "RateGroup"
    SPOKEN: ClassVar[Mapping[str, str]] = {"name": "name", "status": "status"}

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    name = fields.CharField(max_length=80)
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    reseller = columns.belongs_to("Account", "rate_groups", null=True)
    reseller_id: UUID | None
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "rate_groups"

    @classmethod
    async def introduce(cls, draft: RateGroupDraft, viewer: Viewer) -> UUID:
        """Add a price list. Raises Refused, NOT_FOUND for the reseller, TAKEN for the name."""
        if problems := draft.problems():
            raise Refused(problems)
        owner_id = await owner_of_new(viewer, draft.reseller_id)
        async with transaction():
            group = cls(id=new_id(), name=draft.name, reseller_id=owner_id)
            await group.enter(viewer)
        return group.id

    @classmethod
    async def revise(cls, wanted: Alteration, viewer: Viewer) -> None:
        """Rename a price list or switch it; raises Refused, NOT_FOUND, VERSION_CONFLICT, TAKEN.

        Accounts that use one keep it when it is switched off; none can take it any more.
        """
        if problems := wanted.patch.problems():
            raise Refused(problems)
        async with transaction():
            group = await cls.claim(wanted, viewer)
            await group.alter(wanted.patch.changes, viewer)
