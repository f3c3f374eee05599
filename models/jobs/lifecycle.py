"""Where a job stands, as its workflow moves it along; each move may be repeated without harm.

What people want of a job is set in `job`; here it is followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw, transaction
from models.jobs.download import publish
from models.jobs.job import TERMINAL, DesiredState
from models.mail.email import Email, MailDraft
from models.rules.enums import DownloadKind, JobStatus

_STANDING = "SELECT status, desired_state, total FROM jobs WHERE id = $1"
_BEGIN = """
UPDATE jobs SET status = $2, started_at = coalesce(started_at, now())
 WHERE id = $1 AND status <> ALL($3) AND status <> 'CANCELLING'
"""
_COUNTED = "UPDATE jobs SET total = $2 WHERE id = $1 AND total IS DISTINCT FROM $2"
_TOLD = """
kind, status, failure, principal_id, reseller_id,
finished_at - started_at > interval '1 minute' AS is_long
"""
_END = f"""
UPDATE jobs SET status = $2, failure = $3, finished_at = now()
 WHERE id = $1 AND status <> ALL($4)
RETURNING {_TOLD}
"""  # noqa: S608 - our own text
# A deletion only goes forward: who was switched off is not switched on again, and somebody has to
# finish it.
_LEFT_OFF = (
    "{} of its accounts are switched off already and stay so; ask for their deletion again to"
    " finish it."
)
_LEAVE_WORD = f"""
WITH off AS (
    SELECT count(*) AS count FROM job_rows r JOIN accounts a ON a.id = r.account_id
     WHERE r.job_id = $1 AND a.status = 'DELETING'
)
UPDATE jobs SET failure = concat_ws(' ', failure, replace($2, '{{}}', off.count::text))
  FROM off WHERE id = $1 AND kind = 'DELETE' AND off.count > 0
RETURNING {_TOLD}
"""  # noqa: S608 - our own text
_TALLY = """
SELECT coalesce(sum(done), 0)::int AS done, coalesce(sum(succeeded), 0)::int AS succeeded,
       coalesce(sum(failed), 0)::int AS failed
  FROM job_chunks WHERE job_id = $1
"""
# Rows that will not be treated any more keep no secrets either.
_WIPE_CELLS = """
UPDATE job_rows SET sealed_cells = NULL WHERE job_id = $1 AND sealed_cells IS NOT NULL
"""
_HAS_CREDENTIALS = """
SELECT EXISTS (SELECT FROM job_chunks WHERE job_id = $1 AND sealed_credentials IS NOT NULL)
"""
_ASKER = "SELECT email, account_id FROM principals WHERE id = $1"
_FAILED_ROWS = "SELECT coalesce(sum(failed), 0) FROM job_chunks WHERE job_id = $1"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job stands and where people want it."""

    status: JobStatus
    desired: DesiredState
    total: int | None

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in TERMINAL


async def standing(job_id: UUID) -> Standing:
    """Read both; raises LookupError when there is no such job."""
    async with transaction() as tx:
        row = await raw(tx).fetchrow(_STANDING, job_id)
    if row is None:
        raise LookupError(f"no job {job_id}")
    return Standing(JobStatus(row["status"]), DesiredState(row["desired_state"]), row["total"])


async def proceed(job_id: UUID) -> Standing:
    """Mark the job RUNNING, or PAUSED when people want that; a job that is over stays as it is."""
    now = await standing(job_id)
    paused = now.desired is DesiredState.PAUSE
    async with transaction() as tx:
        wanted = JobStatus.PAUSED if paused else JobStatus.RUNNING
        await raw(tx).execute(_BEGIN, job_id, wanted, TERMINAL)
    return await standing(job_id)


async def counted(job_id: UUID, total: int) -> None:
    """Say how many rows there are to treat."""
    async with transaction() as tx:
        await raw(tx).execute(_COUNTED, job_id, total)


async def conclude(job_id: UUID) -> None:
    """End the job by what its chunks say."""
    async with transaction() as tx:
        failed = await raw(tx).fetchval(_FAILED_ROWS, job_id)
        status = JobStatus.COMPLETED_WITH_ERRORS if failed else JobStatus.COMPLETED
        await _end(tx, job_id, status)


async def cancelled(job_id: UUID) -> None:
    """End the job because people wanted that."""
    async with transaction() as tx:
        await _end(tx, job_id, JobStatus.CANCELLED)


async def failed(job_id: UUID, reason: str) -> None:
    """End the job because it can not go on; `reason` is a sentence."""
    async with transaction() as tx:
        await _end(tx, job_id, JobStatus.FAILED, reason)


async def _end(
    tx: BaseDBAsyncClient, job_id: UUID, status: JobStatus, reason: str | None = None
) -> None:
    """End it once: offer the secrets it made, and mail whoever asked when it took a minute."""
    ended = await raw(tx).fetchrow(_END, job_id, status, reason, TERMINAL)
    if ended is None:
        return
    if status in {JobStatus.CANCELLED, JobStatus.FAILED}:
        await raw(tx).execute(_WIPE_CELLS, job_id)
        ended = await raw(tx).fetchrow(_LEAVE_WORD, job_id, _LEFT_OFF) or ended
    if await raw(tx).fetchval(_HAS_CREDENTIALS, job_id):
        name = f"credentials_{datetime.now(UTC):%Y-%m-%d}.csv"
        await publish(job_id, DownloadKind.CREDENTIALS, name)
    if ended["is_long"]:
        await _mail(tx, job_id, ended)


async def _mail(tx: BaseDBAsyncClient, job_id: UUID, ended: asyncpg.Record) -> None:
    asker = await raw(tx).fetchrow(_ASKER, ended["principal_id"])
    if asker is None:
        return
    tally = await raw(tx).fetchrow(_TALLY, job_id)
    told = {"name": _words(ended["kind"]), "outcome": _words(ended["status"])}
    told["failure"] = ended["failure"] or ""
    draft = MailDraft(
        template="job_finished",
        event=f"job-finished/{job_id}",
        to=asker["email"],
        account_id=asker["account_id"],
        issuer_id=ended["reseller_id"],
        facts={"job": told | dict(tally or {})},
    )
    await Email.queue([draft])


def _words(word: str) -> str:
    return word.replace("_", " ").lower()
