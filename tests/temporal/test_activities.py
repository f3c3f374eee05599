"""Each step run twice: the second time changes nothing, also when the first was cut short."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities import imports, outside
from activities.imports import open_rows, stage_rows
from activities.jobs import (
    JobFailure,
    JobRef,
    PieceRef,
    cancel_job,
    conclude_job,
    fail_job,
    proceed_with_job,
)
from activities.reports import write_report
from models.jobs import chunk
from models.jobs.download import Download
from models.jobs.job import Job
from models.jobs.job_row import stage
from models.rules.enums import DownloadKind, JobStatus
from tests import people
from tests.temporal.conftest import House
from tests.temporal.digest import everything, run_twice
from tests.temporal.imports import file_of, good_lines, line, started


async def queued_job(house: House, rows: Sequence[str]) -> Job:
    """An import of these rows that no worker carries."""
    outside.install(house.outside)
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    return await started(house.store, admin.viewer, rates, file_of(rows))


async def staged_job(house: House, rows: Sequence[str]) -> Job:
    """The same, with its rows staged."""
    job = await queued_job(house, rows)
    await ActivityEnvironment().run(stage_rows, JobRef(str(job.id)))
    return job


async def test_staging_twice_changes_nothing(house: House) -> None:
    job = await queued_job(house, [*good_lines(20), line("80000001", "x@import.example")])
    first, again = await run_twice(house, stage_rows, JobRef(str(job.id)))
    assert (first.first_row, first.last_row) == (2, 22)
    assert again == first


async def test_staging_goes_on_behind_the_rows_that_are_there(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "STAGED_AT_ONCE", 7)
    job = await queued_job(house, good_lines(20))
    pieces = 0

    async def breaking(*arguments: Any) -> None:
        nonlocal pieces
        pieces += 1
        if pieces == 3:
            raise ConnectionResetError
        await stage(*arguments)

    monkeypatch.setattr(imports, "stage", breaking)
    with pytest.raises(ConnectionResetError):
        await ActivityEnvironment().run(stage_rows, JobRef(str(job.id)))
    monkeypatch.setattr(imports, "stage", stage)
    counted = await ActivityEnvironment().run(stage_rows, JobRef(str(job.id)))
    assert (counted.first_row, counted.last_row) == (2, 21)
    assert (await Job.get(id=job.id)).total == 20


async def test_opening_a_piece_twice_changes_nothing(house: House) -> None:
    job = await staged_job(house, [*good_lines(5), line("80000001", "x@import.example")])
    for end in await run_twice(house, open_rows, PieceRef(str(job.id), 0, 2, 7)):
        assert end.is_done


async def test_writing_the_report_twice_leaves_one_file(house: House) -> None:
    job = await staged_job(house, good_lines(1))
    await run_twice(house, write_report, JobRef(str(job.id)))
    offered = await Download.get(job_id=job.id, kind=DownloadKind.REPORT)
    [file] = (house.storage / "reports").rglob(PurePosixPath(offered.storage_key or "").name)
    assert file.stat().st_size == offered.bytes


async def test_a_piece_that_fails_before_its_commit_leaves_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await staged_job(house, good_lines(5))
    before = await everything(house.dsn)
    write = chunk._write

    async def broken(*_: Any) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(chunk, "_write", broken)
    piece = PieceRef(str(job.id), 0, 2, 6)
    with pytest.raises(ConnectionResetError):
        await ActivityEnvironment().run(open_rows, piece)
    assert await everything(house.dsn) == before
    monkeypatch.setattr(chunk, "_write", write)
    assert (await ActivityEnvironment().run(open_rows, piece)).is_done


async def test_a_piece_is_not_begun_while_people_want_the_job_paused(house: House) -> None:
    job = await staged_job(house, good_lines(5))
    await Job.pause(job.id, job.asker)
    before = await everything(house.dsn)
    piece = PieceRef(str(job.id), 0, 2, 6)
    assert not (await ActivityEnvironment().run(open_rows, piece)).is_done
    assert await everything(house.dsn) == before


@pytest.mark.parametrize(
    ("step", "told", "status"),
    [
        (proceed_with_job, JobRef, JobStatus.RUNNING),
        (conclude_job, JobRef, JobStatus.COMPLETED),
        (cancel_job, JobRef, JobStatus.CANCELLED),
        (fail_job, lambda job_id: JobFailure(job_id, "It broke."), JobStatus.FAILED),
    ],
)
async def test_moving_a_job_along_twice_changes_nothing(
    house: House, step: Any, told: Any, status: JobStatus
) -> None:
    job = await staged_job(house, good_lines(1))
    await run_twice(house, step, told(str(job.id)))
    assert (await Job.get(id=job.id)).status is status
