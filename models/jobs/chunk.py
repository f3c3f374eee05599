"""One piece of a job in one transaction: done wholly or not at all, and a repeat changes nothing.

What is done with the rows is handed in; here is only the frame that makes it safe.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import columns
from models.database import raw, retried, transaction
from models.jobs.job import TERMINAL, DesiredState
from models.rules.enums import RowOutcome
from models.rules.errors import Problem
from models.rules.reasons import reasons_json

NOTIFY_INTERVAL_SECONDS = 0.25  # a progress bar needs no more, and a NOTIFY slows every commit

_GOOD = frozenset(
    {RowOutcome.CREATED, RowOutcome.UPDATED, RowOutcome.UNCHANGED, RowOutcome.DELETED}
)
_JOB = "SELECT status, desired_state FROM jobs WHERE id = $1"
# A second attempt at the same piece waits here until the first has committed or gone.
_CLAIM = """
INSERT INTO job_chunks (job_id, chunk_no, done, succeeded, failed, finished_at)
VALUES ($1, $2, 0, 0, 0, now()) ON CONFLICT (job_id, chunk_no) DO NOTHING RETURNING id
"""
_KEPT = "SELECT done, succeeded, failed FROM job_chunks WHERE job_id = $1 AND chunk_no = $2"
_LEFT = """
SELECT j.total - (SELECT coalesce(sum(c.done), 0) FROM job_chunks c WHERE c.job_id = j.id)
  FROM jobs j WHERE j.id = $1
"""
_TALLY = """
UPDATE job_chunks
   SET done = $2, succeeded = $3, failed = $4, sealed_credentials = $5,
       finished_at = clock_timestamp()
 WHERE id = $1
"""
# Secrets of a row go with its verdict.
_VERDICTS = """
UPDATE job_rows r
   SET outcome = v.outcome, reasons = v.reasons, account_id = v.account_id,
       amount = v.amount, previous_amount = v.previous_amount, sealed_cells = NULL
  FROM unnest($2::int[], $3::text[], $4::jsonb[], $5::uuid[], $6::numeric[], $7::numeric[])
       AS v (row_no, outcome, reasons, account_id, amount, previous_amount)
 WHERE r.job_id = $1 AND r.row_no = v.row_no
"""

# The order of `_columns`, behind the job.
_ROW = ("job_id", "row_no", "outcome", "reasons", "account_id", "amount", "previous_amount")

_last_notice: dict[UUID, float] = {}


class JobChunk(Model):
    """One committed piece of a job. Its presence is the proof that the piece is done."""

    id = fields.BigIntField(primary_key=True, generated=True)
    job = columns.belongs_to("Job", "chunks")
    job_id: UUID
    # From 0; which rows a number covers follows from the job's chunk size.
    chunk_no = fields.IntField()
    done = fields.IntField()
    succeeded = fields.IntField()
    failed = fields.IntField()
    # Secrets generated in this piece, sealed, until the one download or 24 hours.
    sealed_credentials = fields.BinaryField(null=True)
    finished_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "job_chunks"
        unique_together = (("job_id", "chunk_no"),)


@dataclass(frozen=True, slots=True)
class Piece:
    """Which rows of which job: those with `first_row <= row_no <= last_row`."""

    job_id: UUID
    chunk_no: int
    first_row: int
    last_row: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one row, with all reasons when it was refused."""

    row_no: int
    outcome: RowOutcome
    problems: tuple[Problem, ...] = ()
    account_id: UUID | None = None
    amount: Decimal | None = None
    previous_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows a piece treated; `done = succeeded + failed`."""

    done: int
    succeeded: int
    failed: int


@dataclass(frozen=True, slots=True)
class Treated:
    """What a piece's work hands back: a verdict a row, and secrets it made, already sealed."""

    tally: Tally
    verdicts: Sequence[Verdict]
    sealed_credentials: bytes | None = None
    fresh: bool = False

    @classmethod
    def of(
        cls,
        verdicts: Sequence[Verdict],
        sealed_credentials: bytes | None = None,
        *,
        fresh: bool = False,
    ) -> Treated:
        """Count the verdicts; `fresh` when their rows were not staged before."""
        good = sum(verdict.outcome in _GOOD for verdict in verdicts)
        tally = Tally(len(verdicts), good, len(verdicts) - good)
        return cls(tally, verdicts, sealed_credentials, fresh)


