"""Batch updates by a real worker: done once through kills and repeats, told to the switches."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import ActivityEnvironment

from activities.batch_update import change_accounts, stage_changes
from activities.jobs import JobRef, PieceRef
from models.accounts.account import Account
from models.jobs import chunk
from models.jobs.batch_update import start_batch_update
from models.jobs.choosing import Wish
from models.jobs.chunk import JobChunk
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.jobs.mass_create_start import start_mass_create
from models.panel.sip_device import SipDevice
from models.rules.batch_change import BatchChange, NumberChange, Way
from models.rules.enums import AccountStatus, JobStatus, ProvisioningState, RowOutcome
from models.rules.filters import Criterion, Kind
from models.rules.mass_create import MassCreatePlan
from models.rules.sip_device import SipDeviceDraft
from tests import people
from tests.database.money_world import assert_books_add_up
from tests.people import Person
from tests.temporal.conftest import House, eventually
from tests.temporal.digest import everything, run_twice
from tests.temporal.imports import ended
from tests.temporal.test_mass_create import plan

CRITERIA = {"number": Criterion("{t}.number", Kind.EXACT)}
UP = BatchChange(balance=NumberChange(Way.INCREASE, Decimal(2)))


async def made(admin: Person, count: int) -> MassCreatePlan:
    """Many customers with numbers that begin with 77."""
    told = plan(await people.rate_group(admin), count=count)
    job = await ended(await start_mass_create(told, admin.viewer))
    assert job.status is JobStatus.COMPLETED
    return told


async def started(admin: Person, count: int, change: BatchChange, **told: Any) -> Job:
    """A change of everybody whose number begins with 77."""
    where = {"number": {"startsWith": "77"}}
    wish = Wish(where=where, criteria=CRITERIA, expected_count=count)
    return await start_batch_update(admin.viewer, wish, change, **told)


async def queued(admin: Person, change: BatchChange) -> Job:
    """A change of one customer that no worker carries."""
    ada = await people.customer(admin)
    await SipDevice.issue(admin.viewer, SipDeviceDraft(account_id=ada.id))
    return await start_batch_update(admin.viewer, Wish(ids=(ada.id,)), change)


async def staged(admin: Person, change: BatchChange) -> tuple[Job, PieceRef]:
    """The same, staged."""
    job = await queued(admin, change)
    await ActivityEnvironment().run(stage_changes, JobRef(str(job.id)))
    return job, PieceRef(str(job.id), 0, 1, 1)


async def test_everybody_named_is_changed_and_those_who_can_not_be_are_told_apart(
    working: House,
) -> None:
    admin = await people.administrator()
    await made(admin, 50)
    poor = await people.customer(admin, number="7700000001234")
    await Account.filter(id=poor.id).update(status=AccountStatus.DELETING)
    job = await ended(await started(admin, 51, UP))
    assert job.status is JobStatus.COMPLETED_WITH_ERRORS
    assert await JobRow.filter(job_id=job.id, outcome=RowOutcome.UPDATED).count() == 50
    [row] = await JobRow.filter(job_id=job.id, outcome=RowOutcome.REJECTED)
    assert row.account_id == poor.id
    assert await working.closed(job.workflow_id) is WorkflowExecutionStatus.COMPLETED
    await assert_books_add_up()


async def test_whoever_came_meanwhile_fails_the_job_before_its_first_row(house: House) -> None:
    admin = await people.administrator()
    await people.customer(admin, number="77001")
    job = await started(admin, 1, UP)
    await people.customer(admin, number="77002")
    async with house.working():
        job = await ended(job)
    assert job.status is JobStatus.FAILED
    assert "2 accounts now, not 1" in (job.failure or "")
    assert not await JobRow.filter(job_id=job.id).exists()


async def test_devices_follow_without_a_story_of_their_own(working: House) -> None:
    admin = await people.administrator()
    ada = await people.customer(admin)
    device = await SipDevice.issue(admin.viewer, SipDeviceDraft(account_id=ada.id))
    off = BatchChange(status=AccountStatus.INACTIVE)
    await ended(await start_batch_update(admin.viewer, Wish(ids=(ada.id,)), off))
    row = await SipDevice.get(id=device.device_id)
    assert (row.generation, row.provisioning) == (2, ProvisioningState.PUBLISHED)
    del working


async def test_a_kill_in_the_middle_moves_no_money_twice(house: House) -> None:
    admin = await people.administrator()
    async with house.working():
        await made(admin, 4000)
    job = await started(admin, 4000, UP)
    for kills in range(3):
        worker = await house.process()
        already = await JobChunk.filter(job_id=job.id).count()

        async def has_gone_on(already: int = already) -> bool:
            now = await Job.get(id=job.id)
            return now.is_terminal or await JobChunk.filter(job_id=job.id).count() > already

        await eventually(has_gone_on if kills < 2 else lambda: _is_over(job), 60)
        worker.kill()
        await worker.wait()
    assert (await Job.get(id=job.id)).status is JobStatus.COMPLETED
    assert await JobRow.filter(job_id=job.id, outcome=RowOutcome.UPDATED).count() == 4000
    amounts = await JobRow.filter(job_id=job.id).distinct().values_list("amount", flat=True)
    assert amounts == [Decimal(2)]
    await assert_books_add_up()


@pytest.mark.parametrize("change", [UP, BatchChange(status=AccountStatus.INACTIVE)])
async def test_staging_and_changing_twice_changes_nothing(
    house: House, change: BatchChange
) -> None:
    job = await queued(await people.administrator(), change)
    for told in await run_twice(house, stage_changes, JobRef(str(job.id))):
        assert (told.first_row, told.last_row) == (1, 1)
    for end in await run_twice(house, change_accounts, PieceRef(str(job.id), 0, 1, 1)):
        assert end.is_done


async def test_a_piece_that_fails_before_its_commit_leaves_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, piece = await staged(await people.administrator(), UP)
    before = await everything(house.dsn)

    async def broken(*_: Any) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as broken_once:
        broken_once.setattr(chunk, "_write", broken)
        with pytest.raises(ConnectionResetError):
            await ActivityEnvironment().run(change_accounts, piece)
    assert await everything(house.dsn) == before
    assert (await ActivityEnvironment().run(change_accounts, piece)).is_done


async def test_a_piece_is_not_begun_while_people_want_the_job_paused(house: House) -> None:
    job, piece = await staged(await people.administrator(), UP)
    await Job.pause(job.id, job.asker)
    before = await everything(house.dsn)
    assert not (await ActivityEnvironment().run(change_accounts, piece)).is_done
    assert await everything(house.dsn) == before


async def _is_over(job: Job) -> bool:
    return (await Job.get(id=job.id)).is_terminal
