"""A file of customers from the upload to accounts, with a verdict for every row."""

from __future__ import annotations

from models.accounts.account import Account
from models.jobs.chunk import JobChunk
from models.jobs.job_row import JobRow
from models.rules.enums import JobStatus, RowOutcome
from tests import people
from tests.temporal.conftest import House
from tests.temporal.imports import ended, file_of, good_lines, line, started


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
    assert await Account.filter(number__startswith="8").count() == 3500
    assert await JobChunk.filter(job_id=job.id).count() == 4
