"""Sweeps on a real Temporal: scheduled, paged, killed in the middle, and going on."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus

from models.database import raw, read_pool, transaction
from models.ids import new_id
from models.mail.email import Email
from models.money.refill import Refill, RefillOrder
from models.panel.did import Did
from models.rules.enums import RefillMethod
from tests.bench.ledger_world import open_wallets
from tests.database.money_world import assert_books_add_up
from tests.temporal.billing import ENDED, OPENED
from tests.temporal.conftest import House, eventually
from workflows import schedules
from workflows.options import Queue
from workflows.stories.expiry_sweep import ExpirySweep
from workflows.stories.low_balance_sweep import LowBalanceSweep
from workflows.stories.overdue_sweep import OverdueSweep
from workflows.stories.renewal_sweep import RenewalSweep
from workflows.stories.sweep import NOMINAL, SweepRun

NUMBERS = 2_000
_EXPIRE = "UPDATE accounts SET expires_at = $2 WHERE id = ANY ($1)"


async def numbers(count: int) -> list[UUID]:
    """Prepaid accounts with 10 each, and as many numbers at 2 a month that renew on 1 April."""
    accounts = await open_wallets(count)
    async with transaction() as tx:
        orders = [
            RefillOrder(id_, Decimal(10), "USD", "test", OPENED, RefillMethod.OPENING_BALANCE)
            for id_ in accounts
        ]
        await Refill.receive_many(tx, orders)
        await Did.bulk_create(
            [
                Did(
                    id=new_id(),
                    number=f"+49{nth:010}",
                    digits=f"49{nth:010}",
                    currency_code="USD",
                    monthly_fee=Decimal(2),
                    account_id=account_id,
                    assigned_at=OPENED,
                    next_renewal_at=ENDED,
                )
                for nth, account_id in enumerate(accounts)
            ],
            using_db=tx,
        )
    return accounts


async def test_a_sweep_goes_over_every_page(working: House) -> None:
    await numbers(600)
    await working.client.execute_workflow(
        RenewalSweep.run, SweepRun(as_of=ENDED), id="renewals", task_queue=Queue.BILLING
    )
    assert await Did.filter(next_renewal_at=ENDED + timedelta(days=30)).count() == 600
    assert await Email.filter(template="product_renewed").count() == 600
    await assert_books_add_up()


async def test_a_worker_killed_in_the_middle_of_renewals_charges_each_once(house: House) -> None:
    accounts = await numbers(NUMBERS)
    handle = await house.client.start_workflow(
        RenewalSweep.run, SweepRun(as_of=ENDED), id="renewals", task_queue=Queue.BILLING
    )
    for _ in range(3):
        worker = await house.process()
        before = await _renewed()

        async def has_gone_on(before: int = before) -> bool:
            return await _renewed() > before

        await eventually(has_gone_on, 60)
        worker.kill()
        await worker.wait()
        if await _renewed() == NUMBERS:
            break
    async with house.working():
        await asyncio.wait_for(handle.result(), 60)
    balances = await read_pool().fetch(
        "SELECT DISTINCT balance FROM ledger_accounts WHERE id = ANY ($1)", accounts
    )
    assert [row["balance"] for row in balances] == [8]
    assert await Email.filter(template="product_renewed").count() == NUMBERS
    await assert_books_add_up()


async def test_every_other_sweep_runs_through(working: House) -> None:
    accounts = await open_wallets(300)
    async with transaction() as tx:
        await raw(tx).execute(_EXPIRE, accounts, ENDED)
    for story in (ExpirySweep, OverdueSweep, LowBalanceSweep):
        await working.client.execute_workflow(
            story.run, SweepRun(as_of=ENDED), id=story.__name__, task_queue=Queue.BILLING
        )
    assert await Email.filter(template="account_expired").count() == 300


async def test_schedules_are_set_up_once_and_a_pause_of_people_stays(house: House) -> None:
    client: Client = house.client
    await schedules.keep(client)
    handle = client.get_schedule_handle("billing-sweep")
    await handle.pause(note="not tonight")
    await schedules.keep(client)
    described = await handle.describe()
    assert described.schedule.state.paused
    assert described.schedule.policy.catchup_window == timedelta(minutes=15)
    listed = [each.id async for each in await client.list_schedules()]
    assert set(listed) <= {planned.id for planned in schedules.PLANNED}


async def test_a_scheduled_sweep_is_as_of_its_nominal_time(working: House) -> None:
    client = working.client
    await schedules.keep(client)
    await client.get_schedule_handle("expiry-sweep").trigger()

    async def has_run() -> bool:
        return bool([each async for each in client.list_workflows("WorkflowType='ExpirySweep'")])

    await eventually(has_run)
    [found] = [each async for each in client.list_workflows("WorkflowType='ExpirySweep'")]
    assert await working.closed(found.id) is WorkflowExecutionStatus.COMPLETED
    started_at = found.typed_search_attributes.get(NOMINAL)
    details = (await client.get_workflow_handle(found.id).describe()).raw_description
    assert started_at is not None
    assert details.workflow_execution_info.status == 2


async def _renewed() -> int:
    return await Did.filter(next_renewal_at__gt=ENDED).count()
