"""Another try at the rows of a job that came to nothing, as a job of its own.

The first job stays as it ended, and its plan says whose accounts it is about, whoever tries again:
only the rights are theirs. Secrets of its rows are gone by then, so a retried import opens
accounts without the passwords that stood in the file.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from models.database import raw, transaction
from models.jobs.deletion_plan import DeletionPlan
from models.jobs.job import Job, JobOrder
from models.jobs.plans import as_json, from_json
from models.rules.enums import JobKind, RowOutcome
from models.rules.errors import DomainError, ErrorCode
from models.rules.mass_create import MassCreatePlan
from models.rules.permissions import JOBS
from models.rules.viewer import Viewer

_FAILED = [RowOutcome.REJECTED, RowOutcome.FAILED]

_COUNT = "SELECT count(*)::int FROM job_rows WHERE job_id = $1 AND outcome = ANY ($2)"
# Rows of a file keep their numbers, by which its owner knows them; a row that could not be read
# has nothing to try again.
_COPY_LINES = """
INSERT INTO job_rows (job_id, row_no, cells, reasons)
SELECT $3, row_no, cells, '[]' FROM job_rows
 WHERE job_id = $1 AND outcome = ANY ($2) AND cardinality(cells) > 0
"""
_COPY_ACCOUNTS = """
INSERT INTO job_rows (job_id, row_no, account_id, reasons)
SELECT $3, row_number() OVER (ORDER BY row_no), account_id, '[]' FROM job_rows
 WHERE job_id = $1 AND outcome = ANY ($2)
"""
_COPIES = {
    JobKind.IMPORT: _COPY_LINES,
    JobKind.BATCH_UPDATE: _COPY_ACCOUNTS,
    JobKind.DELETE: _COPY_ACCOUNTS,
    JobKind.BILLING_RUN: _COPY_ACCOUNTS,
}


async def retry_failed_rows(job_id: UUID, viewer: Viewer) -> Job:
    """Queue a new job over the rejected and failed rows of one that has ended.

    Raises NOT_FOUND, FORBIDDEN for whoever may not start such a job, and WRONG_STATE when it still
    runs or has no such rows.
    """
    async with transaction() as tx:
        old = await Job.seen_by(viewer, job_id)
        _refuse_unless_may_start(old, viewer)
        failed = await raw(tx).fetchval(_COUNT, old.id, _FAILED) if old.is_terminal else 0
        if not failed:
            sentence = "This job has not ended, or has no rows that failed."
            raise DomainError(ErrorCode.WRONG_STATE, ("id",), sentence)
        new = await Job.queue(_order(old, failed), viewer)
        if new.kind in _COPIES:
            await raw(tx).execute(_COPIES[new.kind], old.id, _FAILED, new.id)
        return new


def _refuse_unless_may_start(old: Job, viewer: Viewer) -> None:
    """Steering a job needs less than starting one, and a retry starts one."""
    is_deletion = old.kind is JobKind.DELETE
    needed = DeletionPlan.of(old).permission if is_deletion else JOBS[old.kind]
    if not viewer.may(needed):
        sentence = f"This needs the permission {needed}."
        raise DomainError(ErrorCode.FORBIDDEN, ("id",), sentence)


def _order(old: Job, failed: int) -> JobOrder:
    """The same again, for as many rows as failed; lines of a file are counted when prepared."""
    order = JobOrder(
        kind=old.kind,
        plan=old.input,
        dry_run=old.dry_run,
        total=None if old.kind is JobKind.IMPORT else failed,
        retry_of_id=old.id,
        unmapped_columns=tuple(old.unmapped_columns),
    )
    if old.kind is not JobKind.MASS_CREATE:
        return order
    plan = replace(from_json(MassCreatePlan, old.input), count=failed)
    return replace(order, plan=as_json(plan))
