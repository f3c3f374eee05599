"""Localizations: how the numbers of a call are rewritten for a country (number translation).

The rules are applied by `models.rules.localization`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.access.audit import FieldChange
from models.accounts.pick_list import Alteration, PickList, owner_of_new
from models.database import transaction
from models.ids import new_id
from models.rules.enums import ActiveStatus, CallDirection, LocalizationTarget
from models.rules.errors import Refused
from models.rules.localization import Translation
from models.rules.pick_lists import LocalizationDraft
from models.rules.viewer import Viewer


class Localization(PickList):
    """A set of number translations of the administration or of one reseller."""

    TYPE: ClassVar[str] = "Localization"
    SPOKEN: ClassVar[Mapping[str, str]] = {
        "name": "name",
        "country_code": "countryCode",
        "status": "status",
    }

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    name = fields.CharField(max_length=80)
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    # Accounts of this country get the active set of their owner when none is chosen.
    country_code = fields.CharField(max_length=2, null=True)
    reseller = columns.belongs_to("Account", "localizations", null=True)
    reseller_id: UUID | None
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "localizations"

    @classmethod
    async def compose(cls, draft: LocalizationDraft, viewer: Viewer) -> UUID:
        """Add a set. Raises Refused, NOT_FOUND for the reseller, TAKEN for the name."""
        if problems := draft.problems():
            raise Refused(problems)
        owner_id = await owner_of_new(viewer, draft.reseller_id)
        async with transaction():
            written = cls(
                id=new_id(),
                name=draft.name,
                country_code=draft.country_code,
                reseller_id=owner_id,
            )
            await written.enter(viewer, [FieldChange("rules", None, _in_words(draft.rules))])
            await LocalizationRule.put_in_order(written.id, draft.rules)
        return written.id

    @classmethod
    async def rewrite(cls, wanted: Alteration, viewer: Viewer) -> None:
        """Rename or switch a set, or replace its rules, all of them.

        Raises Refused, NOT_FOUND, VERSION_CONFLICT, TAKEN.
        """
        if problems := wanted.patch.problems():
            raise Refused(problems)
        changes = dict(wanted.patch.changes)
        async with transaction():
            written = await cls.claim(wanted, viewer)
            beside = await _replaced(written.id, changes.pop("rules", None))
            await written.alter(changes, viewer, beside)


class LocalizationRule(Model):
    """One cut-and-add rule; within direction and target the first that matches wins."""

    id = fields.UUIDField(primary_key=True)
    localization = columns.belongs_to("Localization", "rules", goes_along=True)
    localization_id: UUID
    position = fields.IntField()  # the order given by the author, from 0
    direction: CallDirection = columns.word(CallDirection)
    target: LocalizationTarget = columns.word(LocalizationTarget)
    cut = fields.CharField(max_length=20)  # leading text to remove; "*" always matches
    add = fields.CharField(max_length=20)

    class Meta:
        table = "localization_rules"
        unique_together = (("localization", "position"),)

    @classmethod
    async def in_order(cls, localization_id: UUID) -> tuple[Translation, ...]:
        """The rules of one set, as its author ordered them."""
        rules = await cls.filter(localization_id=localization_id).order_by("position")
        return tuple(Translation(r.direction, r.target, r.cut, r.add) for r in rules)

    @classmethod
    async def put_in_order(cls, localization_id: UUID, rules: Sequence[Translation]) -> None:
        """Replace the rules of one set, in the open transaction."""
        await cls.filter(localization_id=localization_id).delete()
        await cls.bulk_create(
            cls(
                id=new_id(),
                localization_id=localization_id,
                position=position,
                direction=rule.direction,
                target=rule.target,
                cut=rule.cut,
                add=rule.add,
            )
            for position, rule in enumerate(rules)
        )


async def _replaced(
    localization_id: UUID, rules: Sequence[Translation] | None
) -> list[FieldChange]:
    before = await LocalizationRule.in_order(localization_id)
    if rules is None or tuple(rules) == before:
        return []
    await LocalizationRule.put_in_order(localization_id, rules)
    return [FieldChange("rules", _in_words(before), _in_words(rules))]


def _in_words(rules: Sequence[Translation]) -> str:
    return "; ".join(f"{r.direction} {r.target}: {r.cut} → {r.add or '-'}" for r in rules)
