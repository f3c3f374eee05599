"""What jobs left lying about goes when its time has come, and not before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from obstore import list as listed
from obstore import put_async
from temporalio.testing import ActivityEnvironment

from activities import outside
from activities.jobs import PieceRef
from activities.mass_create import make_accounts
from activities.tidying import tidy_up
from models.jobs import lifecycle
from models.jobs.chunk import JobChunk
from models.jobs.credentials import credentials_file
from models.jobs.dealing import DealtPositions
from models.jobs.download import Download
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.jobs.mass_create_start import start_mass_create
from models.panel.retired_username import KEPT_DAYS, RetiredUsername
from models.rules.enums import DownloadKind
from tests import people
from tests.temporal import test_mass_create
from tests.temporal.conftest import House
from tests.temporal.digest import run_twice
from tests.temporal.imports import line
from tests.temporal.test_activities import staged_job
from workflows.options import Queue
from workflows.schedules import PLANNED
from workflows.stories.keep_house import KeepHouse
from workflows.stories.sweep import SweepRun

LONG_AGO = datetime.now(UTC) - timedelta(hours=25)


async def test_secrets_that_nobody_fetched_are_wiped_after_a_day(house: House) -> None:
    outside.install(house.outside)
    admin = await people.administrator()
    told = test_mass_create.plan(await people.rate_group(admin), generate_pin=True)
    job = await start_mass_create(told, admin.viewer)
    await ActivityEnvironment().run(make_accounts, PieceRef(str(job.id), 0, 1, 50))
    await ActivityEnvironment().run(tidy_up)
    assert await DealtPositions.exists()
    await lifecycle.conclude(job.id)
    await ActivityEnvironment().run(tidy_up)
    assert not await DealtPositions.exists()
    download = await Download.get(job_id=job.id, kind=DownloadKind.CREDENTIALS)
    assert await credentials_file(download) is not None
    await Job.filter(id=job.id).update(finished_at=LONG_AGO)
    await run_twice(house, tidy_up)
    assert await credentials_file(download) is None
    assert not await JobChunk.filter(sealed_credentials__isnull=False).exists()


async def test_files_go_with_their_links_and_with_what_broken_tries_left(house: House) -> None:
    outside.install(house.outside)
    job = await staged_job(house, [line("74000001", "a@tidy.example")])
    for name, over in (("over", True), ("kept", False)):
        await put_async(house.store, f"exports/{name}/file", b"1")
        await put_async(house.store, f"exports/{name}/broken", b"2")
        await Download.create(
            job_id=job.id,
            kind=DownloadKind.EXPORT if over else DownloadKind.REPORT,
            storage_key=f"exports/{name}/file",
            file_name="x.csv",
            expires_at=LONG_AGO if over else datetime.now(UTC) + timedelta(hours=1),
        )
    await run_twice(house, tidy_up)
    left = {entry["path"] for page in listed(house.store, "exports") for entry in page}
    assert left == {"exports/kept/file", "exports/kept/broken"}


async def test_user_names_are_free_of_their_tombstones_without_any_switch(house: House) -> None:
    outside.install(house.outside)
    for name, days in (("old", KEPT_DAYS + 1), ("new", KEPT_DAYS - 1)):
        tombstone = RetiredUsername(id=uuid4(), account_id=uuid4(), realm="r", username=name)
        await tombstone.save()
        at = datetime.now(UTC) - timedelta(days=days)
        await RetiredUsername.filter(id=tombstone.id).update(retired_at=at)
    await run_twice(house, tidy_up)
    assert [each.username for each in await RetiredUsername.all()] == ["new"]


async def test_rows_of_a_cancelled_job_keep_no_secrets(house: House) -> None:
    job = await staged_job(house, [line("74000001", "a@tidy.example", Password="secret-Word-77")])
    assert await JobRow.filter(sealed_cells__isnull=False).count() == 1
    await lifecycle.cancelled(job.id)
    assert not await JobRow.filter(sealed_cells__isnull=False).exists()


async def test_the_house_is_kept_by_a_workflow_of_its_own(working: House) -> None:
    await working.client.execute_workflow(
        KeepHouse.run, SweepRun(), id="keep-house/test", task_queue=Queue.INTERACTIVE
    )
    [planned] = [each for each in PLANNED if each.id == "keep-house"]
    assert (planned.run, planned.queue) == (KeepHouse.run, Queue.INTERACTIVE)
