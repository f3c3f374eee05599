"""Jobs as people steer them: who may, and when it is too late."""

from __future__ import annotations

import asyncio
from contextvars import Context
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.ids import new_id
from models.jobs import lifecycle
from models.jobs.chunk import Piece, Tally, Treated, Verdict, treat_once
from models.jobs.job import DesiredState, Job, JobOrder
from models.jobs.job_row import JobRow, StagedRow, UniqueColumn, close_staging, stage
from models.jobs.outbox import Outbox, OutboxKind
from models.jobs.plans import as_json, from_json
from models.mail.email import Email
from models.rules.customer_csv import ImportDefaults
from models.rules.enums import AccountType, JobKind, JobStatus, RowOutcome
from models.rules.errors import DomainError, ErrorCode
from tests import people


async def _job(person: people.Person, kind: JobKind = JobKind.IMPORT) -> Job:
    return await Job.queue(JobOrder(kind, {}), person.viewer)


async def test_a_job_and_its_errand_are_written_together(database: str) -> None:
    del database
    admin = await people.administrator()
    job = await _job(admin)
    assert await Outbox.filter(kind=OutboxKind.JOB, subject_id=job.id).count() == 1
    assert job.asker == replace(admin.viewer, session_id=None)
    assert job.workflow_id == f"import/{job.id}"
    assert (await _job(admin, JobKind.MASS_CREATE)).workflow_id.startswith("mass-create/")


@pytest.mark.parametrize("verb", [Job.pause, Job.resume, Job.cancel])
async def test_a_job_of_another_tenant_can_not_be_steered(database: str, verb: object) -> None:
    del database
    admin = await people.administrator()
    one, other = await people.reseller(admin), await people.reseller(admin)
    job = await _job(one)
    with pytest.raises(DomainError) as refused:
        await verb(job.id, other.viewer)  # type: ignore[operator]  # a table of verbs
    assert refused.value.code is ErrorCode.NOT_FOUND
    assert (await Job.get(id=job.id)).desired_state is DesiredState.RUN


async def test_a_job_that_has_not_begun_is_cancelled_at_once(database: str) -> None:
    del database
    admin = await people.administrator()
    job = await _job(admin)
    cancelled = await Job.cancel(job.id, admin.viewer)
    assert cancelled.status is JobStatus.CANCELLED
    assert cancelled.finished_at is not None
    assert (await lifecycle.proceed(job.id)).is_over


async def test_a_running_job_is_cancelling_until_its_workflow_ends_it(database: str) -> None:
    del database
    admin = await people.administrator()
    job = await _job(admin)
    await lifecycle.proceed(job.id)
    assert (await Job.cancel(job.id, admin.viewer)).status is JobStatus.CANCELLING
    with pytest.raises(DomainError) as refused:
        await Job.resume(job.id, admin.viewer)
    assert refused.value.code is ErrorCode.WRONG_STATE
    assert (await Job.cancel(job.id, admin.viewer)).status is JobStatus.CANCELLING
    await lifecycle.cancelled(job.id)
    assert (await Job.get(id=job.id)).status is JobStatus.CANCELLED


async def test_a_job_that_is_over_stays_as_it_ended(database: str) -> None:
    del database
    admin = await people.administrator()
    job = await _job(admin)
    await lifecycle.failed(job.id, "It broke.")
    for verb in (Job.pause, Job.resume, Job.cancel):
        with pytest.raises(DomainError) as refused:
            await verb(job.id, admin.viewer)
        assert refused.value.code is ErrorCode.WRONG_STATE
    await lifecycle.conclude(job.id)
    job = await Job.get(id=job.id)
    assert (job.status, job.failure) == (JobStatus.FAILED, "It broke.")


async def test_a_job_with_failed_rows_ends_with_errors(database: str) -> None:
    del database
    admin = await people.administrator()
    job = await _job(admin)
    await stage(job.id, [StagedRow(n, ["a"]) for n in (2, 3)])

    async def work(_tx: object, piece: Piece) -> Treated:
        rejected = Verdict(piece.last_row, RowOutcome.REJECTED)
        return Treated.of([Verdict(piece.first_row, RowOutcome.CREATED), rejected])

    assert await treat_once(Piece(job.id, 0, 2, 3), work) == Tally(2, 1, 1)
    await lifecycle.conclude(job.id)
    assert (await Job.get(id=job.id)).status is JobStatus.COMPLETED_WITH_ERRORS


async def test_rows_that_repeat_an_earlier_one_are_marked_once(database: str) -> None:
    del database
    admin = await people.administrator()
    job = await _job(admin)
    cells = (["1", "a@x.example"], ["'1", "A@x.example"], ["2", ""], ["3", ""])
    await stage(job.id, [StagedRow(n, list(row)) for n, row in enumerate(cells, 2)])
    unique = [UniqueColumn(0, ("number",)), UniqueColumn(1, ("email",))]
    for _ in range(2):
        span = await close_staging(job.id, unique)
        assert (span.first, span.last, span.total) == (2, 5, 4)
    reasons = {row.row_no: row.reasons for row in await JobRow.filter(job_id=job.id)}
    assert {n: [reason["field"] for reason in found] for n, found in reasons.items()} == {
        2: [],
        3: [["number"], ["email"]],
        4: [],
        5: [],
    }


async def test_a_wish_does_not_wait_for_the_pieces_that_run(database: str) -> None:
    del database
    admin = await people.administrator()
    job = await _job(admin)
    await stage(job.id, [StagedRow(2, ["a"])])

    async def steering(_tx: object, piece: Piece) -> Treated:
        # A context of its own: not the transaction of the piece, but another connection.
        elsewhere = asyncio.create_task(_paused(job, admin), context=Context())
        await asyncio.wait_for(elsewhere, 5)
        return Treated.of([Verdict(piece.first_row, RowOutcome.CREATED)])

    assert await treat_once(Piece(job.id, 0, 2, 2), steering) == Tally(1, 1, 0)
    assert (await Job.get(id=job.id)).desired_state is DesiredState.PAUSE


async def _paused(job: Job, admin: people.Person) -> None:
    await Job.pause(job.id, admin.viewer)


def test_a_plan_survives_being_kept_as_json() -> None:
    plan = ImportDefaults(
        type=AccountType.POSTPAID, rate_group_id=new_id(), reseller_id=new_id(), billing_day=31
    )
    assert from_json(ImportDefaults, as_json(plan)) == plan


async def test_whoever_asked_for_a_long_job_gets_one_mail_when_it_ends(database: str) -> None:
    del database
    admin = await people.administrator()
    short, long = await _job(admin), await _job(admin)
    for job in (short, long):
        await lifecycle.proceed(job.id)
    await Job.filter(id=long.id).update(started_at=datetime.now(UTC) - timedelta(minutes=2))
    for job in (short, long, long):
        await lifecycle.failed(job.id, "It broke.")
    [mail] = await Email.all()
    assert (mail.to_address, mail.template) == (admin.login, "job_finished")
    assert mail.facts["job"] == {
        "name": "import",
        "outcome": "failed",
        "failure": "It broke.",
        "done": 0,
        "succeeded": 0,
        "failed": 0,
    }
