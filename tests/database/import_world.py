"""Files imported from their rows to the last verdict, without storage and without workflows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models.jobs.chunk import Piece, treat_once
from models.jobs.import_funds import judge_funds
from models.jobs.import_plan import ImportPlan, start_import
from models.jobs.import_rows import import_rows
from models.jobs.job import Job
from models.jobs.job_row import JobRow, stage
from models.jobs.staging import close_import, staged
from models.jobs.upload import Received, Upload
from models.rules.csv_text import Record
from models.rules.customer_csv import ImportDefaults
from models.rules.enums import AccountType, ImportMatch
from models.rules.viewer import Viewer

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class File:
    """Rows by title, and what the import of them is told."""

    rows: Sequence[Cells]
    rates: UUID
    match: ImportMatch = ImportMatch.NONE
    defaults: Mapping[str, Any] = field(default_factory=dict)
    piece_rows: int = 1000

    @property
    def header(self) -> tuple[str, ...]:
        """All titles that any row has."""
        return tuple(dict.fromkeys(title for row in self.rows for title in row))


async def imported(viewer: Viewer, file: File, *, dry_run: bool = False) -> list[JobRow]:
    """The rows of a job that was carried out piece by piece, in their order."""
    job = await _started(viewer, file, dry_run=dry_run)
    plan = ImportPlan.of(job)
    records = [
        Record(row_number, [row.get(title, "") for title in file.header])
        for row_number, row in enumerate(file.rows, 2)
    ]
    await stage(job.id, staged(records, plan.layout()))
    span = await close_import(job.id, plan)
    for chunk_no, first in enumerate(range(span.first, span.last + 1, file.piece_rows)):
        last = min(first + file.piece_rows - 1, span.last)
        await treat_once(Piece(job.id, chunk_no, first, last), import_rows)
    if dry_run:
        await judge_funds(job)
    return await JobRow.filter(job_id=job.id).order_by("row_no")


def told(rows: Sequence[JobRow]) -> list[str]:
    """Each row's outcome, with the codes and fields of its reasons."""
    return [
        " ".join([str(row.outcome), *(f"{r['code']}:{'.'.join(r['field'])}" for r in row.reasons)])
        for row in rows
    ]


async def _started(viewer: Viewer, file: File, *, dry_run: bool) -> Job:
    upload = await Upload.begin(viewer, "customers.csv")
    await upload.complete(Received(1, "0" * 64, "utf-8", ",", file.header))
    given: dict[str, Any] = {"type": AccountType.PREPAID, "rate_group_id": file.rates}
    plan = ImportPlan(
        upload_id=upload.id,
        defaults=ImportDefaults(**(given | dict(file.defaults))),
        match=file.match,
    )
    return await start_import(plan, viewer, dry_run=dry_run)
