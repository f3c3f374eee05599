"""Billing runs through the API: who may start one, over whom, as of when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from models.accounts.account import Account
from models.jobs.billing_run import bill_rows, stage_due
from models.jobs.chunk import Piece, treat_once
from models.jobs.job import Job
from models.money.invoice import Invoice
from models.rules.enums import AccountType
from schema.scalars import global_id, id_of
from tests import people
from tests.api.product import Product, refusals
from tests.database.billing_world import owe
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

START = "billingRunStart { job { id kind status dryRun requestedBy } }"
ROWS = """query($id: ID!) { job(id: $id) { progress { total done succeeded failed }
    rows { nodes { rowNumber outcome amount { amount currencyCode } customer { number } } } } }"""


async def postpaid(by: Person, of: Person | None = None) -> Person:
    """A customer who owes 10 in a period that ended an hour ago."""
    customer = await people.customer(by, of, type=AccountType.POSTPAID)
    now = datetime.now(UTC)
    await owe(customer.id, "10", at=now - timedelta(days=1))
    await Account.filter(id=customer.id).update(
        period_started_at=now - timedelta(days=30), next_billing_at=now - timedelta(hours=1)
    )
    return customer


async def carried(job: dict[str, Any]) -> UUID:
    """What the worker does with a job."""
    job_id = id_of("Job", job["id"])
    assert job_id is not None
    span = await stage_due(job_id)
    await treat_once(Piece(job_id, 0, span.first, span.last), bill_rows)
    return job_id


async def test_a_run_tells_each_account_with_its_amount() -> None:
    admin, product = await people.administrator(), Product()
    carla = await postpaid(admin)
    answer = await product.mutate(admin, START)
    assert refusals(answer) == []
    assert (answer["job"]["kind"], answer["job"]["status"]) == ("BILLING_RUN", "QUEUED")
    await carried(answer["job"])
    job = (await product.ask(admin, ROWS, id=answer["job"]["id"]))["job"]
    assert job["progress"] == {"total": 1, "done": 1, "succeeded": 1, "failed": 0}
    assert job["rows"]["nodes"] == [
        {
            "rowNumber": 1,
            "outcome": "CREATED",
            "amount": {"amount": "10", "currencyCode": "USD"},
            "customer": {"number": carla.login},
        }
    ]


async def test_a_run_ahead_closes_the_months_until_then() -> None:
    admin, product = await people.administrator(), Product()
    carla = await postpaid(admin)
    await Account.filter(id=carla.id).update(invoices_zero_amounts=True)
    as_of = (datetime.now(UTC) + timedelta(days=92)).isoformat()
    await carried((await product.mutate(admin, START, asOf=as_of))["job"])
    invoices = await Invoice.filter(account_id=carla.id).order_by("period_start")
    assert [str(invoice.total.normalize()) for invoice in invoices][:2] == ["1E+1", "0"]
    assert len(invoices) in {4, 5}  # as the months fall
    assert all(one.period_end == following.period_start for one, following in pairwise(invoices))


async def test_the_same_key_is_the_same_run() -> None:
    admin, product = await people.administrator(), Product()
    first = await product.mutate(admin, START, idempotencyKey="march")
    assert (await product.mutate(admin, START, idempotencyKey="march"))["job"] == first["job"]
    assert await Job.all().count() == 1


async def test_only_whom_one_sees_can_be_named() -> None:
    admin, product = await people.administrator(), Product()
    rita = await people.reseller(admin, permissions=["customers:read", "billing:run"])
    mine, foreign = await postpaid(admin, rita), await postpaid(admin)
    ids = [str(global_id("Customer", person.id)) for person in (mine, foreign)]
    answer = await product.mutate(rita, START, customerIds=ids)
    assert refusals(answer) == [("NOT_FOUND", ["customerIds"])]
    answer = await product.mutate(rita, START, customerIds=ids[:1])
    assert refusals(answer) == []
    await carried(answer["job"])
    assert await Invoice.filter(account_id=mine.id).count() == 1
    assert await Invoice.filter(account_id=foreign.id).count() == 0


@pytest.mark.parametrize(("is_admin", "days"), [(True, 4000), (False, 1)])
async def test_nobody_bills_beyond_what_they_may(is_admin: bool, days: int) -> None:
    admin, product = await people.administrator(), Product()
    rita = await people.reseller(admin, permissions=["customers:read", "billing:run"])
    as_of = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    answer = await product.mutate(admin if is_admin else rita, START, asOf=as_of)
    assert refusals(answer) == [("OUT_OF_RANGE", ["asOf"])]
    assert await Job.all().count() == 0


async def test_who_may_not_run_billing_starts_nothing() -> None:
    admin, product = await people.administrator(), Product()
    query = "mutation { billingRunStart(input: {}) { job { id } } }"
    for person in (await people.reseller(admin), await people.customer(admin)):
        assert (await product.send(person, query)).codes == ["FORBIDDEN"]
    assert (await product.send(None, query)).codes == ["UNAUTHENTICATED"]
    assert await Job.all().count() == 0
