"""The rows of a job: what stood in the file or which account is meant, and the verdict.

A row without an outcome is still to be treated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns
from models.database import raw, transaction
from models.rules.enums import RowOutcome
from models.rules.errors import ErrorCode, Problem
from models.rules.reasons import reasons_json
from models.rules.violation import Violation

# Two attempts at staging one job take turns here, so that neither meets the other's rows.
_TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))"
_LAST_STAGED = "SELECT coalesce(max(row_no), 0) FROM job_rows WHERE job_id = $1"
_SPAN = """
SELECT min(row_no) AS first, max(row_no) AS last, count(*)::int AS total
  FROM job_rows WHERE job_id = $1
"""
_COUNTED = "UPDATE jobs SET total = $2 WHERE id = $1 AND total IS NULL RETURNING id"
_KEY = "fold(btrim(ltrim(cells[{}], '''')))"
_REPEATED = f"""
WITH keyed AS (
    SELECT id, row_no, {_KEY.format("$2")} AS key
      FROM job_rows WHERE job_id = $1
), counted AS (
    SELECT id, row_number() OVER (PARTITION BY key ORDER BY row_no) AS turn
      FROM keyed WHERE key <> ''
)
UPDATE job_rows r SET reasons = r.reasons || $3::jsonb
  FROM counted c WHERE c.turn > 1 AND r.id = c.id
"""  # noqa: S608 - our own text
# Names that rows ask for come before those that devices get by themselves.
_CEDE = f"""
WITH said AS (
    SELECT id, {_KEY.format("$2")} AS number, coalesce({_KEY.format("$3")}, '') AS name
      FROM job_rows
     WHERE job_id = $1 AND EXISTS (SELECT FROM job_rows WHERE job_id = $1 AND cells[$3] <> '')
), claimed AS (
    SELECT id, number AS key, false AS is_asked FROM said WHERE name = ''
     UNION ALL
    SELECT id, name, true FROM said WHERE name <> ''
), compared AS (
    SELECT id, is_asked, bool_or(is_asked) OVER (PARTITION BY key) AS is_name FROM claimed
)
UPDATE job_rows r SET cedes_number = true
  FROM compared c WHERE c.is_name AND NOT c.is_asked AND r.id = c.id
"""  # noqa: S608 - our own text
# Passes that sort: fresh rows have no statistics, and a join of them with themselves can be
# planned as a loop in a loop. In a million rows, the default of 4 MB would sort on disk.
_ROOM_TO_SORT = "SET LOCAL work_mem = '64MB'"
_ROWS = """
SELECT row_no, cells, sealed_cells, reasons, account_id, cedes_number FROM job_rows
 WHERE job_id = $1 AND row_no BETWEEN $2 AND $3 AND outcome IS NULL
 ORDER BY row_no
"""

REPEATED = Violation(ErrorCode.TAKEN, "stands in this file more than once")


class JobRow(Model):
    """One row; `row_no` is counted as a spreadsheet counts it, so the first under a header is 2."""

    id = fields.BigIntField(primary_key=True, generated=True)
    job = columns.belongs_to("Job", "rows")
    job_id: UUID
    row_no = fields.IntField()
    outcome = columns.word(RowOutcome, null=True)
    # All reasons of a refusal: [{"code", "field", "message"}].
    reasons = fields.JSONField[list[dict[str, Any]]](default=list)
    # Deletions only: when its account was switched off, or could not be.
    begun_at = fields.DatetimeField(null=True)
    # The account made, changed or deleted; no constraint, so that a batch pays nothing for it.
    account_id = fields.UUIDField(null=True)
    # The cells as read, those with secrets blank; null when the row did not come from a file.
    cells = ArrayField("text", null=True)
    # The cells with secrets, sealed at staging and wiped with the outcome.
    sealed_cells = fields.BinaryField(null=True)
    # Imports only: another row of the file asks for this row's number as the name of its device.
    cedes_number = fields.BooleanField(null=True)
    # What billing runs and batch changes moved, and from where; what a row of an import's dry run
    # would take from the owner's wallet.
    amount = columns.amount(null=True)
    previous_amount = columns.amount(null=True)

    class Meta:
        table = "job_rows"
        unique_together = (("job_id", "row_no"),)


@dataclass(frozen=True, slots=True)
class StagedRow:
    """One row as read from a file: its cells, its secrets sealed, and why it can not be read."""

    row_no: int
    cells: list[str]
    sealed_cells: bytes | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class UniqueColumn:
    """A cell that no two rows of a file may share: where it stands, and its field's path."""

    index: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Which row numbers there are; no rows when `total` is 0."""

    first: int
    last: int
    total: int


async def last_staged(job_id: UUID) -> int:
    """The highest row number that is staged; 0 when none is."""
    async with transaction() as tx:
        return int(await raw(tx).fetchval(_LAST_STAGED, job_id))


async def stage(job_id: UUID, rows: Sequence[StagedRow]) -> None:
    """Write rows behind those that are there; rows that are there already are left alone."""
    async with transaction() as tx:
        connection = raw(tx)
        await connection.execute(_TAKE_TURNS, str(job_id))
        last = await connection.fetchval(_LAST_STAGED, job_id)
        await connection.copy_records_to_table(
            "job_rows",
            columns=("job_id", "row_no", "cells", "sealed_cells", "reasons"),
            records=[
                (job_id, row.row_no, row.cells, row.sealed_cells, reasons_json(row.problems))
                for row in rows
                if row.row_no > last
            ],
        )


async def close_staging(
    job_id: UUID, unique: Sequence[UniqueColumn], names: Sequence[int] = ()
) -> Span:
    """Count the rows and mark those that repeat another; done once, asked as often as wanted.

    names: where numbers and names of devices stand, so that rows are marked whose number another
    row asks for as a name.
    """
    async with transaction() as tx:
        connection = raw(tx)
        row = await connection.fetchrow(_SPAN, job_id)
        span = Span(0, -1, 0) if row is None or not row["total"] else Span(**row)
        if await connection.fetchval(_COUNTED, job_id, span.total):
            await connection.execute(_ROOM_TO_SORT)
            for column in unique:
                reason = reasons_json([REPEATED.at(*column.path)])
                await connection.execute(_REPEATED, job_id, column.index + 1, reason)
            if names:
                await connection.execute(_CEDE, job_id, *(index + 1 for index in names))
        return span


async def open_rows(tx: BaseDBAsyncClient, job_id: UUID, first: int, last: int) -> list[Any]:
    """Rows of this span without an outcome: row_no, cells and the like."""
    return list(await raw(tx).fetch(_ROWS, job_id, first, last))
