"""Starting an import of customers from an uploaded file.

What a file may hold and what each row becomes is known by the models.
"""

from uuid import UUID

import strawberry

from models.jobs.import_plan import ImportPlan, notices, start_import
from models.rules.customer_csv import ImportDefaults
from models.rules.enums import (
    AccountType,
    BillingSchedule,
    CliPool,
    CustomerImportField,
    ImportMatch,
)
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import drafted, idempotency_key, optional, required, row_id, said
from schema.jobs.job import Job
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import loaded
from schema.scalars import CountryCode, CurrencyCode, TimeZone

_OF_THE_FILE = frozenset({"send_welcome", "encoding", "separator"})


@strawberry.input(description="What one column of the file means.")
class ColumnMapping:
    """Columns that are not mapped are named in the job and left out."""

    column: str = required("The column's title, as in the header.")
    field: CustomerImportField = required("What it means.")


@strawberry.input(description="Values for every row; a cell that says something wins.")
class CustomerImportDefaults:
    """The first step of the original's import."""

    reseller_id: strawberry.ID | None = optional("Whose customers; absent: the caller's own.")
    type: AccountType = required("Prepaid or postpaid.")
    currency_code: CurrencyCode | None = optional("Currency; absent: the owner's.")
    time_zone: TimeZone | None = optional("Time zone; absent: the owner's.")
    country_code: CountryCode | None = optional("Country; absent: the owner's.")
    rate_group_id: strawberry.ID = required("What their calls cost.")
    non_cli_rate_group_id: strawberry.ID | None = optional(
        "What calls cost whose CLI is not their own."
    )
    cli_pool: CliPool | None = optional("What happens with CLIs.", default=CliPool.DISABLED)
    localization_id: strawberry.ID | None = optional("How numbers are rewritten.")
    billing_schedule: BillingSchedule | None = optional(
        "How often they are invoiced.", default=BillingSchedule.MONTHLY
    )
    billing_day: int | None = optional("Day 1-31 of a monthly schedule; absent: today's.")
    create_sip_device: bool | None = optional("A SIP device for each.", default=False)
    generate_pin: bool | None = optional("A calling-card PIN for each.", default=False)
    records_calls: bool | None = optional("Record their calls.", default=False)
    manages_own_ips: bool | None = optional("They change their own IP settings.", default=False)
    allows_local_calls: bool | None = optional("Calls within this house.", default=True)
    notifications_enabled: bool | None = optional("Mails besides security ones.", default=True)
    concurrent_calls: int | None = optional("Calls at a time; 0: unlimited.", default=0)
    calls_per_second: int | None = optional("New calls in a second; 0: unlimited.", default=0)
    valid_days: int | None = optional("Expire after so many days; absent: never.")
    send_welcome: bool | None = optional("Mail each a welcome.", default=False)
    encoding: str | None = optional("Encoding of the file; absent: detected.")
    separator: str | None = optional("Separator of its cells; absent: detected.")

    def values(self) -> ImportDefaults:
        """The defaults as the rules read them."""
        given = {name: value for name, value in drafted(self).items() if name not in _OF_THE_FILE}
        return ImportDefaults(**given)


@strawberry.input(description="An uploaded file and how its rows become customers.")
class CustomerImportStartInput:
    """Requirement heading: Import Customers."""

    idempotency_key: str | None = idempotency_key()
    upload_id: strawberry.ID = required("The upload, as POST /uploads answered it.")
    dry_run: bool | None = optional(
        "Only say what would become of every row; nothing is written.", default=False
    )
    columns: list[ColumnMapping] | None = optional(
        "What the columns mean; absent: recognised by their titles."
    )
    match: ImportMatch | None = optional(
        "Which accounts that exist are changed: by number any that the caller sees, by reference "
        "those directly below the defaults' reseller.",
        default=ImportMatch.NONE,
    )
    defaults: CustomerImportDefaults = required("Values for every row.")

    def plan(self) -> ImportPlan:
        """The plan of the job."""
        columns, defaults = said(self.columns), self.defaults
        return ImportPlan(
            upload_id=row_id("Upload", self.upload_id) or NOBODY,
            defaults=defaults.values(),
            match=said(self.match) or ImportMatch.NONE,
            columns=None if columns is None else {each.column: each.field for each in columns},
            encoding=said(defaults.encoding),
            separator=said(defaults.separator),
            send_welcome=bool(said(defaults.send_welcome)),
        )


@strawberry.type(description="What customerImportStart answers.")
class CustomerImportStartPayload(Payload):
    """The queued job."""

    job_id: strawberry.Private[UUID | None] = None
    job: Job | None = loaded(description="The job; follow it with jobProgress.")
    notices: list[str] = strawberry.field(
        default_factory=list,
        description="Sentences for a person on what the file brings with it; nothing is wrong.",
    )


@strawberry.type
class ImportMutations:
    """Requirement heading: Import Customers."""

    @mutation(
        permission="customers:import",
        description="Starts a job that opens or changes customers from an uploaded file.",
    )
    async def customer_import_start(
        self,
        info: Info,
        input: CustomerImportStartInput,
    ) -> CustomerImportStartPayload | None:
        """Start an import."""
        job = await start_import(
            input.plan(), info.context.signed_in, dry_run=bool(said(input.dry_run))
        )
        return CustomerImportStartPayload(job_id=job.id, notices=[*notices(job)])
