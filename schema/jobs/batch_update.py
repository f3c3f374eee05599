"""Starting a batch update: one change of many customers, done or only tried."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from models.jobs.batch_update import start_batch_update
from models.rules import batch_change
from models.rules.batch_change import BatchChange, Way
from models.rules.enums import AccountStatus
from schema.accounts.customer_list import CustomerWhere
from schema.context import Info
from schema.inputs import idempotency_key, optional, patched, required, said, was_given
from schema.jobs.chosen import wish
from schema.jobs.job import Job
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import loaded


@strawberry.input(one_of=True, description="How a number changes: exactly one of these.")
class NumberChange:
    """A new value, or a difference to each account's own."""

    set_: Decimal | None = strawberry.field(
        default=strawberry.UNSET, name="set", description="The new value."
    )
    increase: Decimal | None = optional("By how much it goes up; above 0.")
    decrease: Decimal | None = optional("By how much it goes down; above 0.")

    def change(self) -> batch_change.NumberChange:
        """The change as the rules read it."""
        ways = {Way.SET: self.set_, Way.INCREASE: self.increase, Way.DECREASE: self.decrease}
        [(way, amount)] = [(way, by) for way, by in ways.items() if was_given(by)]
        return batch_change.NumberChange(way, amount or Decimal(0))


@strawberry.input(description="What to change on every account: absent keeps.")
class CustomerChanges:
    """Amounts are in each account's own currency."""

    rate_group_id: strawberry.ID | None = optional("What their calls cost.")
    status: AccountStatus | None = optional("ACTIVE or INACTIVE.")
    records_calls: bool | None = optional("Record their calls.")
    manages_own_ips: bool | None = optional("They may change their own IP settings.")
    allows_local_calls: bool | None = optional("Calls within this house.")
    alert_enabled: bool | None = optional("Mail them when their balance runs low.")
    expires_at: datetime | None = optional("From when on they are refused; null: never.")
    balance: NumberChange | None = optional(
        "A posting at the owner's cost; all accounts must have the same currency."
    )
    credit_limit: NumberChange | None = optional("How far below zero they may go; postpaid only.")
    balance_below: NumberChange | None = optional("Below which balance they are mailed.")
    concurrent_calls: NumberChange | None = optional(
        "Calls at a time, 0-100000; 0: unlimited, which a difference never makes or ends."
    )
    calls_per_second: NumberChange | None = optional(
        "New calls in a second, 0-100000; 0: unlimited, which a difference never makes or ends."
    )
    valid_days: NumberChange | None = optional(
        "They expire so many days from now, 1-36500; null: never."
    )

    def change(self) -> BatchChange:
        """The change as the rules read it."""
        spoken: dict[str, Any] = {
            name: value.change() if isinstance(value, NumberChange) else value
            for name, value in patched(self).items()
        }
        cleared = tuple(name for name, value in spoken.items() if value is None)
        return BatchChange(
            **{name: value for name, value in spoken.items() if value is not None}, cleared=cleared
        )


@strawberry.input(description="Which customers to change, and how.")
class CustomersUpdateInput:
    """Requirement heading: Batch Update."""

    idempotency_key: str | None = idempotency_key()
    ids: list[strawberry.ID] | None = optional("These customers, at most 1,000.")
    where: CustomerWhere | None = optional(
        "Every customer this matches; it must leave somebody out, and needs expectedCount."
    )
    expected_count: int | None = optional(
        "How many the caller saw; nothing is done when there are others."
    )
    dry_run: bool | None = optional(
        "Only say what would become of each; nothing is written but the job's rows.", default=False
    )
    changes: CustomerChanges = required("What to change.")


@strawberry.type(description="What customersUpdate answers.")
class CustomersUpdatePayload(Payload):
    """The queued job; it has a row for each account."""

    job_id: strawberry.Private[UUID | None] = None
    job: Job | None = loaded(description="The job; follow it with jobProgress.")


@strawberry.type
class BatchUpdateMutations:
    """Requirement heading: Batch Update."""

    @mutation(
        permission="customers:update",
        description="Starts a job that changes every customer named; balances need more rights.",
    )
    async def customers_update(
        self,
        info: Info,
        input: CustomersUpdateInput,
    ) -> CustomersUpdatePayload | None:
        """Start a batch update."""
        viewer = info.context.signed_in
        job = await start_batch_update(
            viewer,
            wish(viewer, input.ids, input.where, input.expected_count),
            input.changes.change(),
            dry_run=bool(said(input.dry_run)),
        )
        return CustomersUpdatePayload(job_id=job.id)
