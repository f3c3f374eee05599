"""How a job is moved along: begun, paused, ended. What is done with its rows stands beside it.

Each step may be repeated without harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from temporalio import activity

from models.jobs import lifecycle
from models.jobs.chunk import Piece
from models.jobs.job import DesiredState


@dataclass(frozen=True, slots=True)
class JobRef:
    """Which job."""

    job_id: str


@dataclass(frozen=True, slots=True)
class JobFailure:
    """Which job can not go on, and why in a sentence."""

    job_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class JobStanding:
    """Whether a job has ended, and whether people want it cancelled or paused."""

    is_over: bool
    is_cancelled: bool
    is_paused: bool


@dataclass(frozen=True, slots=True)
class PieceRef:
    """One piece of a job: the rows with `first_row <= row_no <= last_row`."""

    job_id: str
    chunk_no: int
    first_row: int
    last_row: int


@dataclass(frozen=True, slots=True)
class PieceEnd:
    """Whether the piece is done; it is not when people want the job paused or cancelled."""

    is_done: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """Which row numbers a job treats; not done when people interrupted the preparation."""

    is_done: bool
    first_row: int = 0
    last_row: int = -1


def piece_of(ref: PieceRef) -> Piece:
    """The piece as the models know it."""
    return Piece(UUID(ref.job_id), ref.chunk_no, ref.first_row, ref.last_row)


@activity.defn
async def proceed_with_job(ref: JobRef) -> JobStanding:
    """Mark the job running or paused, as people want it, and say which."""
    now = await lifecycle.proceed(UUID(ref.job_id))
    return JobStanding(
        now.is_over, now.desired is DesiredState.CANCEL, now.desired is DesiredState.PAUSE
    )


@activity.defn
async def conclude_job(ref: JobRef) -> None:
    """End a job whose rows are all treated."""
    await lifecycle.conclude(UUID(ref.job_id))


@activity.defn
async def cancel_job(ref: JobRef) -> None:
    """End a job that people cancelled."""
    await lifecycle.cancelled(UUID(ref.job_id))


@activity.defn
async def fail_job(failure: JobFailure) -> None:
    """End a job that can not go on."""
    await lifecycle.failed(UUID(failure.job_id), failure.reason)
