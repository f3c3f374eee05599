"""Batch updates carried out from the wish to the last row, and short words for changes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from models.jobs.batch_update import stage_accounts, start_batch_update, update_rows
from models.jobs.choosing import Wish
from models.jobs.chunk import Piece, treat_once
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.rules.batch_change import BatchChange, NumberChange, Way
from models.rules.viewer import Viewer


def by(way: Way, amount: str) -> NumberChange:
    return NumberChange(way, Decimal(amount))


def to(amount: str) -> NumberChange:
    return by(Way.SET, amount)


def up(amount: str) -> NumberChange:
    return by(Way.INCREASE, amount)


def down(amount: str) -> NumberChange:
    return by(Way.DECREASE, amount)


async def carried(
    viewer: Viewer, whom: Wish | Sequence[UUID], change: BatchChange, *, dry_run: bool = False
) -> list[JobRow]:
    """The rows of a job that was carried out, in their order."""
    wish = whom if isinstance(whom, Wish) else Wish(ids=tuple(whom))
    job = await start_batch_update(viewer, wish, change, dry_run=dry_run)
    return await treated(job)


async def treated(job: Job) -> list[JobRow]:
    span = await stage_accounts(job.id)
    await treat_once(Piece(job.id, 0, span.first, span.last), update_rows)
    return await JobRow.filter(job_id=job.id).order_by("row_no")


def reasons(row: JobRow) -> list[tuple[str, list[str]]]:
    return [(reason["code"], reason["field"]) for reason in row.reasons]
