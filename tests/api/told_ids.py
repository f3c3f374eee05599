"""What variables of example documents mean by their words: ids that only this house has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from models.accounts.account import Account
from models.accounts.rate_group import RateGroup
from models.jobs.choosing import Wish
from models.jobs.deletion_plan import start_deletion, start_reseller_deletion
from models.jobs.job import Job, JobOrder
from models.jobs.job_row import JobRow
from models.rules.enums import JobKind, JobStatus, RowOutcome
from schema.scalars import global_id
from tests import people
from tests.database.deletion_world import carried
from tests.people import Person


async def _rate_group(_: Person) -> str:
    return global_id("RateGroup", (await RateGroup.get(name="Standard", reseller_id=None)).id)


async def _reseller(_: Person) -> str:
    return global_id("Reseller", (await Account.get(number="harbour")).id)


async def _deleted(admin: Person) -> str:
    customer = await people.customer(admin)
    await carried(await start_deletion(admin.viewer, Wish(ids=(customer.id,))))
    return global_id("Customer", customer.id)


async def _deleted_reseller(admin: Person) -> str:
    reseller = await people.reseller(admin)
    await carried(await start_reseller_deletion(admin.viewer, [reseller.id], 1))
    return global_id("Reseller", reseller.id)


async def _queued(admin: Person) -> str:
    job = await Job.queue(JobOrder(JobKind.MASS_CREATE, {}, total=1000), admin.viewer)
    return global_id("Job", job.id)


async def _ended(admin: Person) -> str:
    """A batch update that has ended, with a row that was rejected."""
    job = await Job.queue(JobOrder(JobKind.BATCH_UPDATE, {}, total=1), admin.viewer)
    await Job.filter(id=job.id).update(status=JobStatus.COMPLETED_WITH_ERRORS)
    reason = {"code": "WRONG_STATE", "field": ["status"], "message": "This account is deleted."}
    await JobRow.create(
        job_id=job.id,
        row_no=1,
        outcome=RowOutcome.REJECTED,
        reasons=[reason],
        account_id=(await Account.get(number="1003")).id,
    )
    return global_id("Job", job.id)


TOLD: Final[Mapping[str, Callable[[Person], Awaitable[str]]]] = {
    "the id of rate group Standard": _rate_group,
    "the id of reseller harbour": _reseller,
    "the id of a deleted customer": _deleted,
    "the id of a deleted reseller": _deleted_reseller,
    "the id of a job": _queued,
    "the id of a job that has ended": _ended,
}
