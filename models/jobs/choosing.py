"""Whom a job over existing accounts goes over: named, counted, and written down as its rows.

Nothing that somebody did not see is touched: a filter comes with the number of its matches, and
another number stops the job before its first row.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw, transaction
from models.jobs.job import Job
from models.jobs.job_row import Span
from models.jobs.selection import FROM, Selection, of_filter, of_ids
from models.rules.errors import DomainError, ErrorCode, Problem, Refused
from models.rules.filter_reach import takes_everybody
from models.rules.filters import Criterion, Filter
from models.rules.viewer import Viewer
from models.rules.violation import Violation

NEITHER: Final = Problem(ErrorCode.REQUIRED, ("ids",), "Say which accounts: by ids or a filter.")
BOTH: Final = Problem(ErrorCode.INVALID, ("where",), "Give ids or a filter, not both.")
EVERYBODY: Final = Problem(
    ErrorCode.REQUIRED, ("where",), "A filter that leaves nobody out is not accepted here."
)
UNCOUNTED: Final = Violation(ErrorCode.REQUIRED, "must say how many the filter matched").at(
    "expectedCount"
)
_FIRST_ROW = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody named: ids, or a filter over these criteria with the number it matched."""

    ids: tuple[UUID, ...] | None = None
    where: Filter | None = None
    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    expected_count: int | None = None

    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong with it, whoever there is."""
        if self.ids and self.where is not None:
            return (BOTH,)
        if self.where is None:
            return () if self.ids else (NEITHER,)
        found = (EVERYBODY,) if takes_everybody(self.where, self.criteria) else ()
        return found if self.expected_count is not None else (*found, UNCOUNTED)

    def selection(self, viewer: Viewer) -> Selection:
        """Those of them that the viewer sees; raises LIMIT_EXCEEDED at `ids`."""
        if self.where is None:
            return of_ids(self.ids or (), viewer)
        return of_filter(self.where, self.criteria, viewer)


@dataclass(frozen=True, slots=True)
class Choice:
    """Accounts to go over, and how many there have to be."""

    selection: Selection
    expected_count: int
    is_by_ids: bool

    def confirm(self, found: int) -> None:
        """Raise NOT_FOUND at `ids`, or WRONG_STATE at `expectedCount`, for another number."""
        if found == self.expected_count:
            return
        if self.is_by_ids:
            raise DomainError(ErrorCode.NOT_FOUND, ("ids",), "There is no such account.")
        raise miscounted(found, self.expected_count)


def chosen(wish: Wish, viewer: Viewer) -> Choice:
    """The accounts that somebody named, as far as they see them.

    Raises Refused with what is wrong with it, LIMIT_EXCEEDED, and WRONG_STATE where the number
    of ids is not the one that was expected.
    """
    if problems := wish.problems():
        raise Refused(problems)
    if wish.where is not None:
        return Choice(wish.selection(viewer), wish.expected_count or 0, is_by_ids=False)
    ids = tuple(dict.fromkeys(wish.ids or ()))
    if wish.expected_count not in {None, len(ids)}:
        raise miscounted(len(ids), wish.expected_count or 0)
    return Choice(of_ids(ids, viewer), len(ids), is_by_ids=True)


def miscounted(found: int, expected: int) -> DomainError:
    """The refusal of a job that would go over another number of accounts than somebody saw."""
    sentence = f"This is about {found} accounts now, not {expected}; nothing was done."
    return DomainError(ErrorCode.WRONG_STATE, ("expectedCount",), sentence)


async def counted(tx: BaseDBAsyncClient, choice: Choice) -> None:
    """Look whether there are as many as expected; raises as `Choice.confirm`."""
    query = f"SELECT count(*) FROM {FROM} WHERE {choice.selection.condition}"  # noqa: S608 - ours
    choice.confirm(int(await raw(tx).fetchval(query, *choice.selection.bound)))


async def stage_chosen(job_id: UUID, choice: Choice) -> Span:
    """Write a row for each chosen account, oldest first; asked again, the same.

    Raises as `Choice.confirm` when there are others by now, and writes nothing.
    """
    query = _STAGE.format(
        accounts=FROM,
        condition=choice.selection.condition,
        job=f"${len(choice.selection.types) + 1}",
    )

    async def write(tx: BaseDBAsyncClient) -> int:
        written = await raw(tx).fetchval(query, *choice.selection.bound, job_id)
        choice.confirm(written)
        return int(written)

    return await stage_once(job_id, write)


async def stage_once(job_id: UUID, write: Callable[[BaseDBAsyncClient], Awaitable[int]]) -> Span:
    """Let the rows of a job be written, numbered from 1, unless they are; `write` counts them."""
    async with transaction() as tx:
        job = await Job.filter(id=job_id).select_for_update(no_key=True).get()
        if job.total is None:
            job.total = await write(tx)
            await job.save(update_fields=["total"])
        return Span(_FIRST_ROW, job.total, job.total)


_STAGE = """
WITH chosen AS MATERIALIZED (
    SELECT a.id, row_number() OVER (ORDER BY a.id) AS row_no FROM {accounts} WHERE {condition}
), staged AS (
    INSERT INTO job_rows (job_id, row_no, reasons, account_id)
    SELECT {job}::uuid, row_no, '[]', id FROM chosen
    RETURNING 1
)
SELECT count(*)::int FROM staged
"""
