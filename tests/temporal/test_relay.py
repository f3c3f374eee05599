"""What is in the outbox reaches Temporal once, through redelivery, absences and terminations."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from temporalio.client import WorkflowExecutionStatus

from gateway.ports import free_port
from models.ids import new_id
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.jobs.outbox import Outbox, OutboxKind
from models.rules.enums import JobStatus
from tests import people
from tests.temporal.conftest import House, eventually
from tests.temporal.imports import ended, file_of, good_lines, started
from workflows.connection import open_client
from workflows.delivery import Deliverer
from workflows.reconciler import Reconciler
from workflows.registration import register
from workflows.relay import Relay

AT_ONCE = timedelta(0)


async def _relay(house: House) -> Relay:
    await register(house.client)
    return Relay(Deliverer(house.client), house.dsn)


async def _queued(house: House) -> Job:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    return await started(house.store, admin.viewer, rates, file_of(good_lines(3)))


async def test_an_errand_delivered_twice_starts_one_workflow(house: House) -> None:
    relay = await _relay(house)
    job = await _queued(house)
    assert await relay.carry() == 1
    first = await house.client.get_workflow_handle(job.workflow_id).describe()
    await Outbox.filter(subject_id=job.id).update(delivered_at=None)
    assert await relay.carry() == 1
    second = await house.client.get_workflow_handle(job.workflow_id).describe()
    assert first.run_id == second.run_id
    assert await relay.carry() == 0


async def test_an_errand_of_a_job_that_has_run_starts_nothing(house: House) -> None:
    job = await _queued(house)
    async with house.working():
        await ended(job)
        await house.closed(job.workflow_id)
        before = await house.client.get_workflow_handle(job.workflow_id).describe()
        await Job.filter(id=job.id).update(status=JobStatus.RUNNING)  # its commit was lost
        await Outbox.put(OutboxKind.JOB, job.id)
        await eventually(_all_are_delivered)
        after = await house.client.get_workflow_handle(job.workflow_id).describe()
    assert before.run_id == after.run_id


async def test_an_errand_nobody_can_carry_waits_and_the_next_one_is_carried(house: House) -> None:
    relay = await _relay(house)
    admin = await people.administrator()
    nowhere = new_id()
    await Outbox.put(OutboxKind.JOB, nowhere)
    job = await _queued_by(house, admin)
    assert await relay.carry() == 2
    refused = await Outbox.get(subject_id=nowhere)
    assert refused.attempts == 1
    assert refused.last_error
    assert (await Outbox.get(subject_id=job.id)).delivered_at is not None


async def test_the_outbox_waits_while_temporal_is_away(house: House) -> None:
    away = replace(house.connection, address=f"127.0.0.1:{free_port()}")
    relay = Relay(Deliverer(await open_client(away, lazy=True)), house.dsn)
    job = await _queued(house)
    carrying = asyncio.create_task(relay.run())
    await asyncio.sleep(2)
    carrying.cancel()
    row = await Outbox.get(subject_id=job.id)
    assert (row.delivered_at, row.attempts) == (None, 0)


async def test_steering_a_job_that_has_no_workflow_is_done_at_once(house: House) -> None:
    relay = await _relay(house)
    job = await _queued(house)
    await Outbox.filter(subject_id=job.id).delete()
    await Job.pause(job.id, job.asker)
    assert await relay.carry() == 1
    assert await _all_are_delivered()


async def test_a_job_whose_workflow_was_terminated_fails_with_the_reason(house: House) -> None:
    relay = await _relay(house)
    job = await _queued(house)
    await relay.carry()
    await house.client.get_workflow_handle(job.workflow_id).terminate()
    await Reconciler(house.client).look(AT_ONCE)
    job = await Job.get(id=job.id)
    assert job.status is JobStatus.FAILED
    assert job.failure == "The workflow of this job was terminated from outside."


async def test_a_job_without_a_workflow_is_sent_again(house: House) -> None:
    job = await _queued(house)
    await Outbox.filter(subject_id=job.id).delete()
    reconciler = Reconciler(house.client)
    for _ in range(2):
        await reconciler.look(AT_ONCE)
    assert await Outbox.filter(subject_id=job.id, delivered_at=None).count() == 1
    async with house.working():
        assert (await ended(job)).status is JobStatus.COMPLETED
    assert await JobRow.filter(job_id=job.id).count() == 3


async def test_a_job_that_runs_is_left_alone(house: House) -> None:
    relay = await _relay(house)
    job = await _queued(house)
    await relay.carry()
    await Reconciler(house.client).look(AT_ONCE)
    assert (await Job.get(id=job.id)).status is JobStatus.QUEUED
    handle = house.client.get_workflow_handle(job.workflow_id)
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING


async def _queued_by(house: House, admin: people.Person) -> Job:
    rates = await people.rate_group(admin)
    return await started(house.store, admin.viewer, rates, file_of(good_lines(1)))


async def _all_are_delivered() -> bool:
    return not await Outbox.filter(delivered_at=None).exists()
