"""How sweeps go over what is due: page by page, each from where the last one ended.

What is due and what is done about it is each sweep's own; all of them may be killed anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

PAGE_ROWS = 250  # in one transaction: enough to spread its cost, few enough to let others in

# Before everything: instants of ours are never earlier.
_BEGINNING = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the instant that makes a row due, and its id."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Page:
    """What is due as of an instant, behind a place; None is the beginning."""

    as_of: datetime
    after: Place | None = None

    @property
    def key(self) -> tuple[datetime, UUID]:
        """The place as a row value; every row is behind the beginning."""
        return (self.after.at, self.after.id) if self.after else (_BEGINNING, UUID(int=0))


@dataclass(frozen=True, slots=True)
class Swept:
    """How many rows of a page were treated, and where the next page begins; None: no more."""

    treated: int
    end: Place | None


def swept(rows: Sequence[asyncpg.Record], treated: int, instant: str) -> Swept:
    """The end of a page of these rows, which were read in the order of `instant` and id."""
    if len(rows) < PAGE_ROWS:
        return Swept(treated, None)
    return Swept(treated, Place(rows[-1][instant], rows[-1]["id"]))
