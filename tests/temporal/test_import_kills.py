"""Imports whose worker dies, whose people change their minds, whose Temporal is away."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator

import pytest
from temporalio.client import WorkflowExecutionStatus

from models.accounts.account import Account
from models.jobs.chunk import JobChunk
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.rules.enums import JobStatus, RowOutcome
from tests import people
from tests.temporal.conftest import House, eventually
from tests.temporal.imports import ended, file_of, good_lines, started

ROWS = 12_000


@pytest.fixture
async def worker(house: House) -> AsyncIterator[Process]:
    """A worker beside the test, so that the test's own calls do not wait behind it."""
    process = await house.process()
    yield process
    process.kill()
    await process.wait()


async def _chunks(job: Job) -> int:
    return await JobChunk.filter(job_id=job.id).count()


async def test_a_worker_killed_in_the_middle_leaves_every_row_exactly_once(house: House) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    job = await started(house.store, admin.viewer, rates, file_of(good_lines(ROWS)))
    kills = 0
    while (await Job.get(id=job.id)).status is not JobStatus.COMPLETED:
        worker = await house.process()
        before = await _chunks(job)

        async def has_gone_on(before: int = before) -> bool:
            now = await Job.get(id=job.id)
            return now.is_terminal or await _chunks(job) > before

        await eventually(has_gone_on, 60)
        if kills < 3:
            await asyncio.sleep(0.05)
            worker.kill()
            kills += 1
        else:
            await ended(job)
            worker.kill()
        await worker.wait()
    assert kills >= 1
    assert await Account.filter(number__startswith="8").count() == ROWS
    assert await JobRow.filter(job_id=job.id, outcome=RowOutcome.CREATED).count() == ROWS
    assert await _chunks(job) == ROWS // 1000


async def test_a_job_waits_for_temporal_and_is_carried_once(house: House) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    job = await started(house.store, admin.viewer, rates, file_of(good_lines(3)))
    assert job.status is JobStatus.QUEUED
    async with house.working():
        assert (await ended(job)).status is JobStatus.COMPLETED


async def test_a_paused_job_stops_between_pieces_and_goes_on_when_resumed(
    house: House, worker: Process
) -> None:
    del worker
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    job = await started(house.store, admin.viewer, rates, file_of(good_lines(ROWS)))
    await eventually(lambda: _has_chunks(job, 1))
    await Job.pause(job.id, admin.viewer)
    await eventually(lambda: _is(job, JobStatus.PAUSED))
    done = await _chunks(job)
    assert done < ROWS // 1000
    await asyncio.sleep(1)
    assert await _chunks(job) == done
    await Job.resume(job.id, admin.viewer)
    assert (await ended(job)).status is JobStatus.COMPLETED
    assert await house.closed(job.workflow_id) is WorkflowExecutionStatus.COMPLETED
    assert await Account.filter(number__startswith="8").count() == ROWS


async def test_a_cancelled_job_keeps_what_is_committed(house: House, worker: Process) -> None:
    del worker
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    job = await started(house.store, admin.viewer, rates, file_of(good_lines(ROWS)))
    await eventually(lambda: _has_chunks(job, 1))
    await Job.cancel(job.id, admin.viewer)
    assert (await ended(job)).status is JobStatus.CANCELLED
    assert await house.closed(job.workflow_id) is WorkflowExecutionStatus.COMPLETED
    done = await _chunks(job)
    assert 0 < done < ROWS // 1000
    assert await Account.filter(number__startswith="8").count() == done * 1000


async def _has_chunks(job: Job, count: int) -> bool:
    return await _chunks(job) >= count


async def _is(job: Job, status: JobStatus) -> bool:
    return (await Job.get(id=job.id)).status is status
