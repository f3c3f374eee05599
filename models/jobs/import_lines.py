"""The rows of a piece of an import, understood as far as they can be.

What becomes of them is decided by `import_rows` and `import_changes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from models import seal
from models.database import raw
from models.jobs.chunk import Piece
from models.jobs.import_plan import ImportPlan
from models.jobs.job import Job
from models.jobs.job_row import open_rows
from models.rules.customer_csv import ImportedRow, RowReader
from models.rules.draft import CustomerDraft
from models.rules.errors import Problem
from models.rules.reasons import problems_of

CELLS_PURPOSE = "job-row"

_RATE_GROUPS = """
SELECT name, id FROM rate_groups WHERE reseller_id IS NOT DISTINCT FROM $1 AND status = 'ACTIVE'
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file; `problems` are those found while it was staged.

    cedes_number: another row asks for the number as the name of its device.
    """

    row_no: int
    row: ImportedRow
    draft: CustomerDraft
    problems: tuple[Problem, ...]
    cedes_number: bool


@dataclass(frozen=True, slots=True)
class Import:
    """A job with its plan, and whose accounts it is about."""

    job: Job
    plan: ImportPlan

    @classmethod
    def of(cls, job: Job) -> Import:
        """The import that this job carries out."""
        return cls(job, ImportPlan.of(job))

    @property
    def owner_id(self) -> UUID | None:
        """The reseller that the accounts stand under; None is the administration."""
        return self.plan.defaults.reseller_id


async def lines_of(tx: BaseDBAsyncClient, piece: Piece, told: Import) -> list[Line]:
    """The rows of the piece that have no verdict yet, in the order of the file."""
    plan = told.plan
    reader = RowReader(plan.layout(), plan.defaults, await _rate_groups(tx, told.owner_id))
    rows = await open_rows(tx, piece.job_id, piece.first_row, piece.last_row)
    return [_line(reader, row) for row in rows]


def unsaid(found: Sequence[Problem], known: Sequence[Problem]) -> tuple[Problem, ...]:
    """Of the problems found, those of cells that have no reason yet: one is enough for a cell."""
    said = {problem.field for problem in known}
    return tuple(problem for problem in found if problem.field not in said)


def _line(reader: RowReader, row: Mapping[str, Any]) -> Line:
    understood = reader.read(_cells(row))
    found = problems_of(row["reasons"])
    return Line(row["row_no"], understood, understood.draft(), found, bool(row["cedes_number"]))


async def _rate_groups(tx: BaseDBAsyncClient, owner_id: UUID | None) -> dict[str, UUID]:
    rows = await raw(tx).fetch(_RATE_GROUPS, owner_id)
    return {row["name"].casefold(): row["id"] for row in rows}


def _cells(row: Mapping[str, Any]) -> list[str]:
    cells: list[str] = row["cells"]
    if row["sealed_cells"] is not None:
        for at, text in orjson.loads(seal.unseal(CELLS_PURPOSE, row["sealed_cells"])):
            cells[at] = text
    return cells
