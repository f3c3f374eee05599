"""A storage that is full, away, or has lost a file: tried again, or failed with the reason."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store
from temporalio.testing import ActivityEnvironment

from activities import outside
from activities.exports import export_customers
from activities.failures import AWAY, as_failure
from activities.imports import stage_rows
from activities.jobs import JobRef
from models.accounts.rate_group import RateGroup
from models.jobs.download import Download
from models.jobs.export_plan import ExportPlan, start_export
from models.jobs.import_plan import start_import
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.jobs.selection import of_filter
from models.jobs.upload import Upload
from models.rules.enums import JobStatus
from tests import people
from tests.temporal.conftest import House
from tests.temporal.imports import ended, file_of, good_lines, plan, started, upload

FULL_AT_BYTES = 1_000


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows beyond so many bytes: the system refuses what is more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_AT_BYTES, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def away() -> Any:
    """An S3 that nobody answers for."""
    return S3Store(
        "bucket",
        config={"endpoint": "http://127.0.0.1:9", "access_key_id": "a", "secret_access_key": "b"},
        client_options={"allow_http": True, "timeout": "1s"},
        retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=1)},
    )


async def export_of(house: House) -> Job:
    """An export of some kilobytes that no worker carries."""
    outside.install(house.outside)
    admin = await people.administrator()
    for _ in range(12):
        await people.customer(admin, reference="r" * 100)
    return await start_export(ExportPlan(selection=of_filter({}, {}, admin.viewer)), admin.viewer)


async def test_an_export_waits_for_a_full_disk_and_leaves_nothing_on_it(house: House) -> None:
    job = await export_of(house)
    with full_disk(), pytest.raises(BaseError) as full:
        await ActivityEnvironment().run(export_customers, JobRef(str(job.id)))
    failure = as_failure(full.value, attempt=100)
    assert (failure.type, failure.non_retryable) == (AWAY, False)
    assert not await Download.exists()
    assert files_in(house.storage) == []
    await ActivityEnvironment().run(export_customers, JobRef(str(job.id)))
    [download] = await Download.all()
    assert [str(path.relative_to(house.storage)) for path in files_in(house.storage)] == [
        download.storage_key
    ]
    assert (download.bytes or 0) > FULL_AT_BYTES


async def test_jobs_wait_for_a_storage_that_is_away(house: House) -> None:
    job = await export_of(house)
    [rates] = await RateGroup.all().limit(1)
    imported = await started(house.store, job.asker, rates.id, file_of(good_lines(2)))
    outside.install(replace(house.outside, store=away()))
    for step, carried in ((export_customers, job), (stage_rows, imported)):
        with pytest.raises(BaseError) as gone:
            await ActivityEnvironment().run(step, JobRef(str(carried.id)))
        failure = as_failure(gone.value, attempt=100)
        assert (failure.type, failure.non_retryable) == (AWAY, False)
    assert not await Download.exists()
    assert not await JobRow.exists()


async def test_an_import_whose_file_is_gone_fails_and_says_what_to_do(working: House) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    upload_id = await upload(working.store, admin.viewer, file_of(good_lines(1)))
    await obstore.delete_async(working.store, (await Upload.get(id=upload_id)).storage_key)
    job = await ended(await start_import(plan(upload_id, rates), admin.viewer))
    assert job.status is JobStatus.FAILED
    assert job.failure == "The uploaded file is not in storage any more: upload it again."


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
