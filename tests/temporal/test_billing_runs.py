"""Billing from the tick of the schedule to the last invoice, on a real Temporal."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from temporalio.client import WorkflowExecutionStatus

from models.accounts.account import Account
from models.database import read_pool, transaction
from models.jobs.billing_run import open_scheduled_run
from models.jobs.chunk import JobChunk
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.mail.email import Email
from models.money.invoice import Invoice
from models.rules.enums import JobStatus, RowOutcome
from tests import people
from tests.database.money_world import assert_books_add_up
from tests.temporal.billing import LATER, owing, run_of, still_due
from tests.temporal.conftest import House, eventually
from tests.temporal.imports import ended
from workflows.options import BILLING_ROWS, Queue
from workflows.stories.billing_sweep import BillingSweep
from workflows.stories.sweep import SweepRun

KILLED_ACCOUNTS = 12 * BILLING_ROWS


async def tick(house: House, name: str = "billing-sweep-test") -> None:
    """What the schedule does, as of an instant of the test."""
    await house.client.execute_workflow(
        BillingSweep.run, SweepRun(as_of=LATER), id=name, task_queue=Queue.BILLING
    )


async def test_a_tick_invoices_everybody_who_is_due(working: House) -> None:
    accounts = await owing(BILLING_ROWS + 5)
    await tick(working)
    job = await ended(await Job.get())
    assert job.status is JobStatus.COMPLETED
    assert job.requested_by == "Billing"
    assert await Invoice.filter(account_id__in=accounts, total=10).count() == len(accounts)
    assert await still_due() == 0
    rows = await JobRow.filter(job_id=job.id)
    assert {row.outcome for row in rows} == {RowOutcome.CREATED}
    assert {row.amount for row in rows} == {Decimal(10)}
    assert {row.account_id for row in rows} == set(accounts)
    assert await working.closed(job.workflow_id) is WorkflowExecutionStatus.COMPLETED
    await assert_books_add_up()


async def test_a_tick_with_nothing_due_makes_no_job(working: House) -> None:
    await tick(working)
    assert await Job.all().count() == 0


async def test_a_tick_opens_one_run_and_none_while_another_is_open(house: House) -> None:
    del house
    await owing(3)
    first = await open_scheduled_run(LATER)
    assert await open_scheduled_run(LATER) == first
    assert await open_scheduled_run(LATER + timedelta(minutes=15)) is None
    assert await Job.all().count() == 1


async def test_a_dry_run_tells_the_same_and_writes_nothing(working: House) -> None:
    admin = await people.administrator()
    await owing(20)
    before = await _books()
    job = await ended(await run_of(admin.viewer, dry_run=True))
    assert job.status is JobStatus.COMPLETED
    assert await JobRow.filter(job_id=job.id, outcome=RowOutcome.CREATED, amount=10).count() == 20
    assert await _books() == before
    again = await ended(await run_of(admin.viewer))
    told = await JobRow.filter(job_id=job.id).order_by("row_no").values_list("account_id", "amount")
    assert told == await JobRow.filter(job_id=again.id).order_by("row_no").values_list(
        "account_id", "amount"
    )
    assert await Invoice.all().count() == 20
    assert await working.closed(again.workflow_id) is WorkflowExecutionStatus.COMPLETED


async def test_a_run_may_be_of_chosen_accounts_alone(working: House) -> None:
    del working
    admin = await people.administrator()
    chosen, *others = await owing(3)
    job = await ended(await run_of(admin.viewer, accounts=[chosen]))
    assert job.total == 1
    assert await Invoice.filter(account_id=chosen).count() == 1
    assert await Invoice.filter(account_id__in=others).count() == 0


async def test_a_resellers_run_bills_its_subtree_and_nobody_else(working: House) -> None:
    del working
    admin = await people.administrator()
    rita = await people.reseller(admin)
    below = await people.reseller(admin, rita)
    mine, deeper, foreign = await owing(3)
    await Account.filter(id=mine).update(reseller_id=rita.id)
    await Account.filter(id=deeper).update(reseller_id=below.id)
    viewer = (await people.person(rita.id, rita.login)).viewer
    await ended(await run_of(viewer))
    assert await Invoice.filter(account_id__in=[mine, deeper]).count() == 2
    assert await Invoice.filter(account_id=foreign).count() == 0


async def test_an_account_that_can_not_be_billed_is_told_and_stops_nobody(working: House) -> None:
    del working
    admin = await people.administrator()
    accounts = await owing(9)
    broken = accounts[4]
    async with transaction() as tx:  # a currency that nobody knows how to round
        await tx.execute_query("UPDATE accounts SET currency_code = 'XXX' WHERE id = $1", [broken])
    job = await ended(await run_of(admin.viewer))
    assert job.status is JobStatus.COMPLETED_WITH_ERRORS
    [row] = await JobRow.filter(job_id=job.id, outcome=RowOutcome.FAILED)
    assert row.account_id == broken
    assert row.reasons[0]["code"] == "INVALID"
    assert await Invoice.all().count() == 8
    assert await still_due() == 1


async def test_a_worker_killed_in_the_middle_of_a_sweep_loses_and_doubles_nothing(
    house: House,
) -> None:
    accounts = await owing(KILLED_ACCOUNTS)
    job_id = await open_scheduled_run(LATER)
    kills = 0
    while not (job := await Job.get(id=job_id)).is_terminal:
        worker = await house.process()
        before = await JobChunk.filter(job_id=job_id).count()

        async def has_gone_on(before: int = before) -> bool:
            now = await Job.get(id=job_id)
            return now.is_terminal or await JobChunk.filter(job_id=job_id).count() > before

        await eventually(has_gone_on, 60)
        if kills < 3:
            await asyncio.sleep(0.1)
            kills += 1
        else:
            await ended(job)
        worker.kill()
        await worker.wait()
    assert kills >= 1
    assert job.status is JobStatus.COMPLETED
    assert await _invoices_of_each(accounts) == {1}
    assert await Email.filter(template="new_invoice").count() == KILLED_ACCOUNTS
    assert await still_due() == 0
    await assert_books_add_up()


async def test_seventy_two_hours_of_outage_are_caught_up_by_one_tick(working: House) -> None:
    accounts = await owing(30)
    await Account.filter(id__in=accounts).update(billing_schedule="DAILY", billing_day=None)
    await working.client.execute_workflow(
        BillingSweep.run,
        SweepRun(as_of=LATER + timedelta(hours=72)),
        id="after-the-outage",
        task_queue=Queue.BILLING,
    )
    await ended(await Job.get())
    # Charges stood in the first period alone; the quiet ones ended without a document.
    assert await _invoices_of_each(accounts) == {1}
    assert await Account.filter(next_billing_at=LATER + timedelta(hours=95)).count() == 30
    await assert_books_add_up()


@pytest.fixture
async def worker(house: House) -> AsyncIterator[Process]:
    """A worker beside the test, so that the test's own calls do not wait behind it."""
    process = await house.process()
    yield process
    process.kill()
    await process.wait()


