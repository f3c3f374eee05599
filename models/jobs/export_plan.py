"""What an export is to hold, and the start of it.

How its file comes about stands in `export`.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.jobs.job import Job, JobOrder
from models.jobs.plans import as_json, from_json
from models.jobs.selection import Selection
from models.rules.enums import CustomerExportColumn, ExportFormat, JobKind
from models.rules.viewer import Viewer

# What a list has when nobody chooses: the original's columns and order.
DEFAULT_COLUMNS = tuple(
    column
    for column in CustomerExportColumn
    if column not in {CustomerExportColumn.MOBILE, CustomerExportColumn.TAX_NUMBER}
)

# As the list has it: where instants are equal, ids go the same way.
NEWEST = "a.created_at DESC, a.id DESC"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPlan:
    """Which accounts, which columns, in which order, as what.

    order: SQL over `Selection.FROM`, our own text; its end settles what is equal.
    """

    selection: Selection
    order: str = NEWEST
    columns: tuple[CustomerExportColumn, ...] = DEFAULT_COLUMNS
    format: ExportFormat = ExportFormat.CSV
    name: str = "customers"

    @classmethod
    def of(cls, job: Job) -> ExportPlan:
        """The plan of a job that was started with one."""
        return from_json(cls, job.input)


async def start_export(plan: ExportPlan, viewer: Viewer) -> Job:
    """Queue an export; whoever asked for it gets a link that lives a day."""
    return await Job.queue(JobOrder(JobKind.EXPORT, as_json(plan)), viewer)
