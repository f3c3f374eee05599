"""The steps of an import: the file becomes rows, rows become accounts.

Rows are the truth: each step goes on where its rows end, so it may be killed anywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import dropwhile, islice
from uuid import UUID

from temporalio import activity

from activities.beat import heartbeating
from activities.files import texts
from activities.following import let_switches_follow
from activities.jobs import JobRef, PieceEnd, PieceRef, Prepared, piece_of
from activities.outside import outside
from models.jobs import lifecycle
from models.jobs.chunk import treat_once
from models.jobs.import_changes import followed_accounts
from models.jobs.import_plan import ImportPlan
from models.jobs.import_rows import import_rows
from models.jobs.job import DesiredState, Job
from models.jobs.job_row import StagedRow, last_staged, stage
from models.jobs.staging import close_import, keep_header, staged
from models.jobs.upload import Upload
from models.rules.csv_text import Record, encoding_named, records
from models.rules.customer_columns import Layout
from models.rules.errors import DomainError, ErrorCode

STAGED_AT_ONCE = 5000  # one COPY and one commit; a killed worker reads that much again
STAGED_CHARACTERS = 4_194_304  # fewer rows where they are long, so that memory stays flat
CELL_OVERHEAD = 16  # what a cell costs beside its characters, counted as characters


@activity.defn
async def stage_rows(ref: JobRef) -> Prepared:
    """Read the uploaded file into rows of the job, going on behind those that are there."""
    job_id = UUID(ref.job_id)
    async with heartbeating():
        job = await Job.get(id=job_id).prefetch_related("upload")
        # A retried job was given its rows when it was queued.
        plan = ImportPlan.of(job) if job.retry_of_id else await _read(job)
        if plan is None:
            return Prepared(is_done=False)
        span = await close_import(job_id, plan)
        if span.total == 0:
            sentence = "The file has no rows below its header."
            raise DomainError(ErrorCode.UNSUPPORTED_FILE, ("uploadId",), sentence)
        return Prepared(is_done=True, first_row=span.first, last_row=span.last)


@activity.defn
async def open_rows(piece: PieceRef) -> PieceEnd:
    """Open or change an account for each row of the piece, or say why not; the switches follow."""
    rows = piece_of(piece)
    async with heartbeating():
        if await treat_once(rows, import_rows) is None:
            return PieceEnd(is_done=False)
        await let_switches_follow(await followed_accounts(rows))
    return PieceEnd(is_done=True)


async def _read(job: Job) -> ImportPlan | None:
    """Read the whole file and tell its header; None when people want the job paused before."""
    lines = _records(job.upload, ImportPlan.of(job))
    plan = replace(ImportPlan.of(job), header=tuple(await asyncio.to_thread(_header, lines)))
    await keep_header(job.id, plan)
    return plan if await _stage_all(job.id, lines, plan.layout()) else None


async def _stage_all(job_id: UUID, lines: Iterator[Record], layout: Layout) -> bool:
    """Whether the end of the file was reached; people may want the job paused before."""
    last = await last_staged(job_id)
    rest = dropwhile(lambda record: record.row_number <= last, lines)
    while True:
        if (await lifecycle.standing(job_id)).desired is not DesiredState.RUN:
            return False
        batch = await asyncio.to_thread(_batch, rest, layout)
        if not batch:
            return True
        await stage(job_id, batch)


def _batch(lines: Iterator[Record], layout: Layout) -> Sequence[StagedRow]:
    taken: list[Record] = []
    left = STAGED_CHARACTERS
    for record in islice(lines, STAGED_AT_ONCE):
        taken.append(record)
        left -= sum(map(len, record.cells)) + CELL_OVERHEAD * len(record.cells)
        if left <= 0:
            break
    return staged(taken, layout)


def _records(upload: Upload, plan: ImportPlan) -> Iterator[Record]:
    encoding = encoding_named(plan.encoding or upload.encoding or "")
    if encoding is None:
        sentence = "The file is not a text in an encoding that is read here."
        raise DomainError(ErrorCode.UNSUPPORTED_FILE, ("uploadId",), sentence)
    pieces = texts(outside().store, upload.storage_key, encoding)
    return records(pieces, plan.separator or upload.separator or ",")


def _header(lines: Iterator[Record]) -> list[str]:
    first = next(lines, None)
    if first is None:
        raise DomainError(ErrorCode.UNSUPPORTED_FILE, ("uploadId",), "The file is empty.")
    if first.problem is not None:
        raise DomainError(ErrorCode.UNSUPPORTED_FILE, ("uploadId",), first.problem.message)
    return first.cells
