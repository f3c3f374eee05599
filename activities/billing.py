"""The steps of billing: opening the scheduled run, finding who is due, closing their periods.

What a period becomes is known to the models.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from temporalio import activity

from activities.beat import heartbeating
from activities.jobs import JobRef, PieceEnd, PieceRef, Prepared, piece_of
from models.jobs import billing_run
from models.jobs.chunk import treat_once


@dataclass(frozen=True, slots=True)
class BillingTick:
    """The instant that a scheduled run is for."""

    as_of: datetime


@dataclass(frozen=True, slots=True)
class OpenedRun:
    """The job that carries a scheduled run; empty when there was nothing to do."""

    job_id: str = ""


@activity.defn
async def open_billing_run(tick: BillingTick) -> OpenedRun:
    """Queue the job of a scheduled run, when somebody is due."""
    job_id = await billing_run.open_scheduled_run(tick.as_of)
    return OpenedRun("" if job_id is None else str(job_id))


@activity.defn
async def stage_due_accounts(ref: JobRef) -> Prepared:
    """Write down whose periods are over."""
    async with heartbeating():
        span = await billing_run.stage_due(UUID(ref.job_id))
    return Prepared(is_done=True, first_row=span.first, last_row=span.last)


@activity.defn
async def bill_accounts(piece: PieceRef) -> PieceEnd:
    """Close the periods of a piece's accounts."""
    async with heartbeating():
        return PieceEnd(await treat_once(piece_of(piece), billing_run.bill_rows) is not None)
