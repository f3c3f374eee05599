"""Files to import, and what becomes of them: shared by the tests of jobs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from obstore import put_async
from obstore.store import ObjectStore

from activities.files import detected_encoding
from models.jobs.import_plan import ImportPlan, start_import
from models.jobs.job import Job
from models.jobs.upload import Received, Upload
from models.rules.csv_text import csv_line, detected_separator
from models.rules.customer_columns import ORIGINAL_COLUMNS
from models.rules.customer_csv import ImportDefaults
from models.rules.enums import AccountType, JobStatus
from models.rules.viewer import Viewer
from tests.temporal.conftest import eventually

HEADER = list(ORIGINAL_COLUMNS)


def line(number: str, email: str, **cells: str) -> str:
    """One row under the original's header; other cells by their title with _ for blanks."""
    said = {"Account": number, "Email": email, "First Name": "Ann"}
    said |= {title.replace("_", " "): cell for title, cell in cells.items()}
    return csv_line([said.get(title, "") for title in HEADER])


def good_lines(count: int) -> list[str]:
    """Rows that nothing is against."""
    return [line(f"8{n:07}", f"p{n}@import.example") for n in range(count)]


def file_of(lines: Sequence[str]) -> bytes:
    """The original's header and these rows."""
    return (csv_line(HEADER) + "".join(lines)).encode()


async def upload(store: ObjectStore, viewer: Viewer, content: bytes) -> UUID:
    """A file that lies in storage, described as the upload route does it."""
    row = await Upload.begin(viewer, "customers.csv")
    await put_async(store, row.storage_key, content)
    encoding = detected_encoding(content)
    first = content.decode(encoding).splitlines()[0]
    separator = detected_separator(first)
    await row.complete(
        Received(
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            encoding=encoding,
            separator=separator,
            header=tuple(first.split(separator)),
        )
    )
    return row.id


def plan(upload_id: UUID, rate_group_id: UUID, **defaults: object) -> ImportPlan:
    """An import of prepaid customers."""
    told: dict[str, object] = {"type": AccountType.PREPAID, "rate_group_id": rate_group_id}
    return ImportPlan(upload_id=upload_id, defaults=ImportDefaults(**(told | defaults)))  # type: ignore[arg-type]  # a table of cases


async def started(store: ObjectStore, viewer: Viewer, rate_group_id: UUID, content: bytes) -> Job:
    """An import of this file, queued."""
    upload_id = await upload(store, viewer, content)
    return await start_import(plan(upload_id, rate_group_id), viewer)


async def status_of(job: Job) -> JobStatus:
    """Where the job stands now."""
    return JobStatus((await Job.get(id=job.id)).status)


async def ended(job: Job, seconds: float = 60.0) -> Job:
    """The job once nothing will change any more."""

    async def is_over() -> bool:
        return (await Job.get(id=job.id)).is_terminal

    await eventually(is_over, seconds)
    return await Job.get(id=job.id)
