"""The report of an import: the file's own columns, and beside them what became of each row.

It can be mended and uploaded again; cells that held secrets are blank.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from models.database import raw, transaction
from models.jobs.download import publish
from models.jobs.import_plan import ImportPlan
from models.jobs.job import Job
from models.rules.csv_text import csv_line, report_line
from models.rules.enums import DownloadKind
from models.rules.reasons import problems_of

OUTCOME, REASONS = "outcome", "reasons"
_PAGE = """
SELECT row_no, cells, outcome, reasons FROM job_rows
 WHERE job_id = $1 AND row_no > $2 ORDER BY row_no LIMIT $3
"""


def heading(job: Job) -> bytes:
    """The first line of the job's report."""
    return csv_line([*ImportPlan.of(job).header, OUTCOME, REASONS]).encode()


async def page(job: Job, after_row: int, rows: int) -> list[Any]:
    """The rows behind `after_row`, in the order of the file, to be given to `lines`."""
    async with transaction() as tx:
        return list(await raw(tx).fetch(_PAGE, job.id, after_row, rows))


def lines(job: Job, rows: list[Any]) -> Iterator[bytes]:
    """A line for each row; a row that has no verdict yet says so by an empty outcome."""
    width = len(ImportPlan.of(job).header)
    for row in rows:
        blank = [""] * (width - len(row["cells"]))
        problems = problems_of(row["reasons"])
        yield report_line([*row["cells"], *blank], row["outcome"] or "", problems).encode()


async def publish_report(job_id: UUID, storage_key: str, length: int) -> None:
    """Offer a complete report of `length` bytes."""
    name = f"report_{datetime.now(UTC):%Y-%m-%d}.csv"
    await publish(job_id, DownloadKind.REPORT, name, (storage_key, length))
