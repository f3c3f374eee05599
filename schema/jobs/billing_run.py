"""Starting a billing run: closing periods that are over, as the schedule does it by itself."""

from datetime import datetime
from uuid import UUID

import strawberry

from models.jobs.billing_run import start_billing_run
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import any_row_id, idempotency_key, optional, said
from schema.jobs.job import Job
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import loaded


@strawberry.input(description="Whose periods are to be closed, as of when.")
class BillingRunStartInput:
    """Requirement heading: Scheduled Billing."""

    idempotency_key: str | None = idempotency_key()
    as_of: datetime | None = optional(
        "Periods that are over by then; absent: now. Only staff may name an instant ahead."
    )
    dry_run: bool | None = optional(
        "Only say what would be invoiced; nothing is written but the job's rows.", default=False
    )
    customer_ids: list[strawberry.ID] | None = optional(
        "Only these, at most 1,000; absent: everybody the caller sees who is due."
    )


@strawberry.type(description="What billingRunStart answers.")
class BillingRunStartPayload(Payload):
    """The queued job; it has a row for each account that was due."""

    job_id: strawberry.Private[UUID | None] = None
    job: Job | None = loaded(description="The job; follow it with jobProgress.")


@strawberry.type
class BillingRunMutations:
    """Requirement heading: Scheduled Billing."""

    @mutation(
        permission="billing:run",
        description="Starts a job that invoices every period that is over.",
    )
    async def billing_run_start(
        self,
        info: Info,
        input: BillingRunStartInput,
    ) -> BillingRunStartPayload | None:
        """Start a run."""
        named = said(input.customer_ids)
        chosen = None if named is None else [_account(text) for text in named]
        job = await start_billing_run(
            info.context.signed_in, said(input.as_of), chosen, dry_run=bool(said(input.dry_run))
        )
        return BillingRunStartPayload(job_id=job.id)


def _account(text: str) -> UUID:
    return any_row_id(("Customer", "Reseller"), text) or NOBODY
