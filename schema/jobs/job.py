"""Jobs as their askers see them: how far they are, and what became of each row.

Progress is the sum over committed pieces, so it never counts anything twice.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from models.jobs.console import console_url
from models.jobs.job import workflow_id
from models.rules.enums import JobKind, JobStatus, RowOutcome
from schema.context import Info
from schema.jobs.download import Download
from schema.jobs.sources import JOB_ROWS, JOBS
from schema.paging import Connection
from schema.payloads import UserError
from schema.reads import (
    Argument,
    Money,
    Node,
    Order,
    column,
    computed,
    embedded,
    json_items,
    node,
    part,
    root_list,
    root_one,
    row,
    to_list,
    to_many,
    to_one,
    watched,
)

if TYPE_CHECKING:
    from schema.accounts.customer import Customer

LazyCustomer = Annotated["Customer", strawberry.lazy("schema.accounts.customer")]

MOST = 2_147_483_647  # seconds: GraphQL's Int ends there

_DONE = "(SELECT coalesce(sum(c.done), 0) FROM job_chunks c WHERE c.job_id = {t}.id)"
_SECONDS = "extract(epoch FROM coalesce({t}.finished_at, now()) - {t}.started_at)"
_RATE = f"({_DONE} / nullif({_SECONDS}, 0))"


@part(description="How far a job is.")
class JobProgress:
    """Counts of rows; a rate and a remaining time once some are done."""

    total: int | None = column(description="Rows to treat; null until they are counted.")
    done: int = column(_DONE, description="Rows treated.")
    succeeded: int = column(
        "(SELECT coalesce(sum(c.succeeded), 0) FROM job_chunks c WHERE c.job_id = {t}.id)",
        description="Rows treated with success.",
    )
    failed: int = column(
        "(SELECT coalesce(sum(c.failed), 0) FROM job_chunks c WHERE c.job_id = {t}.id)",
        description="Rows rejected or failed.",
    )
    rate_per_second: float | None = column(
        f"round({_RATE}::numeric, 1)::float8", description="Rows a second since the start."
    )
    eta_seconds: int | None = column(
        f"CASE WHEN {{t}}.status = 'RUNNING' AND {{t}}.total IS NOT NULL AND {_RATE} > 0"
        f" THEN least(ceil(({{t}}.total - {_DONE}) / {_RATE}), {MOST})::int4 END",
        description="Seconds to the end at this rate; null when not running or nothing is done.",
    )


@row(JOB_ROWS, description="One row of a job and what became of it.")
class JobRow:
    """A line of a file, or an account that a job went over."""

    row_number: int = column(
        "row_no", description="As a spreadsheet counts: the first line under a header is 2."
    )
    outcome: RowOutcome = column(description="What became of it.")
    reasons: list[UserError] = json_items(
        "reasons", description="All reasons of a rejection; empty otherwise."
    )
    customer: LazyCustomer | None = to_one(
        "account_id", description="The account opened, changed or deleted."
    )
    amount: Money | None = embedded(
        absent="{t}.amount IS NULL OR {t}.account_id IS NULL",
        amount="amount",
        currency_code="(SELECT a.currency_code FROM accounts a WHERE a.id = {t}.account_id)",
        description="What was invoiced or set; billing runs and batch changes only.",
    )
    previous_amount: Money | None = embedded(
        absent="{t}.previous_amount IS NULL OR {t}.account_id IS NULL",
        amount="previous_amount",
        currency_code="(SELECT a.currency_code FROM accounts a WHERE a.id = {t}.account_id)",
        description="What it was before; batch changes only.",
    )


def _workflow_url(row: Mapping[str, Any], info: Info) -> str | None:
    """Staff alone look at workflows."""
    if not info.context.signed_in.is_staff:
        return None
    return console_url(workflow_id(JobKind(row["kind"]), UUID(row["id"])))


@node(JOBS, description="A long operation over many accounts.")
class Job(Node):
    """Requirement headings: Mass Create, Import Customers, Export, Delete."""

    kind: JobKind = column(description="What it does.")
    status: JobStatus = column(description="Where it stands.")
    dry_run: bool = column(description="Whether it only says what would happen.")
    progress: JobProgress = embedded(description="How far it is.")
    created_at: datetime = column(description="When it was asked for.")
    started_at: datetime | None = column(description="When it began.")
    finished_at: datetime | None = column(description="When it ended.")
    requested_by: str = column(description="Who asked for it.")
    failure: str | None = column(
        description="Why it could not go on, what it waits for while it runs, or what a cancelled"
        " deletion leaves to be finished."
    )
    unmapped_columns: list[str] = column(
        description="Columns of the uploaded file that mean nothing here and were left out."
    )
    rows: Connection[JobRow] = to_many(
        "job_id",
        order=Order("row_no", "int8"),
        arguments=(
            Argument(
                "outcome",
                list[RowOutcome] | None,
                "{t}.outcome = ANY({value})",
                "text[]",
                "Only rows with one of these outcomes.",
            ),
        ),
        description="Its rows with an outcome, in their order.",
    )
    downloads: list[Download] = to_list(
        "job_id", order=Order("created_at", "timestamptz"), description="Files it offers."
    )
    workflow_url: str | None = computed(
        needs=("kind", "id"),
        resolve=_workflow_url,
        description="Its workflow in the console; null for others than staff, or without one.",
    )
    retry_of: Annotated["Job", strawberry.lazy("schema.jobs.job")] | None = to_one(
        "retry_of_id", description="The job whose rejected rows this one repeats."
    )


@strawberry.type
class JobQueries:
    """Jobs of the viewer's tenant."""

    jobs: Connection[Job] = root_list(
        order=Order("created_at", "timestamptz", descending=True),
        arguments=(
            Argument(
                "kind", list[JobKind] | None, "{t}.kind = ANY({value})", "text[]", "Only of these."
            ),
            Argument(
                "status",
                list[JobStatus] | None,
                "{t}.status = ANY({value})",
                "text[]",
                "Only in one of these states.",
            ),
        ),
        permission="customers:read",
        description="Jobs, newest first.",
    )
    job: Job | None = root_one(
        permission="customers:read",
        description="One job; null when there is none that the viewer sees.",
    )


@strawberry.type
class JobSubscriptions:
    """Progress as it happens."""

    job_progress: Job = watched(
        "jobs",
        over="SELECT finished_at IS NOT NULL FROM jobs WHERE id = $1",
        permission="customers:read",
        description="A job at once, and again whenever it has gone on; ends with the job.",
    )
