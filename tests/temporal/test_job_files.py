"""What a job leaves behind: a report to mend, credentials to fetch once, rows to try again."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from obstore import get_async

from models.accounts.account import Account
from models.accounts.rate_group import RateGroup
from models.jobs.chunk import JobChunk
from models.jobs.credentials import COLUMNS, credentials_file, forget_credentials
from models.jobs.download import Download
from models.jobs.import_plan import start_import
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.jobs.mass_create_start import start_mass_create
from models.jobs.retrying import retry_failed_rows
from models.rules.enums import ActiveStatus, DownloadKind, JobStatus
from models.rules.errors import DomainError, ErrorCode
from tests import people
from tests.temporal import test_mass_create
from tests.temporal.conftest import House
from tests.temporal.imports import HEADER, ended, file_of, good_lines, line, plan, started, upload


async def _report(house: House, job: Job) -> list[dict[str, str]]:
    download = await Download.get(job_id=job.id, kind=DownloadKind.REPORT)
    stored = await get_async(house.store, download.storage_key or "")
    content = bytes(await stored.bytes_async())
    assert len(content) == download.bytes
    return list(csv.DictReader(io.StringIO(content.decode())))


async def test_the_report_of_an_import_can_be_mended_and_uploaded_again(working: House) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    rows = [
        *good_lines(1),
        line("72000001", "not an address", Password="secret-Password-9", Company="=cmd()"),
        "72000002,short\r\n",
    ]
    job = await ended(await started(working.store, admin.viewer, rates, file_of(rows)))
    report = await _report(working, job)
    assert [row["outcome"] for row in report] == ["CREATED", "REJECTED", "REJECTED"]
    assert list(report[0]) == [*HEADER, "outcome", "reasons"]
    assert report[1]["Password"] == ""
    assert report[1]["Company"] == "'=cmd()"
    assert report[1]["reasons"].startswith("INVALID email: ")
    mended = [{**row, "Email": f"{n}@mended.example"} for n, row in enumerate(report[1:])]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(report[0]))
    writer.writeheader()
    writer.writerows(mended)
    again = await ended(await started(working.store, admin.viewer, rates, text.getvalue().encode()))
    assert again.status is JobStatus.COMPLETED
    assert again.unmapped_columns == ["outcome", "reasons"]
    assert (await Account.get(number="72000001")).company == "=cmd()"


async def test_generated_secrets_are_fetched_once_by_whoever_asked(working: House) -> None:
    del working
    admin = await people.administrator()
    told = test_mass_create.plan(await people.rate_group(admin), generate_pin=True)
    job = await ended(await start_mass_create(told, admin.viewer))
    download = await Download.get(job_id=job.id, kind=DownloadKind.CREDENTIALS)
    content = await credentials_file(download)
    assert content is not None
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert tuple(rows[0]) == COLUMNS
    assert len({row["pin"] for row in rows}) == 50
    assert await forget_credentials(download)
    assert not await forget_credentials(download)
    assert await credentials_file(download) is None
    assert not await JobChunk.filter(sealed_credentials__isnull=False).exists()


async def test_an_import_without_generated_secrets_offers_none(working: House) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    job = await ended(await started(working.store, admin.viewer, rates, file_of(good_lines(1))))
    [download] = await Download.filter(job_id=job.id)
    assert download.kind is DownloadKind.REPORT


async def test_rejected_rows_are_tried_again_under_their_own_numbers(working: House) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    await people.customer(admin, number="73000001")
    rows = [*good_lines(1), line("73000001", "a@retry.example")]
    upload_id = await upload(working.store, admin.viewer, file_of(rows))
    job = await ended(await start_import(plan(upload_id, rates), admin.viewer))
    assert job.status is JobStatus.COMPLETED_WITH_ERRORS
    await Account.filter(number="73000001").update(number="73000009")  # whoever had it moved
    again = await ended(await retry_failed_rows(job.id, admin.viewer))
    assert (again.status, again.total, again.retry_of_id) == (JobStatus.COMPLETED, 1, job.id)
    [row] = await JobRow.filter(job_id=again.id)
    assert row.row_no == 3
    with pytest.raises(DomainError) as refused:
        await retry_failed_rows(again.id, admin.viewer)
    assert refused.value.code is ErrorCode.WRONG_STATE


async def test_accounts_that_were_not_made_are_made_by_a_retry(working: House) -> None:
    del working
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    told = replace(test_mass_create.plan(rates), count=3)
    job = await start_mass_create(told, admin.viewer)
    await RateGroup.filter(id=rates).update(status=ActiveStatus.INACTIVE)
    job = await ended(job)
    if job.status is JobStatus.COMPLETED:
        pytest.fail("the rate group was switched off too late to matter")
    await RateGroup.filter(id=rates).update(status=ActiveStatus.ACTIVE)
    again = await ended(await retry_failed_rows(job.id, admin.viewer))
    assert again.status is JobStatus.COMPLETED
    assert await Account.filter(number__startswith="77").count() == 3
