"""Making many customers alike, and what a plan would find before it is started.

Which numbers they get and what can be refused is known by the models.
"""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry

from models.jobs.mass_create_start import preview_mass_create, start_mass_create
from models.rules.enums import AccountType, BillingSchedule, CliPool
from models.rules.errors import Refused
from models.rules.mass_create import MassCreatePlan
from schema.context import Info
from schema.inputs import drafted, idempotency_key, optional, required
from schema.jobs.job import Job
from schema.mutations import mutation
from schema.payloads import Payload, UserError, user_errors
from schema.permissions import requires
from schema.reads import loaded
from schema.scalars import CountryCode, CurrencyCode, TimeZone


@strawberry.input(description="So many customers alike, numbered in one range.")
class CustomerMassCreateInput:
    """Requirement heading: Mass Create."""

    idempotency_key: str | None = idempotency_key()
    reseller_id: strawberry.ID | None = optional("Whose customers; absent: the caller's own.")
    count: int = required("How many, at most 1,000,000.")
    prefix: str = required("Digits that every number begins with; may be empty.")
    number_length: int = required("Digits of every number, at most 20.")
    generate_pin: bool | None = optional("A calling-card PIN for each.", default=False)
    valid_days: int | None = optional("Expire after so many days; absent: never.")
    create_sip_devices: bool | None = optional("A SIP device for each.", default=False)
    currency_code: CurrencyCode = required("Currency.")
    country_code: CountryCode = required("Country.")
    time_zone: TimeZone = required("Time zone.")
    type: AccountType = required("Prepaid or postpaid.")
    opening_balance: Decimal | None = optional("Funds of each to begin with; prepaid only.")
    credit_limit: Decimal | None = optional("How far below zero each may go; postpaid only.")
    cli_pool: CliPool | None = optional("What happens with CLIs.", default=CliPool.DISABLED)
    rate_group_id: strawberry.ID = required("What their calls cost.")
    non_cli_rate_group_id: strawberry.ID | None = optional(
        "What calls cost whose CLI is not their own."
    )
    billing_schedule: BillingSchedule | None = optional(
        "How often they are invoiced.", default=BillingSchedule.MONTHLY
    )
    billing_day: int | None = optional("Day 1-31 of a monthly schedule; absent: today's.")

    def plan(self) -> MassCreatePlan:
        """The plan of the job."""
        return MassCreatePlan(**drafted(self))


@strawberry.type(description="What customerMassCreate answers.")
class CustomerMassCreatePayload(Payload):
    """The queued job."""

    job_id: strawberry.Private[UUID | None] = None
    job: Job | None = loaded(description="The job; follow it with jobProgress.")


@strawberry.type(description="What a mass creation would find.")
class MassCreatePreview:
    """Nothing is written or reserved by asking."""

    capacity: int = strawberry.field(description="Numbers the range still has, at most 2147483647.")
    sample_numbers: list[str] = strawberry.field(description="Some numbers as they would be.")
    user_errors: list[UserError] = strawberry.field(description="What is against the plan.")


async def _preview(
    info: Info,
    input: Annotated[CustomerMassCreateInput, strawberry.argument(description="The plan.")],
) -> MassCreatePreview:
    """Look at a plan."""
    found = await preview_mass_create(input.plan(), info.context.signed_in)
    return MassCreatePreview(
        capacity=found.capacity,
        sample_numbers=list(found.sample_numbers),
        user_errors=user_errors(Refused(found.problems)) if found.problems else [],
    )


@strawberry.type
class MassCreateQueries:
    """Requirement heading: Mass Create."""

    customer_mass_create_preview: MassCreatePreview = strawberry.field(
        resolver=_preview,
        metadata=requires("customers:mass_create"),
        description="What a mass creation would find; nothing is written.",
    )


@strawberry.type
class MassCreateMutations:
    """Requirement heading: Mass Create."""

    @mutation(
        permission="customers:mass_create",
        description="Starts a job that opens many customers alike, numbered in one range.",
    )
    async def customer_mass_create(
        self,
        info: Info,
        input: CustomerMassCreateInput,
    ) -> CustomerMassCreatePayload | None:
        """Start a mass creation."""
        job = await start_mass_create(input.plan(), info.context.signed_in)
        return CustomerMassCreatePayload(job_id=job.id)
