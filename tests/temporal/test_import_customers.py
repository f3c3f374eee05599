"""A file of customers from the upload to accounts, with a verdict for every row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from obstore import put_async
from temporalio.client import WorkflowExecutionStatus

from models.accounts.account import Account
from models.database import transaction
from models.jobs.chunk import JobChunk
from models.jobs.import_plan import start_import
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.jobs.upload import Upload
from models.money.refill import Refill, RefillOrder
from models.rules.enums import ImportMatch, JobStatus, Role, RowOutcome
from models.rules.errors import DomainError, ErrorCode
from tests import people
from tests.temporal.conftest import House
from tests.temporal.imports import ended, file_of, good_lines, line, plan, started, upload


async def test_every_row_gets_a_verdict_and_a_bad_one_all_its_reasons(working: House) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    await people.customer(admin, number="80000001")
    rows = [
        *good_lines(3),
        line("70000001", "one@import.example", SIP_Password="short"),
        line("70000002", "ONE@import.example", First_Name="x" * 81, Credit_Limit="5"),
        line("70000001", "three@import.example"),
    ]
    job = await ended(await started(working.store, admin.viewer, rates, file_of(rows)))
    assert job.status is JobStatus.COMPLETED_WITH_ERRORS
    verdicts = {row.row_no: row for row in await JobRow.filter(job_id=job.id)}
    assert [verdicts[n].outcome for n in range(2, 8)] == [
        RowOutcome.CREATED,
        RowOutcome.REJECTED,
        RowOutcome.CREATED,
        *[RowOutcome.REJECTED] * 3,
    ]
    reasons = {n: [(r["code"], r["field"]) for r in row.reasons] for n, row in verdicts.items()}
    assert reasons[2] == []
    assert reasons[3] == [("TAKEN", ["number"])]
    assert reasons[5] == [("PASSWORD_TOO_WEAK", ["sipPassword"])]
    assert [code for code, _ in reasons[6]] == ["TAKEN", "TOO_LONG", "NOT_ALLOWED_FOR_PREPAID"]
    assert reasons[7] == [("TAKEN", ["number"])]
    assert await Account.filter(number__in=["80000000", "80000002"]).count() == 2
    assert not await Account.filter(number__in=["70000001", "70000002"]).exists()


async def test_a_file_of_several_pieces_is_imported_whole(working: House) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    job = await started(working.store, admin.viewer, rates, file_of(good_lines(3500)))
    job = await ended(job)
    assert (job.status, job.total) == (JobStatus.COMPLETED, 3500)
    assert await working.closed(job.workflow_id) is WorkflowExecutionStatus.COMPLETED
    assert await Account.filter(number__startswith="8").count() == 3500
    assert await JobChunk.filter(job_id=job.id).count() == 4


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b"a," * 1_000_000, "A line of the file is longer than"),
        (b"Account,Account,Email\n1,1,a@b.example\n", "Columns name NUMBER more than once"),
        (file_of([]), "The file has no rows below its header."),
        (file_of([line("1", "a@b.example"), "x" * 70_000]), "A line of the file is longer than"),
        (file_of([]) + b"1,2\xff\xfe\xfa\n", "Near byte"),
        (file_of([]) + b"1,\x00\n", "The file holds zero bytes"),
    ],
)
async def test_a_file_that_is_no_list_of_customers_fails_the_job_with_the_reason(
    working: House, content: bytes, reason: str
) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    upload_id = await upload(working.store, admin.viewer, file_of([]))
    stored = await Upload.get(id=upload_id)
    await put_async(working.store, stored.storage_key, content)
    job = await ended(await start_import(plan(upload_id, rates), admin.viewer))
    assert job.status is JobStatus.FAILED
    assert (job.failure or "").startswith(reason)
    assert await working.closed(job.workflow_id) is WorkflowExecutionStatus.FAILED


async def test_records_that_can_not_be_read_are_rejected_with_the_reason(
    working: House,
) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    huge = '"' + ("x" * 60_000 + "\n") * 4 + '"\r\n'
    rows = [*good_lines(1), huge, '"7,never closed\r\n']
    job = await ended(await started(working.store, admin.viewer, rates, file_of(rows)))
    assert job.status is JobStatus.COMPLETED_WITH_ERRORS
    first, *broken = await JobRow.filter(job_id=job.id).order_by("row_no")
    assert first.outcome is RowOutcome.CREATED
    assert {row.outcome for row in broken} == {RowOutcome.REJECTED}
    assert all(row.reasons for row in broken)
    assert "can not be read" in broken[0].reasons[0]["message"]


async def test_a_dry_run_gives_the_same_verdicts_and_writes_nothing(working: House) -> None:
    admin = await people.administrator()
    reseller = await people.reseller(admin)
    rates = await people.rate_group(admin, reseller)
    async with transaction() as tx:
        order = RefillOrder(reseller.id, Decimal(15), "USD", "Ada", datetime.now(UTC))
        await Refill.receive(tx, order)
    funded = [line(f"8001{n}", f"b{n}@import.example", Balance="10") for n in range(2)]
    rows = [*good_lines(2), line("80000000", "again@import.example"), *funded]
    upload_id = await upload(working.store, reseller.viewer, file_of(rows))
    outcomes = []
    for dry_run in (True, False):
        told = plan(upload_id, rates)
        job = await ended(await start_import(told, reseller.viewer, dry_run=dry_run))
        found = await JobRow.filter(job_id=job.id).order_by("row_no")
        outcomes.append([(row.outcome, row.reasons) for row in found])
        expected = 0 if dry_run else 3
        assert await Account.filter(number__startswith="8").count() == expected
    assert outcomes[0] == outcomes[1]


async def test_an_upload_of_somebody_else_can_not_be_imported(house: House) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    other = await people.staff(admin, Role.SUB_ADMIN, "customers:import")
    upload_id = await upload(house.store, other.viewer, file_of(good_lines(1)))
    with pytest.raises(DomainError) as refused:
        await start_import(plan(upload_id, rates), admin.viewer)
    assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, ("uploadId",))
    assert not await Job.exists()


async def test_defaults_that_would_reject_every_row_are_refused_at_once(house: House) -> None:
    admin = await people.administrator()
    upload_id = await upload(house.store, admin.viewer, file_of(good_lines(1)))
    with pytest.raises(DomainError) as refused:
        await start_import(plan(upload_id, admin.id, concurrent_calls=-1), admin.viewer)
    problems = {(problem.code, problem.field) for problem in refused.value.problems}
    assert problems == {
        (ErrorCode.OUT_OF_RANGE, ("defaults", "concurrentCalls")),
        (ErrorCode.RATE_GROUP_NOT_OWNED, ("defaults", "rateGroupId")),
    }
    assert not await Job.exists()


async def test_rows_that_match_change_what_exists_and_the_others_open_accounts(
    working: House,
) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    known: dict[str, Any] = {"rate_group_id": rates, "first_name": "Ann"}
    old = await people.customer(admin, number="A-1", email="old@import.example", **known)
    same = await people.customer(admin, number="A-2", email="same@import.example", **known)
    reseller = await people.reseller(admin)
    await people.customer(admin, reseller, number="A-3")
    rows = [
        line("a-1", "new@import.example", Company="Ann Ltd", Password="new-Password-77"),
        line("A-2", "same@import.example", Balance="99"),
        line("A-3", "else@import.example"),
        line("A-4", "fresh@import.example"),
        line("A-1", "twice@import.example"),
    ]
    upload_id = await upload(working.store, admin.viewer, file_of(rows))
    told = replace(plan(upload_id, rates), match=ImportMatch.NUMBER)
    dry = await ended(await start_import(told, admin.viewer, dry_run=True))
    job = await ended(await start_import(told, admin.viewer))
    verdicts = await JobRow.filter(job_id=job.id).order_by("row_no")
    assert [row.outcome for row in verdicts] == [
        RowOutcome.UPDATED,
        RowOutcome.UNCHANGED,
        RowOutcome.UPDATED,
        RowOutcome.CREATED,
        RowOutcome.REJECTED,
    ]
    assert [reason["code"] for reason in verdicts[4].reasons] == ["TAKEN"]
    changed = await Account.get(id=old.id)
    assert (changed.email, changed.company, changed.number) == (
        "new@import.example",
        "Ann Ltd",
        "A-1",
    )
    assert (await Account.get(id=same.id)).version == 1
    assert await people.sign_in("A-1")  # by the password it had
    judged = await JobRow.filter(job_id=dry.id).order_by("row_no")
    assert [(row.outcome, row.reasons) for row in judged] == [
        (row.outcome, row.reasons) for row in verdicts
    ]


async def test_a_reference_of_two_accounts_is_ambiguous(working: House) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    for number in ("B-1", "B-2", "B-3"):
        reference = "both" if number != "B-3" else "one"
        await people.customer(admin, number=number, reference=reference)
    header = "Reference,Company\r\n"
    content = f"{header}both,X\r\none,Y\r\n".encode()
    upload_id = await upload(working.store, admin.viewer, content)
    told = replace(plan(upload_id, rates), match=ImportMatch.REFERENCE)
    job = await ended(await start_import(told, admin.viewer))
    verdicts = await JobRow.filter(job_id=job.id).order_by("row_no")
    assert [row.outcome for row in verdicts] == [RowOutcome.REJECTED, RowOutcome.UPDATED]
    assert verdicts[0].reasons[0]["field"] == ["reference"]
    assert (await Account.get(number="B-3")).company == "Y"
    assert not (await Account.get(number="B-1")).company