Work = Callable[[BaseDBAsyncClient, Piece], Awaitable[Treated]]


async def treat_once(piece: Piece, work: Work, *, is_begun: bool = False) -> Tally | None:
    """Do the work unless it is done; None when people want the job paused, cancelled or it is over.

    The work runs in the transaction it is handed, which also writes verdicts and the chunk row.
    Work that is begun already is finished, whatever people want by now.
    """
    return await retried(lambda: _treat(piece, work, is_begun=is_begun))


async def _treat(piece: Piece, work: Work, *, is_begun: bool) -> Tally | None:
    async with transaction() as tx:
        kept = await _kept(tx, piece)
        if kept is not None:
            return kept
        if not is_begun and not await is_wanted(tx, piece.job_id):
            return None
        chunk_id = await raw(tx).fetchval(_CLAIM, piece.job_id, piece.chunk_no)
        if chunk_id is None:
            return await _kept(tx, piece)
        treated = await work(tx, piece)
        await _write(tx, piece, chunk_id, treated)
        return treated.tally


async def _kept(tx: BaseDBAsyncClient, piece: Piece) -> Tally | None:
    row = await raw(tx).fetchrow(_KEPT, piece.job_id, piece.chunk_no)
    return None if row is None else Tally(row["done"], row["succeeded"], row["failed"])


async def kept_tally(piece: Piece) -> Tally | None:
    """What the piece did when it is done; None when it is not."""
    async with transaction() as tx:
        return await _kept(tx, piece)


async def rows_left(tx: BaseDBAsyncClient, job_id: UUID) -> int:
    """How many rows of a job no committed piece has treated."""
    return int(await raw(tx).fetchval(_LEFT, job_id) or 0)


async def is_wanted(tx: BaseDBAsyncClient, job_id: UUID) -> bool:
    """Whether the job is to go on: it is not over, and people want it neither paused nor ended."""
    job = await raw(tx).fetchrow(_JOB, job_id)
    if job is None:
        raise LookupError(f"no job {job_id}")
    return job["status"] not in TERMINAL and job["desired_state"] == DesiredState.RUN


async def _write(tx: BaseDBAsyncClient, piece: Piece, chunk_id: int, treated: Treated) -> None:
    connection = raw(tx)
    if treated.fresh:
        await connection.copy_records_to_table(
            "job_rows", columns=_ROW, records=_records(piece.job_id, treated.verdicts)
        )
    elif treated.verdicts:
        await connection.execute(_VERDICTS, piece.job_id, *_columns(treated.verdicts))
    tally = treated.tally
    await connection.execute(
        _TALLY,
        chunk_id,
        tally.done,
        tally.succeeded,
        tally.failed,
        treated.sealed_credentials,
    )
    if _may_notify(piece.job_id):
        await connection.execute("SELECT pg_notify('jobs', $1)", str(piece.job_id))


def _records(job_id: UUID, verdicts: Sequence[Verdict]) -> list[tuple[object, ...]]:
    return [(job_id, *row) for row in zip(*_columns(verdicts), strict=True)]


def _columns(verdicts: Sequence[Verdict]) -> tuple[list[object], ...]:
    return (
        [verdict.row_no for verdict in verdicts],
        [verdict.outcome.value for verdict in verdicts],
        [reasons_json(verdict.problems) for verdict in verdicts],
        [verdict.account_id for verdict in verdicts],
        [verdict.amount for verdict in verdicts],
        [verdict.previous_amount for verdict in verdicts],
    )


def _may_notify(job_id: UUID) -> bool:
    now = time.monotonic()
    if now - _last_notice.get(job_id, 0.0) < NOTIFY_INTERVAL_SECONDS:
        return False
    for other in [job for job, at in _last_notice.items() if now - at > NOTIFY_INTERVAL_SECONDS]:
        del _last_notice[other]  # only the jobs of this moment matter
    _last_notice[job_id] = now
    return True
