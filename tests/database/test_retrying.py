"""Whoever tries failed rows again: the tenant stays the first job's, the rights are theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from models.accounts.account import Account
from models.accounts.rate_group import RateGroup
from models.jobs import lifecycle
from models.jobs.billing_run import bill_rows, stage_due, start_billing_run
from models.jobs.chunk import Piece, Work, treat_once
from models.jobs.deletion_plan import start_reseller_deletion
from models.jobs.import_plan import ImportPlan, start_import
from models.jobs.import_rows import import_rows
from models.jobs.job import Job
from models.jobs.job_row import JobRow, Span, stage
from models.jobs.mass_create import make_accounts
from models.jobs.mass_create_start import start_mass_create
from models.jobs.retrying import retry_failed_rows
from models.jobs.staging import close_import, staged
from models.jobs.upload import Received, Upload
from models.rules.csv_text import Record
from models.rules.customer_csv import ImportDefaults
from models.rules.enums import (
    AccountType,
    ActiveStatus,
    ImportMatch,
    JobKind,
    JobStatus,
    Role,
    RowOutcome,
)
from models.rules.errors import DomainError, ErrorCode
from models.rules.permissions import CEILINGS
from tests import people
from tests.people import Person
from tests.plans import mass_plan

RETRIERS = ("child", "parent", "admin")


@dataclass(frozen=True, slots=True)
class Line:
    """The administration, a reseller, and a reseller below that one."""

    admin: Person
    parent: Person
    child: Person


@pytest.fixture
async def line(database: str) -> Line:
    del database
    admin, every = await people.administrator(), tuple(sorted(CEILINGS[Role.RESELLER]))
    parent = await people.reseller(admin, permissions=every)
    child = await people.reseller(admin, parent, permissions=every)
    # Signed in again, the parent sees the child.
    return Line(admin, await people.person(parent.id, parent.login), child)


@pytest.mark.parametrize("retrier", RETRIERS)
async def test_an_import_tried_again_changes_accounts_of_its_owner_alone(
    line: Line, retrier: str
) -> None:
    for owner in (None, line.parent):
        await people.customer(line.admin, owner, reference="R-1")
    job = await _imported(line.child, ImportMatch.REFERENCE, "R-1")
    assert (await JobRow.get(job_id=job.id)).outcome == RowOutcome.REJECTED
    own = await people.customer(line.admin, line.child, reference="R-1")
    again = await retry_failed_rows(job.id, getattr(line, retrier).viewer)
    await _carried(again, await close_import(again.id, ImportPlan.of(again)), import_rows)
    assert [row.outcome for row in await JobRow.filter(job_id=again.id)] == [RowOutcome.UPDATED]
    assert [account.id for account in await Account.filter(company="Changed")] == [own.id]


@pytest.mark.parametrize("retrier", RETRIERS)
async def test_a_number_that_an_import_did_not_see_is_not_seen_by_a_retry(
    line: Line, retrier: str
) -> None:
    others = [await people.customer(line.admin, owner) for owner in (None, line.parent)]
    job = await _imported(line.child, ImportMatch.NUMBER, *(other.login for other in others))
    again = await retry_failed_rows(job.id, getattr(line, retrier).viewer)
    await _carried(again, await close_import(again.id, ImportPlan.of(again)), import_rows)
    outcomes = [row.outcome for row in await JobRow.filter(job_id=again.id)]
    assert outcomes == [RowOutcome.REJECTED] * 2
    assert not await Account.filter(company="Changed").exists()


@pytest.mark.parametrize("retrier", RETRIERS)
async def test_accounts_made_by_a_retry_stand_below_whoever_first_asked(
    line: Line, retrier: str
) -> None:
    rates = await people.rate_group(line.admin, line.child)
    job = await start_mass_create(mass_plan(rates, 2, prefix="79"), line.child.viewer)
    await RateGroup.filter(id=rates).update(status=ActiveStatus.INACTIVE)
    await make_accounts(Piece(job.id, 0, 1, 2))
    await lifecycle.conclude(job.id)
    await RateGroup.filter(id=rates).update(status=ActiveStatus.ACTIVE)
    again = await retry_failed_rows(job.id, getattr(line, retrier).viewer)
    await make_accounts(Piece(again.id, 0, 1, 2))
    made = await Account.filter(number__startswith="79")
    assert [account.reseller_id for account in made] == [line.child.id] * 2


@pytest.mark.parametrize("retrier", RETRIERS)
async def test_a_billing_run_tried_again_bills_the_accounts_that_failed_and_no_other(
    line: Line, retrier: str
) -> None:
    due = [
        await _due_customer(line.admin, of) for of in (line.child, line.child, line.parent, None)
    ]
    job = await start_billing_run(line.child.viewer, None, None)
    await _carried(job, await stage_due(job.id), bill_rows)
    failed = due[0]
    await JobRow.filter(job_id=job.id, account_id=failed.id).update(outcome=RowOutcome.FAILED)
    await Job.filter(id=job.id).update(status=JobStatus.COMPLETED_WITH_ERRORS)
    again = await retry_failed_rows(job.id, getattr(line, retrier).viewer)
    await _carried(again, await stage_due(again.id), bill_rows)
    tried = await JobRow.filter(job_id=again.id)
    assert [(row.account_id, row.outcome is not None) for row in tried] == [(failed.id, True)]


@pytest.mark.parametrize("kind", [kind for kind in JobKind if kind is not JobKind.EXPORT])
async def test_whoever_may_not_start_such_a_job_does_not_try_its_rows_again(
    line: Line, kind: JobKind
) -> None:
    job = await _ended(line.admin, kind)
    steerer = await people.staff(line.admin, Role.SUB_ADMIN, "customers:read", "jobs:control")
    with pytest.raises(DomainError) as refused:
        await retry_failed_rows(job.id, steerer.viewer)
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert await Job.all().count() == 1


async def test_a_deletion_of_resellers_is_tried_again_by_who_may_delete_resellers(
    line: Line,
) -> None:
    job = await start_reseller_deletion(line.admin.viewer, [line.child.id], 1)
    await _end_with_a_rejected_row(job)
    one_word = await people.staff(line.admin, Role.SUB_ADMIN, "jobs:control", "customers:delete")
    with pytest.raises(DomainError) as refused:
        await retry_failed_rows(job.id, one_word.viewer)
    assert refused.value.code is ErrorCode.FORBIDDEN
    other = await people.staff(line.admin, Role.SUB_ADMIN, "jobs:control", "resellers:write")
    assert (await retry_failed_rows(job.id, other.viewer)).retry_of_id == job.id


async def _imported(by: Person, match: ImportMatch, *names: str) -> Job:
    """An import of customers that are named so, carried out."""
    header = ("Account" if match is ImportMatch.NUMBER else "Reference", "Company")
    upload = await Upload.begin(by.viewer, "customers.csv")
    await upload.complete(Received(1, "0" * 64, "utf-8-sig", ",", header))
    rates = await people.rate_group(by)
    defaults = ImportDefaults(type=AccountType.PREPAID, rate_group_id=rates)
    plan = ImportPlan(upload_id=upload.id, defaults=defaults, match=match)
    job = await start_import(plan, by.viewer)
    plan = ImportPlan.of(job)
    records = [Record(number, [name, "Changed"]) for number, name in enumerate(names, 2)]
    await stage(job.id, staged(records, plan.layout()))
    await _carried(job, await close_import(job.id, plan), import_rows)
    return job


async def _carried(job: Job, span: Span, work: Work) -> None:
    await treat_once(Piece(job.id, 0, span.first, span.last), work)
    await lifecycle.conclude(job.id)


async def _due_customer(admin: Person, of: Person | None) -> Person:
    customer = await people.customer(admin, of, type=AccountType.POSTPAID)
    await Account.filter(id=customer.id).update(next_billing_at=datetime.now(UTC))
    return customer


async def _ended(by: Person, kind: JobKind) -> Job:
    job = await Job.create(
        kind=kind,
        input={},
        reseller_id=by.viewer.owner_id,
        principal_id=by.viewer.principal_id,
        requested_by=by.viewer.name,
        acts_as={},
    )
    await _end_with_a_rejected_row(job)
    return job


async def _end_with_a_rejected_row(job: Job) -> None:
    await JobRow.create(job_id=job.id, row_no=2, outcome=RowOutcome.REJECTED, cells=["1"])
    await Job.filter(id=job.id).update(status=JobStatus.COMPLETED_WITH_ERRORS)
