"""Documents: receipts, invoices and credit notes, as they were printed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from models.links import Link, url_of
from models.rules.enums import InvoiceKind, InvoiceStatus
from schema.accounts.account import Account
from schema.accounts.sources import ACCOUNTS
from schema.context import Info
from schema.filters import DateTimeFilter, Filter, IdFilter, StringFilter, filter_on
from schema.paging import Connection
from schema.reads import (
    Join,
    Money,
    Node,
    Order,
    Source,
    column,
    computed,
    embedded,
    node,
    root_list,
    row,
    through,
    to_list,
    to_one,
)

INVOICES = Source(
    table="invoices", visible=through("account_id", ACCOUNTS), permission="billing:read"
)
INVOICE_LINES = Source(
    table="invoice_lines",
    visible=through("invoice_id", INVOICES),
    permission="billing:read",
    joins={"i": Join("invoices", "{i}.id = {t}.invoice_id")},
)
LINK_LIVES = timedelta(hours=24)
KIND_OF_ACCOUNT = """
(SELECT CASE WHEN k.kind = 'RESELLER' THEN 'Reseller' ELSE 'Customer' END
   FROM accounts k WHERE k.id = {t}.account_id)
"""
"""Which type of the interface Account the row's account is."""


@row(INVOICE_LINES, description="One line of a document; each tax has its own.")
class InvoiceLine:
    """As it was printed."""

    description: str = column(description="What it is for.")
    quantity: Decimal = column(description="Minutes, pieces or 1.")
    net: Money = embedded(
        amount="net", currency_code="i.currency_code", description="Before tax; 0 on a tax line."
    )
    tax: Money = embedded(
        amount="tax", currency_code="i.currency_code", description="On a tax line its amount."
    )


def _pdf_url(row: Mapping[str, Any], info: Info) -> str:
    principal_id, until = info.context.signed_in.principal_id, datetime.now(UTC) + LINK_LIVES
    return url_of(Link("document", UUID(row["id"]), principal_id, until))


@node(INVOICES, description="A receipt, invoice or credit note, frozen once issued.")
class Invoice(Node):
    """Requirement heading: Invoices."""

    number: str = column(description="As printed; without a gap for each issuer and kind.")
    kind: InvoiceKind = column(description="What kind of document it is.")
    status: InvoiceStatus = column(description="How far it is settled.")
    account: Account = to_one(
        "account_id", kind=KIND_OF_ACCOUNT, description="Whose document it is."
    )
    period_start: datetime | None = column(description="Begin of the period; invoices only.")
    period_end: datetime | None = column(description="End of the period, exclusive.")
    issued_at: datetime = column(description="When it was issued.")
    due_at: datetime | None = column(description="When it is due; invoices only.")
    net: Money = embedded(amount="net", currency_code="currency_code", description="Before tax.")
    tax: Money = embedded(amount="tax", currency_code="currency_code", description="All taxes.")
    total: Money = embedded(amount="total", currency_code="currency_code", description="Both.")
    outstanding: Money = embedded(
        amount="outstanding",
        currency_code="currency_code",
        description="What is not settled yet.",
    )
    note: str | None = column(description="A note printed on it.")
    tax_number: str | None = column(description="The account's tax number printed on it.")
    pdf_url: str = computed(
        needs=("id",),
        resolve=_pdf_url,
        description="The document as a PDF, with the token of anyone who may see it, for a day.",
    )
    lines: list[InvoiceLine] = to_list(
        "invoice_id", order=Order("position", "int8"), description="Its lines, as printed."
    )


NEWEST_ISSUED = Order("issued_at", "timestamptz", descending=True)


@strawberry.input(description="Which documents. All given keys hold.")
class InvoiceWhere:
    """Of customers and resellers the viewer sees."""

    customer_id: IdFilter | None = filter_on("account_id", description="Whose document.")
    kind: Filter[InvoiceKind] | None = filter_on("kind", description="Kind of document.")
    status: Filter[InvoiceStatus] | None = filter_on("status", description="How far settled.")
    number: StringFilter | None = filter_on("number", description="Its number.")
    issued_at: DateTimeFilter | None = filter_on("issued_at", description="When issued.")
    due_at: DateTimeFilter | None = filter_on("due_at", description="When due.")


@strawberry.type
class InvoiceQueries:
    """Across accounts."""

    invoices: Connection[Invoice] = root_list(
        order=NEWEST_ISSUED,
        where=InvoiceWhere,
        permission="billing:read",
        description="Documents of all accounts the viewer sees, newest first.",
    )
