"""What travels between a sweep and its steps: an instant, and where to go on.

Each step reads what is due by itself, so a repeated one finds only what is left. The types are
named without quotes: where workflows read them, the names of this module are not known.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from activities.beat import heartbeating
from models.sweeping import Page, Place, Swept


@dataclass(frozen=True, slots=True)
class SweepPlace:
    """Where a page ended."""

    at: datetime
    row_id: str


@dataclass(frozen=True, slots=True)
class SweepPage:
    """A page of what is due as of an instant."""

    as_of: datetime
    after: SweepPlace | None = None


@dataclass(frozen=True, slots=True)
class SweepEnd:
    """How many rows were treated; `place` is where to go on, None when nothing is left."""

    treated: int
    place: SweepPlace | None = None


async def one_page(page: SweepPage, verb: Callable[[Page], Awaitable[Swept]]) -> SweepEnd:
    """Let a verb of the models treat a page."""
    after = None if page.after is None else Place(page.after.at, UUID(page.after.row_id))
    async with heartbeating():
        done = await verb(Page(page.as_of, after))
    end = None if done.end is None else SweepPlace(done.end.at, str(done.end.id))
    return SweepEnd(done.treated, end)
