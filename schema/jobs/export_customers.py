"""Exporting customers: what a filter shows, in the order and with the columns one asks for.

How the file comes about is known by the models.
"""

from uuid import UUID

import strawberry

from models.jobs.export_plan import DEFAULT_COLUMNS, NEWEST, ExportPlan, start_export
from models.jobs.selection import of_filter
from models.rules.enums import (
    CustomerExportColumn,
    CustomerKind,
    ExportFormat,
)
from models.rules.filter_reach import words_left
from models.rules.filter_sight import within_sight
from models.rules.filters import Filter, template
from models.rules.viewer import Viewer
from schema.accounts.customer_list import ORDERS, CustomerOrder, CustomerWhere
from schema.context import Info
from schema.enumerations import enumeration
from schema.filters import criteria_of, stored
from schema.inputs import idempotency_key, optional, said
from schema.jobs.job import Job
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import loaded

enumeration(
    ExportFormat,
    description="The form of an exported file.",
    values={
        "CSV": "Comma-separated values; no cell runs in a spreadsheet.",
        "JSONL": "A JSON object a line.",
    },
)
enumeration(
    CustomerExportColumn,
    description="A column of an exported list.",
    values={
        "ACCOUNT": "Account number.",
        "FIRST_NAME": "First name.",
        "LAST_NAME": "Last name.",
        "COMPANY": "Company.",
        "EMAIL": "Address.",
        "PHONE": "Telephone.",
        "MOBILE": "Mobile telephone.",
        "TYPE": "Prepaid or postpaid.",
        "ENTITY": "Customer or provider.",
        "RATE_GROUP": "Name of its rate group.",
        "BALANCE": "Balance in its own currency.",
        "CREDIT_LIMIT": "Credit limit in its own currency.",
        "CURRENCY": "Currency.",
        "FIRST_USED": "First call, in UTC.",
        "EXPIRY_DATE": "Expiry, in UTC.",
        "CC": "Calls at a time; 0: unlimited.",
        "CPS": "New calls in a second; 0: unlimited.",
        "LOCALIZATION": "Name of its localization.",
        "RESELLER": "Number of its reseller.",
        "STATUS": "Status.",
        "CREATED_DATE": "When it was opened, in UTC.",
        "TIME_ZONE": "Time zone.",
        "BILLING_SCHEDULE": "How often it is invoiced.",
        "BILLING_DAY": "Day of a monthly schedule.",
        "TAX_NUMBER": "Tax number.",
        "REFERENCE": "Reference.",
    },
)


@strawberry.input(description="Which customers, as which file.")
class CustomerExportStartInput:
    """Requirement heading: Export."""

    idempotency_key: str | None = idempotency_key()
    where: CustomerWhere | None = optional("Which customers; absent: all that are not deleted.")
    order_by: CustomerOrder | None = optional("Their order; absent: newest first.")
    format: ExportFormat | None = optional("The form of the file.", default=ExportFormat.CSV)
    columns: list[CustomerExportColumn] | None = optional(
        "Its columns, in this order; absent: the usual ones."
    )

    def plan(self, viewer: Viewer) -> ExportPlan:
        """The plan of the job."""
        where, criteria = said(self.where), criteria_of(CustomerWhere)
        given = {} if where is None else stored(where)
        return ExportPlan(
            selection=of_filter(within_sight(given, criteria, viewer), criteria, viewer),
            order=_order(said(self.order_by)),
            columns=tuple(dict.fromkeys(said(self.columns) or DEFAULT_COLUMNS)),
            format=said(self.format) or ExportFormat.CSV,
            name=_name(given),
        )


def _name(given: Filter) -> str:
    only = words_left(given, "kind", frozenset(CustomerKind))
    return "providers" if only == {CustomerKind.PROVIDER} else "customers"


def _order(order: CustomerOrder | None) -> str:
    """As the list has it, where the id goes the same way."""
    if order is None:
        return NEWEST
    by = template(ORDERS[order.field].by).format(t="a", w="w")
    return f"{by} {order.direction}, a.id {order.direction}"


@strawberry.type(description="What customerExportStart answers.")
class CustomerExportStartPayload(Payload):
    """The queued job; its file stands under `downloads` when it is done."""

    job_id: strawberry.Private[UUID | None] = None
    job: Job | None = loaded(description="The job; follow it with jobProgress.")


@strawberry.type
class ExportMutations:
    """Requirement heading: Export."""

    @mutation(
        permission="customers:export",
        description="Starts a job that writes the customers a filter matches into a file.",
    )
    async def customer_export_start(
        self,
        info: Info,
        input: CustomerExportStartInput,
    ) -> CustomerExportStartPayload | None:
        """Start an export."""
        viewer = info.context.signed_in
        job = await start_export(input.plan(viewer), viewer)
        return CustomerExportStartPayload(job_id=job.id)
