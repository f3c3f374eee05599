"""Whose rate groups, localizations and taxes are: the administration's or one reseller's.

What they have in common when they are made and changed; each kind's own columns stand in its table.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar
from uuid import UUID

from tortoise.models import Model
from tortoise.queryset import QuerySet

from models import versions
from models.access import audit
from models.accounts.opening_facts import NOT_FOUND
from models.accounts.owner import owners_of
from models.constraints import understood
from models.database import raw, transaction
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.pick_lists import PickListPatch
from models.rules.viewer import Viewer


class Picked(Protocol):
    """A row of one of the lists."""

    id: UUID
    version: int
    name: str
    reseller_id: UUID | None


Row = TypeVar("Row", bound=Model)


async def owner_of_new(viewer: Viewer, reseller_id: UUID | None) -> UUID | None:
    """Whose a new row becomes: as asked, else the calling reseller's or the administration's.

    Raises NOT_FOUND for a reseller that does not exist or is not the viewer's to see.
    """
    if reseller_id is None:
        return viewer.owner_id
    visible = viewer.is_staff or reseller_id in viewer.reseller_ids
    async with transaction() as tx:
        if not visible or reseller_id not in await owners_of(raw(tx), [reseller_id]):
            raise Refused((NOT_FOUND.at("resellerId"),))
    return reseller_id
