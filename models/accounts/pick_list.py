"""What rate groups, localizations and taxes have in common when they are made and changed.

Each belongs to the administration or to one reseller; its own columns stand in its table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from uuid import UUID

from tortoise import Tortoise
from tortoise.expressions import Q
from tortoise.models import Model

from models import versions
from models.access import audit
from models.constraints import understood
from models.rules.enums import ActiveStatus
from models.rules.errors import DomainError, ErrorCode
from models.rules.pick_lists import PickListPatch
from models.rules.viewer import Viewer

_RESELLER = """
SELECT id FROM accounts WHERE id = $1 AND kind = 'RESELLER' AND status IN ('ACTIVE', 'INACTIVE')
"""


@dataclass(frozen=True, slots=True)
class Alteration:
    """Which row a caller wants to change, how, and which version of it the caller has seen."""

    row_id: UUID
    patch: PickListPatch
    expected_version: int | None = None


class PickList(Model):
    """A table of things to pick from; `reseller_id` None is the administration's."""

    TYPE: ClassVar[str]  # the GraphQL type
    SPOKEN: ClassVar[Mapping[str, str]]  # column → its name in the API, for the audit trail

    id: UUID
    version: int
    name: str
    status: ActiveStatus
    reseller_id: UUID | None

    class Meta:
        abstract = True

    async def enter(self, viewer: Viewer, beside: Sequence[audit.FieldChange] = ()) -> None:
        """Write this new row and its audit event in the open transaction; raises TAKEN."""
        with understood():
            await self.save(force_create=True)
        told = {name: value for name, value in self._told().items() if value is not None}
        changes = (*audit.differences({}, told), *beside)
        await audit.record(viewer, f"{self._field}Create", self._subject, changes)

    @classmethod
    async def claim(cls, wanted: Alteration, viewer: Viewer) -> Self:
        """The row to change, locked in the open transaction.

        Raises NOT_FOUND for one that the viewer does not own or see below it, VERSION_CONFLICT.
        """
        # Those of others are not held: whoever had to wait for one would know that it is.
        seen = Q() if viewer.is_staff else Q(reseller_id__in=viewer.reseller_ids)
        row = await cls.filter(seen, id=wanted.row_id).select_for_update().first()
        if row is None:
            sentence = f"There is no such {cls.TYPE}."
            raise DomainError(ErrorCode.NOT_FOUND, ("id",), sentence)
        versions.expect(row.version, wanted.expected_version)
        return row

    async def alter(
        self, columns: Mapping[str, Any], viewer: Viewer, beside: Sequence[audit.FieldChange] = ()
    ) -> None:
        """Set columns of a claimed row; `beside` is what was changed in other tables.

        Writes nothing when nothing differs. Raises TAKEN.
        """
        before = self._told()
        self.update_from_dict(dict(columns))
        changes = (*audit.differences(before, self._told()), *beside)
        if not changes:
            return
        self.version += 1
        with understood():
            await self.save()
        await audit.record(viewer, f"{self._field}Update", self._subject, changes)

    @property
    def _field(self) -> str:
        return self.TYPE[:1].lower() + self.TYPE[1:]

    @property
    def _subject(self) -> audit.Subject:
        return audit.Subject(self.TYPE, self.id, self.name, self.reseller_id)

    def _told(self) -> dict[str, object]:
        return {spoken: getattr(self, column) for column, spoken in self.SPOKEN.items()}


async def owner_of_new(viewer: Viewer, reseller_id: UUID | None) -> UUID | None:
    """Whose a new row becomes: as asked, else the calling reseller's or the administration's.

    Raises NOT_FOUND for a reseller that does not exist or that the viewer does not see.
    """
    if reseller_id is None:
        return viewer.owner_id
    exists = await Tortoise.get_connection("default").execute_query_dict(_RESELLER, [reseller_id])
    if not exists or not (viewer.is_staff or reseller_id in viewer.reseller_ids):
        sentence = "There is no such reseller."
        raise DomainError(ErrorCode.NOT_FOUND, ("resellerId",), sentence)
    return reseller_id
