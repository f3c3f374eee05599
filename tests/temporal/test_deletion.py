"""Deletions by a real worker: once through kills and repeats, with switches that are away."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import deletion as steps
from activities.deletion import delete_accounts, stage_deletions
from activities.jobs import JobRef, PieceRef
from models.accounts.account import Account
from models.database import read_pool
from models.jobs import chunk
from models.jobs.choosing import Wish
from models.jobs.chunk import JobChunk
from models.jobs.deletion_plan import start_deletion, start_reseller_deletion
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.jobs.mass_create_start import start_mass_create
from models.panel.sip_device import SipDevice
from models.rules.enums import AccountStatus, BalancePolicy, JobStatus, RowOutcome
from models.rules.filters import Criterion, Kind
from models.rules.sip_device import SipDeviceDraft
from models.switch.node import SwitchNode
from tests import people
from tests.database.deletion_world import left_behind
from tests.database.money_world import assert_books_add_up
from tests.people import Person
from tests.temporal.conftest import House, eventually
from tests.temporal.digest import everything, run_twice
from tests.temporal.exchange import attach
from tests.temporal.imports import ended, status_of
from tests.temporal.test_mass_create import plan

CRITERIA = {"number": Criterion("{t}.number", Kind.EXACT)}
NOWHERE = "127.0.0.1:9"  # the port of discarding: nobody answers there


async def made(admin: Person, count: int, **told: Any) -> None:
    """Many customers with a device each, and numbers that begin with 77."""
    rates = await people.rate_group(admin)
    told = {"create_sip_devices": True, "generate_pin": True} | told
    job = await start_mass_create(plan(rates, count=count, **told), admin.viewer)
    assert (await ended(job)).status is JobStatus.COMPLETED


async def started(admin: Person, count: int) -> Job:
    """The deletion of everybody whose number begins with 77."""
    where = {"number": {"startsWith": "77"}}
    wish = Wish(where=where, criteria=CRITERIA, expected_count=count)
    return await start_deletion(admin.viewer, wish, BalancePolicy.RETURN)


async def staged(admin: Person, *whom: Person) -> tuple[Job, PieceRef]:
    """A deletion that no worker carries, staged."""
    job = await start_deletion(admin.viewer, Wish(ids=tuple(each.id for each in whom)))
    await ActivityEnvironment().run(stage_deletions, JobRef(str(job.id)))
    return job, PieceRef(str(job.id), 0, 1, len(whom))


async def alive() -> int:
    return await Account.filter(number__startswith="77").exclude(status="DELETED").count()


async def test_everybody_named_is_deleted_and_nothing_is_left(working: House) -> None:
    admin = await people.administrator()
    await made(admin, 50)
    job = await ended(await started(admin, 50))
    assert job.status is JobStatus.COMPLETED
    assert await JobRow.filter(job_id=job.id, outcome=RowOutcome.DELETED).count() == 50
    assert await alive() == 0
    assert not await SipDevice.exists()
    assert await left_behind() == {}
    assert await working.closed(job.workflow_id) is WorkflowExecutionStatus.COMPLETED


async def test_whoever_came_meanwhile_fails_the_job_before_its_first_row(house: House) -> None:
    admin = await people.administrator()
    await people.customer(admin, number="77001")
    job = await started(admin, 1)
    await people.customer(admin, number="77002")
    async with house.working():
        job = await ended(job)
    assert job.status is JobStatus.FAILED
    assert "2 accounts now, not 1" in (job.failure or "")
    assert await alive() == 2


async def test_resellers_go_behind_all_of_theirs_over_many_pieces(working: House) -> None:
    admin = await people.administrator()
    rita = await people.reseller(admin)
    nils = await people.reseller(admin, rita)
    rates = await people.rate_group(admin, nils)
    told = plan(rates, count=600, reseller_id=nils.id, create_sip_devices=True)
    await ended(await start_mass_create(told, admin.viewer))
    job = await ended(await start_reseller_deletion(admin.viewer, [rita.id], 602))
    assert job.status is JobStatus.COMPLETED
    assert await JobRow.filter(job_id=job.id, outcome=RowOutcome.DELETED).count() == 602
    gone = await Account.filter(status=AccountStatus.DELETED).count()
    assert gone == 602
    assert await left_behind() == {}
    assert await working.closed(job.workflow_id) is WorkflowExecutionStatus.COMPLETED


async def test_a_kill_in_the_middle_deletes_each_once_and_leaves_nothing(house: House) -> None:
    admin = await people.administrator()
    async with house.working():
        await made(admin, 3000, opening_balance=Decimal(1))
    job = await started(admin, 3000)
    for kills in range(4):
        worker = await house.process()
        before = await alive()

        async def has_gone_on(before: int = before) -> bool:
            return (await Job.get(id=job.id)).is_terminal or await alive() < before

        await eventually(has_gone_on if kills < 3 else lambda: _is_over(job), 90)
        worker.kill()
        await worker.wait()
    assert (await Job.get(id=job.id)).status is JobStatus.COMPLETED
    assert await JobRow.filter(job_id=job.id, outcome=RowOutcome.DELETED).count() == 3000
    assert await JobChunk.filter(job_id=job.id).count() == 12
    assert await alive() == 0
    assert await left_behind() == {}
    events = "SELECT count(*) FROM audit_events WHERE action = 'customersDelete'"
    assert await read_pool().fetchval(events) == 6000
    returned = "SELECT count(*) FROM postings WHERE kind = 'RETURN'"
    assert await read_pool().fetchval(returned) == 3000
    await assert_books_add_up()


async def test_a_paused_deletion_stops_between_pieces_and_a_cancelled_one_keeps_the_rest(
    house: House,
) -> None:
    admin = await people.administrator()
    async with house.working():
        await made(admin, 3000)
    job = await started(admin, 3000)
    worker = await house.process()
    try:
        await eventually(lambda: _has_chunks(job, 1))
        await Job.pause(job.id, admin.viewer)
        await eventually(lambda: _is(job, JobStatus.PAUSED))
        done = await JobChunk.filter(job_id=job.id).count()
        assert await alive() == 3000 - done * 250
        assert not await Account.filter(status=AccountStatus.ACTIVE).exists()
        await asyncio.sleep(1)
        assert await JobChunk.filter(job_id=job.id).count() == done
        await Job.cancel(job.id, admin.viewer)
        assert (await ended(job)).status is JobStatus.CANCELLED
    finally:
        worker.kill()
        await worker.wait()
    left = await alive()
    assert left == 3000 - done * 250 > 0
    assert await left_behind() == {}
    async with house.working():
        assert (await ended(await started(admin, left))).status is JobStatus.COMPLETED


async def test_a_switch_that_is_away_is_waited_for_and_people_may_stop_waiting(
    house: House,
) -> None:
    admin = await people.administrator()
    ada, ben = await people.customer(admin), await people.customer(admin)
    node = await attach(admin, NOWHERE)
    await SipDevice.issue(admin.viewer, SipDeviceDraft(account_id=ada.id))
    job, piece = await staged(admin, ada)
    with pytest.raises(ApplicationError) as waiting:
        await ActivityEnvironment().run(delete_accounts, piece)
    assert not waiting.value.non_retryable
    assert await said_of(job) == "Switch fs1 has not let go of 1 device yet."
    assert (await Account.get(id=ada.id)).status is AccountStatus.DELETING
    await Job.pause(job.id, admin.viewer)
    assert not (await ActivityEnvironment().run(delete_accounts, piece)).is_done
    assert await said_of(job) is None
    await Job.resume(job.id, admin.viewer)
    with pytest.raises(ApplicationError):
        await ActivityEnvironment().run(delete_accounts, piece)
    # Whoever has no device need not wait for any switch.
    _, other = await staged(admin, ben)
    assert (await ActivityEnvironment().run(delete_accounts, other)).is_done
    await SwitchNode.retire(admin.viewer, node)
    assert (await ActivityEnvironment().run(delete_accounts, piece)).is_done
    assert await said_of(job) is None
    assert (await Account.get(id=ada.id)).status is AccountStatus.DELETED
    assert await left_behind() == {}
    del house


async def test_each_step_run_twice_changes_nothing(house: House) -> None:
    admin = await people.administrator()
    ada, ben = await people.customer(admin), await people.customer(admin)
    await SipDevice.issue(admin.viewer, SipDeviceDraft(account_id=ada.id))
    job = await start_deletion(admin.viewer, Wish(ids=(ada.id, ben.id)))
    for told in await run_twice(house, stage_deletions, JobRef(str(job.id))):
        assert (told.first_row, told.last_row) == (1, 2)
    for end in await run_twice(house, delete_accounts, PieceRef(str(job.id), 0, 1, 2)):
        assert end.is_done
    assert await left_behind() == {}


async def test_a_piece_cut_short_after_each_step_goes_on_where_it_was(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await people.administrator()
    ada = await people.customer(admin)
    await SipDevice.issue(admin.viewer, SipDeviceDraft(account_id=ada.id))
    job, piece = await staged(admin, ada)

    async def broken(*_: Any) -> None:
        raise ConnectionResetError

    for place, name, is_off in (
        (steps, "let_switches_forget", True),
        (chunk, "_write", True),
    ):
        with monkeypatch.context() as broken_once:
            broken_once.setattr(place, name, broken)
            with pytest.raises(ConnectionResetError):
                await ActivityEnvironment().run(delete_accounts, piece)
        account = await Account.get(id=ada.id)
        assert (account.status is AccountStatus.DELETING) is is_off
        assert await SipDevice.filter(account_id=ada.id).count() == 1
        assert not await JobChunk.filter(job_id=job.id).exists()
    assert (await ActivityEnvironment().run(delete_accounts, piece)).is_done
    assert await left_behind() == {}
    del house


async def test_a_piece_is_not_begun_while_people_want_the_job_paused(house: House) -> None:
    admin = await people.administrator()
    job, piece = await staged(admin, await people.customer(admin))
    await Job.pause(job.id, admin.viewer)
    before = await everything(house.dsn)
    assert not (await ActivityEnvironment().run(delete_accounts, piece)).is_done
    assert await everything(house.dsn) == before


async def said_of(job: Job) -> str | None:
    return (await Job.get(id=job.id)).failure


async def _is_over(job: Job) -> bool:
    return (await Job.get(id=job.id)).is_terminal


async def _is(job: Job, status: JobStatus) -> bool:
    return await status_of(job) is status


async def _has_chunks(job: Job, count: int) -> bool:
    return await JobChunk.filter(job_id=job.id).count() >= count
