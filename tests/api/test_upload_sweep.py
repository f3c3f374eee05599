"""What storage need not hold any longer goes; what somebody may still use stays."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from obstore.store import LocalStore

from gateway.uploads import Uploads
from models.jobs.job import Job, JobOrder
from models.jobs.upload import Received, Upload
from models.money.issuer_profile import IssuerProfile
from models.money.letterhead import Letterhead
from models.rules.enums import JobKind
from tests.api.playground import STAFF

TWO_DAYS = timedelta(days=2)
A_LIST = Received(1, "0" * 64, "utf-8-sig", ",", ("Account",))
A_PICTURE = Received(1, "0" * 64, "", "", ())


async def test_what_was_cut_leaves_storage(database: str, tmp_path: Path) -> None:
    uploads = Uploads(LocalStore(tmp_path))
    cut, fresh = [await Upload.begin(STAFF, name) for name in ("cut", "fresh")]
    await Upload.filter(id=cut.id).update(created_at=datetime.now(UTC) - TWO_DAYS)
    for upload in (cut, fresh):
        keep(tmp_path, upload.storage_key)
    keep(tmp_path, f"{cut.storage_key}#1", age=TWO_DAYS)
    keep(tmp_path, f"{fresh.storage_key}#1")
    keep(tmp_path, "exports/job/file#1", age=TWO_DAYS)
    await uploads.sweep()
    left = {path.name for path in stored_in(tmp_path)}
    assert left == {str(fresh.id), f"{fresh.id}#1"}
    assert parts_in(tmp_path) == [f"{fresh.id}#1"]
    assert [row.id for row in await Upload.filter(removed_at__isnull=False)] == [cut.id]
    assert database


@pytest.mark.usefixtures("database")
async def test_a_list_goes_a_day_after_it_was_sent_or_its_last_job_ended() -> None:
    fresh, unused, waited, ended, just_ended = [await _whole(A_LIST) for _ in range(5)]
    await _aged([unused, waited, ended, just_ended])
    now = datetime.now(UTC)
    for upload, finished_at in ((ended, now - TWO_DAYS), (just_ended, now), (waited, None)):
        job = await Job.queue(JobOrder(JobKind.IMPORT, {}, upload_id=upload.id), STAFF)
        await Job.filter(id=job.id).update(finished_at=finished_at)
    await Job.queue(JobOrder(JobKind.IMPORT, {}, upload_id=fresh.id), STAFF)
    assert {row.id for row in await Upload.overdue()} == {unused.id, ended.id}


@pytest.mark.usefixtures("database")
async def test_a_picture_stays_while_an_issuer_or_a_paper_that_was_issued_bears_it() -> None:
    borne, printed, unused = [await _whole(A_PICTURE) for _ in range(3)]
    await _aged([borne, printed, unused])
    await IssuerProfile.filter(reseller_id=None).update(logo_upload_id=borne.id)
    await Letterhead.create(id=printed.id, content={"logo_upload_id": str(printed.id)})
    assert [row.id for row in await Upload.overdue()] == [unused.id]


async def _whole(received: Received) -> Upload:
    upload = await Upload.begin(STAFF, "file")
    await upload.complete(received)
    return upload


async def _aged(uploads: Sequence[Upload]) -> None:
    then = datetime.now(UTC) - TWO_DAYS
    ids = [upload.id for upload in uploads]
    await Upload.filter(id__in=ids).update(created_at=then, completed_at=then)


def keep(folder: Path, key: str, age: timedelta = timedelta()) -> None:
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    then = (datetime.now(UTC) - age).timestamp()
    os.utime(path, (then, then))


def parts_in(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("**/*#*")]


def stored_in(folder: Path) -> list[Path]:
    return list(folder.glob("uploads/*"))
