"""What storage need not hold any longer goes; what somebody may still use stays."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from obstore.store import LocalStore

from gateway.uploads import Uploads
from models.jobs.upload import Received, Upload
from tests.api.playground import STAFF


async def test_what_is_overdue_leaves_storage(database: str, tmp_path: Path) -> None:
    uploads = Uploads(LocalStore(tmp_path))
    whole, cut, fresh = [await Upload.begin(STAFF, name) for name in ("whole", "cut", "fresh")]
    await whole.complete(Received(1, "0" * 64, "utf-8-sig", ",", ("Account",)))
    await Upload.filter(id__in=[whole.id, cut.id]).update(
        created_at=datetime.now(UTC) - timedelta(days=2)
    )
    for upload in (whole, cut, fresh):
        keep(tmp_path, upload.storage_key)
    keep(tmp_path, f"{cut.storage_key}#1", age=timedelta(days=2))
    keep(tmp_path, f"{fresh.storage_key}#1")
    keep(tmp_path, "exports/job/file#1", age=timedelta(days=2))
    await uploads.sweep()
    left = {path.name for path in stored_in(tmp_path)}
    assert left == {str(whole.id), str(fresh.id), f"{fresh.id}#1"}
    assert parts_in(tmp_path) == [f"{fresh.id}#1"]
    assert [row.id for row in await Upload.filter(removed_at__isnull=False)] == [cut.id]
    assert database


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