async def test_a_paused_run_bills_nobody_until_it_goes_on(house: House, worker: Process) -> None:
    del house, worker
    admin = await people.administrator()
    await owing(40 * BILLING_ROWS)
    job = await run_of(admin.viewer)
    await eventually(lambda: _has_chunk(job))
    await Job.pause(job.id, admin.viewer)
    await eventually(lambda: _is_paused(job))
    done = await Invoice.all().count()
    assert done < 40 * BILLING_ROWS
    await asyncio.sleep(1)
    assert await Invoice.all().count() == done
    await Job.cancel(job.id, admin.viewer)
    assert (await ended(job)).status is JobStatus.CANCELLED
    await assert_books_add_up()


async def _has_chunk(job: Job) -> bool:
    return await JobChunk.filter(job_id=job.id).exists()


async def _is_paused(job: Job) -> bool:
    return (await Job.get(id=job.id)).status is JobStatus.PAUSED


async def _invoices_of_each(accounts: list[UUID]) -> set[int]:
    rows = await read_pool().fetch(
        "SELECT count(i.id) AS n FROM unnest($1::uuid[]) AS a (id)"
        " LEFT JOIN invoices i ON i.account_id = a.id GROUP BY a.id",
        accounts,
    )
    return {row["n"] for row in rows}


async def _books() -> list[int]:
    tables = ("invoices", "invoice_lines", "postings", "posting_lines", "emails", "number_counters")
    counts = [await read_pool().fetchval(f"SELECT count(*) FROM {table}") for table in tables]
    return [*counts, await still_due()]
