"""Mass creation, export and retry as callers start them, and what a job offers to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise import Tortoise

from models.jobs.download import Download
from models.jobs.export_plan import ExportPlan
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.jobs.outbox import Outbox
from models.jobs.upload import Received, Upload
from models.links import opened
from models.rules.enums import DownloadKind, JobKind, JobStatus, RowOutcome
from schema.scalars import global_id
from tests import people
from tests.api.product import Product, refusals

MASS = "customerMassCreate { job { id kind status progress { total } } }"
IMPORT = "customerImportStart { notices job { id } }"
EXPORT = "customerExportStart { job { id kind } }"
RETRY = "jobRetryFailedRows { job { id retryOf { id } } }"
PREVIEW = """query($input: CustomerMassCreateInput!) { customerMassCreatePreview(input: $input) {
    capacity sampleNumbers userErrors { code field } } }"""
CHUNK = """INSERT INTO job_chunks (job_id, chunk_no, done, succeeded, failed, finished_at)
    VALUES ($1, 0, 10, 10, 0, now())"""
JOB = """query($id: ID!) { job(id: $id) { downloads { kind url fileName bytes expiresAt } } }"""


async def _plan(by: people.Person, **changes: Any) -> dict[str, Any]:
    rates = global_id("RateGroup", await people.rate_group(by))
    told = {"count": 10, "prefix": "88", "numberLength": 6, "type": "PREPAID"}
    told |= {"currencyCode": "USD", "countryCode": "US", "timeZone": "UTC", "rateGroupId": rates}
    return told | changes


async def test_a_mass_creation_is_previewed_and_queued_once(database: str) -> None:
    del database
    product, admin = Product(), await people.administrator()
    plan = await _plan(admin)
    preview = (await product.ask(admin, PREVIEW, input=plan))["customerMassCreatePreview"]
    assert preview["capacity"] == 10_000
    assert preview["userErrors"] == []
    assert all(number.startswith("88") for number in preview["sampleNumbers"])
    first = await product.mutate(admin, MASS, idempotencyKey="once", **plan)
    second = await product.mutate(admin, MASS, idempotencyKey="once", **plan)
    assert first == second
    assert first["job"]["progress"] == {"total": 10}
    assert await Job.all().count() == 1


async def test_a_mass_creation_that_does_not_fit_is_refused_and_writes_nothing(
    database: str,
) -> None:
    del database
    product, admin = Product(), await people.administrator()
    plan = await _plan(admin, prefix="8", numberLength=2, count=11)
    assert refusals(await product.mutate(admin, MASS, **plan)) == [
        ("NUMBER_SPACE_EXHAUSTED", ["count"])
    ]
    assert not await Job.exists()
    assert not await Outbox.exists()


async def test_a_remaining_time_is_told_once_something_is_done(database: str) -> None:
    del database
    product, admin = Product(), await people.administrator()
    payload = await product.mutate(admin, MASS, **await _plan(admin, count=100))
    job = await Job.get()
    job.status, job.started_at = JobStatus.RUNNING, datetime.now(UTC) - timedelta(seconds=10)
    await job.save()

    async def remaining() -> int | None:
        asked = "query($id: ID!) { job(id: $id) { progress { etaSeconds } } }"
        told = await product.ask(admin, asked, id=payload["job"]["id"])
        seconds: int | None = told["job"]["progress"]["etaSeconds"]
        return seconds

    assert await remaining() is None
    await Tortoise.get_connection("default").execute_query(CHUNK, [job.id])
    assert await remaining() in range(85, 100)
    job.total = None
    await job.save()
    assert await remaining() is None


async def test_whoever_imports_passwords_is_told_that_they_take_time(database: str) -> None:
    del database
    product, admin = Product(), await people.administrator()
    rates = global_id("RateGroup", await people.rate_group(admin))

    async def notices(*header: str, **options: Any) -> list[str]:
        upload = await Upload.begin(admin.viewer, "customers.csv")
        await upload.complete(Received(1, "0" * 64, "utf-8-sig", ",", header))
        shown: dict[str, Any] = {"uploadId": global_id("Upload", upload.id)}
        shown |= {"defaults": {"type": "PREPAID", "rateGroupId": rates}}
        payload = await product.mutate(admin, IMPORT, **shown, **options)
        assert refusals(payload) == []
        told: list[str] = payload["notices"]
        return told

    first = await notices("Account", "Email", " Password")
    assert len(first) == 1
    assert await notices("Account", "Email", "Password", dryRun=True) == []
    assert await notices("Account", "Email", "SIP Password") == []
    mapping = [{"column": "Nr", "field": "NUMBER"}, {"column": "Mail", "field": "EMAIL"}]
    assert await notices("Nr", "Mail", "Password", columns=mapping) == []
    mapping += [{"column": "Word", "field": "PASSWORD"}]
    assert await notices("Nr", "Mail", "Word", columns=mapping) == first


async def test_an_export_takes_the_filter_the_list_shows(database: str) -> None:
    del database
    product, admin = Product(), await people.administrator()
    reseller = await people.reseller(admin)
    payload = await product.mutate(
        reseller,
        EXPORT,
        where={"or": [{"number": {"startsWith": "4"}}, {"kind": {"eq": "PROVIDER"}}]},
        orderBy={"field": "BALANCE", "direction": "DESC"},
        columns=["REFERENCE", "ACCOUNT"],
        format="JSONL",
    )
    assert payload["userErrors"] == []
    plan = ExportPlan.of(await Job.get())
    assert plan.order == "w.balance DESC, a.id DESC"
    assert [*plan.columns] == ["REFERENCE", "ACCOUNT"]
    assert "%" not in plan.selection.condition
    assert [str(reseller.id)] in [[*map(str, v)] for v in plan.selection.values[-1:]]


async def test_a_job_of_another_tenant_is_not_tried_again(database: str) -> None:
    del database
    product, admin = Product(), await people.administrator()
    words = ("jobs:control", "customers:import", "customers:read")
    one, other = [await people.reseller(admin, permissions=words) for _ in range(2)]
    job = await _ended_import(one)
    shown = global_id("Job", job.id)
    assert refusals(await product.mutate(other, RETRY, id=shown)) == [("NOT_FOUND", ["id"])]
    assert await Job.all().count() == 1
    payload = await product.mutate(one, RETRY, id=shown)
    assert payload["job"]["retryOf"] == {"id": shown}


async def test_a_job_lists_its_files_with_links_for_whoever_looks(database: str) -> None:
    del database
    product, admin = Product(), await people.administrator()
    job = await _ended_import(admin)
    until = datetime.now(UTC) + timedelta(hours=1)
    for kind, expires_at in ((DownloadKind.REPORT, until), (DownloadKind.EXPORT, job.created_at)):
        await Download.create(
            job_id=job.id, kind=kind, file_name="report.csv", bytes=7, expires_at=expires_at
        )
    [shown] = (await product.ask(admin, JOB, id=global_id("Job", job.id)))["job"]["downloads"]
    assert (shown["kind"], shown["fileName"], shown["bytes"]) == ("REPORT", "report.csv", 7)
    link = opened(shown["url"].rpartition("/")[2])
    assert link is not None
    assert link.principal_id == admin.id
    assert link.subject_id == (await Download.get(kind=DownloadKind.REPORT)).id


async def _ended_import(by: people.Person) -> Job:
    viewer = by.viewer
    job = await Job.create(
        kind=JobKind.IMPORT,
        status=JobStatus.COMPLETED_WITH_ERRORS,
        input={},
        reseller_id=viewer.owner_id,
        principal_id=viewer.principal_id,
        requested_by=viewer.name,
        acts_as={},
    )
    await JobRow.create(job_id=job.id, row_no=2, outcome=RowOutcome.REJECTED, cells=["1"])
    return job
