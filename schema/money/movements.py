"""Money that moved on an account: its refills, and every line of its charge history."""

from datetime import datetime

import strawberry

from models.rules.enums import PostingKind, RefillMethod
from schema.accounts.account import Account
from schema.accounts.sources import ACCOUNTS
from schema.filters import DateTimeFilter, Filter, IdFilter, filter_on
from schema.money.invoice import KIND_OF_ACCOUNT, Invoice
from schema.paging import Connection
from schema.reads import (
    Between,
    Join,
    Money,
    Node,
    Order,
    Source,
    column,
    embedded,
    node,
    root_list,
    through,
    to_one,
)

REFILLS = Source(
    table="refills", visible=through("account_id", ACCOUNTS), permission="billing:read"
)
CHARGES = Source(
    table="posting_lines",
    only="{t}.entry_no IS NOT NULL",
    visible=through("ledger_account_id", ACCOUNTS),
    permission="billing:read",
    joins={"j": Join("postings", "{j}.id = {t}.posting_id")},
)


@node(REFILLS, description="Money that came into an account.")
class Refill(Node):
    """Requirement heading: Refill Report."""

    account: Account = to_one("account_id", kind=KIND_OF_ACCOUNT, description="Whose funds.")
    external_id: str | None = column(description="The payment's name at the gateway.")
    amount: Money = embedded(
        amount="amount", currency_code="currency_code", description="How much came in."
    )
    method: RefillMethod = column(description="How it came in.")
    note: str | None = column(description="Words of whoever booked it.")
    refilled_by: str = column(description="Who booked it.")
    created_at: datetime = column(description="When it was booked.")
    invoice: Invoice | None = to_one("invoice_id", description="Its receipt; prepaid only.")


@node(CHARGES, description="One line of the charge history: any movement on an account.")
class Charge(Node):
    """Requirement heading: Charge History."""

    kind: PostingKind = column("{j}.kind", description="Why money moved.")
    description: str = column("{j}.description", description="What for.")
    amount: Money = embedded(
        amount="amount", currency_code="currency_code", description="Negative: it was charged."
    )
    balance_after: Money = embedded(
        amount="balance_after",
        currency_code="currency_code",
        description="The balance after it.",
    )
    created_at: datetime = column("recorded_at", description="When it was booked.")


NEWEST_REFILL = Order("created_at", "timestamptz", descending=True)
NEWEST_CHARGE = Order("entry_no", "int8", descending=True)
CHARGES_BETWEEN = Between("recorded_at", today_in="{p}.time_zone")


@strawberry.input(description="Which refills. All given keys hold.")
class RefillWhere:
    """Of customers and resellers the viewer sees."""

    account_id: IdFilter | None = filter_on("account_id", description="Whose funds.")
    method: Filter[RefillMethod] | None = filter_on("method", description="How it came in.")
    created_at: DateTimeFilter | None = filter_on("created_at", description="When booked.")


@strawberry.type
class RefillQueries:
    """Across accounts."""

    refills: Connection[Refill] = root_list(
        order=NEWEST_REFILL,
        where=RefillWhere,
        permission="billing:read",
        description="Refills of all accounts the viewer sees, newest first.",
    )
