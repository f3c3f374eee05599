"""The customer list: what it can be filtered and sorted by, its pages, and single customers.

Every condition stands on an index or is bounded by the time limit of a request.
"""

from decimal import Decimal
from typing import Any

import strawberry

from models.access.audit import CHANNEL_CUSTOMERS
from models.rules.enums import (
    AccountStatus,
    AccountType,
    BillingSchedule,
    CustomerKind,
    CustomerOrderField,
    OrderDirection,
)
from schema.accounts.customer import NEWEST, Customer
from schema.enumerations import enumeration
from schema.filters import (
    DateTimeFilter,
    DecimalFilter,
    Filter,
    IdFilter,
    IntFilter,
    StringFilter,
    condition,
    filter_on,
    search_in,
    where,
)
from schema.paging import Connection
from schema.reads import (
    Argument,
    Order,
    OrderBy,
    column,
    grouped,
    part,
    root_list,
    root_one,
    watched,
)
from schema.scalars import CurrencyCode

enumeration(
    CustomerOrderField,
    description="What a customer list can be sorted by; what has no value comes last in ASC.",
    values={
        "NUMBER": "Account number.",
        "FIRST_NAME": "First name.",
        "LAST_NAME": "Last name; none comes first.",
        "COMPANY": "Company; none comes first.",
        "BALANCE": "Balance, each in its own currency.",
        "CREDIT_LIMIT": "Credit limit, each in its own currency.",
        "FIRST_USED_AT": "First call; never used comes last.",
        "EXPIRES_AT": "Expiry; never comes last.",
        "CREATED_AT": "When it was opened.",
        "STATUS": "Status.",
        "EMAIL": "Address; none comes first.",
        "TYPE": "Prepaid or postpaid.",
        "KIND": "Customer or provider.",
        "CONCURRENT_CALLS": "Calls at a time.",
    },
)

# NOT NULL expressions, word for word those of the indexes: a null would drop out of a page.
FIRST_NAME = "fold({t}.first_name)"
LAST_NAME = "fold(coalesce({t}.last_name, ''))"
COMPANY = "fold(coalesce({t}.company, ''))"
EMAIL = "fold(coalesce({t}.email, ''))"
ORDERS = {
    CustomerOrderField.NUMBER: Order("number", "text"),
    CustomerOrderField.FIRST_NAME: Order(FIRST_NAME, "text"),
    CustomerOrderField.LAST_NAME: Order(LAST_NAME, "text"),
    CustomerOrderField.COMPANY: Order(COMPANY, "text"),
    CustomerOrderField.BALANCE: Order("w.balance", "numeric"),
    CustomerOrderField.CREDIT_LIMIT: Order("credit_limit", "numeric"),
    CustomerOrderField.FIRST_USED_AT: Order(
        "coalesce({t}.first_used_at, 'infinity'::timestamptz)", "timestamptz"
    ),
    CustomerOrderField.EXPIRES_AT: Order(
        "coalesce({t}.expires_at, 'infinity'::timestamptz)", "timestamptz"
    ),
    CustomerOrderField.CREATED_AT: Order("created_at", "timestamptz"),
    CustomerOrderField.STATUS: Order("status", "text"),
    CustomerOrderField.EMAIL: Order(EMAIL, "text"),
    CustomerOrderField.TYPE: Order("type", "text"),
    CustomerOrderField.KIND: Order("kind", "text"),
    CustomerOrderField.CONCURRENT_CALLS: Order("concurrent_calls", "int8"),
}


@strawberry.input(description="The order of a customer list.")
class CustomerOrder:
    """One field and a direction; the id settles what is equal."""

    field: CustomerOrderField = strawberry.field(description="What to sort by.")
    direction: OrderDirection = strawberry.field(description="In which direction.")


@where(description="Which customers. Absent and null keys say nothing; all given ones hold.")
class CustomerWhere:
    """The search operators of the original, combined freely."""

    id: IdFilter | None = filter_on("id", description="The customer itself.")
    kind: Filter[CustomerKind] | None = filter_on("kind", description="Customer or provider.")
    number: StringFilter | None = filter_on("number", exact=True, description="Account number.")
    first_name: StringFilter | None = filter_on(
        "first_name", folded=FIRST_NAME, within="search_text", description="First name."
    )
    last_name: StringFilter | None = filter_on(
        "last_name", folded=LAST_NAME, within="search_text", description="Last name."
    )
    company: StringFilter | None = filter_on(
        "company", folded=COMPANY, within="search_text", description="Company."
    )
    email: StringFilter | None = filter_on(
        "email", folded=EMAIL, within="search_text", description="Address."
    )
    phone: StringFilter | None = filter_on(
        "phone", within="search_text", description="Telephone number as typed."
    )
    reference: StringFilter | None = filter_on(
        "reference", within="search_text", description="Reference."
    )
    type: Filter[AccountType] | None = filter_on("type", description="Prepaid or postpaid.")
    status: Filter[AccountStatus] | None = filter_on(
        "status", lifts_listed=True, description="Status; deleted ones only show when asked for."
    )
    balance: DecimalFilter | None = filter_on("w.balance", description="Balance.")
    credit_limit: DecimalFilter | None = filter_on("credit_limit", description="Credit limit.")
    concurrent_calls: IntFilter | None = filter_on(
        "concurrent_calls", description="Calls at a time."
    )
    rate_group_id: IdFilter | None = filter_on("rate_group_id", description="Rate group.")
    reseller_id: IdFilter | None = filter_on(
        "reseller_id", of_resellers=True, description="Its direct reseller."
    )
    billing_schedule: Filter[BillingSchedule] | None = filter_on(
        "billing_schedule", description="Billing schedule."
    )
    localization_id: IdFilter | None = filter_on("localization_id", description="Localization.")
    currency_code: StringFilter | None = filter_on("currency_code", description="Currency.")
    country_code: StringFilter | None = filter_on("country_code", description="Country.")
    first_used_at: DateTimeFilter | None = filter_on("first_used_at", description="First call.")
    expires_at: DateTimeFilter | None = filter_on("expires_at", description="Expiry.")
    created_at: DateTimeFilter | None = filter_on("created_at", description="When opened.")
    expired: bool | None = condition(
        "(coalesce({t}.expires_at, 'infinity'::timestamptz) <= now()) = {value}",
        "bool",
        description="true: expired by now; false: not.",
    )
    available_balance: DecimalFilter | None = filter_on(
        "{w}.balance + {t}.credit_limit", description="What it may still spend."
    )
    reseller_subtree_id: strawberry.ID | None = condition(
        """{t}.reseller_id IN (SELECT below.id FROM accounts top JOIN accounts below
                                   ON starts_with(below.path, top.path)
                                WHERE top.id = {value})""",
        "uuid",
        of_resellers=True,
        description="That reseller's customers and those of everybody below it.",
    )
    search: str | None = search_in(
        "search_text",
        description="Text anywhere in number, names, company, address, phones or reference.",
    )


@part(description="Sums over all accounts of one currency that a filter matches.")
class CurrencyTotal:
    """Aggregates; never over the page alone."""

    currency_code: CurrencyCode = column(description="The currency.")
    accounts: int = column("count(*)", description="How many accounts.")
    balance: Decimal = column("sum({w}.balance)", description="Their balances.")
    credit_limit: Decimal = column("sum({t}.credit_limit)", description="Their credit limits.")


@strawberry.type(description="One page of customers: 25 unless first or last says otherwise.")
class CustomerConnection(Connection[Customer]):
    """The page, and sums over everything the filter matches."""

    totals: list[CurrencyTotal] = grouped(
        "currency_code",
        description="Sums by currency over all that the filter matches; made only when asked for.",
    )


CUSTOMER_SHAPE: dict[str, Any] = {
    "order": NEWEST,
    "where": CustomerWhere,
    "order_by": OrderBy(CustomerOrder, ORDERS),
}


@strawberry.type
class CustomerQueries:
    """Requirement heading: Customer List."""

    customers: CustomerConnection = root_list(
        permission="customers:read",
        description="Customers and providers that the viewer sees, newest first.",
        **CUSTOMER_SHAPE,
    )
    customer: Customer | None = root_one(
        permission="customers:read",
        description="One customer; null when there is none that the viewer sees.",
    )
    customer_by_number: Customer | None = root_one(
        Argument(
            "number",
            str,
            "fold({t}.number) = fold({value}) AND {t}.status <> 'DELETED'",
            "text",
            "An account number, in any case.",
        ),
        permission="customers:read",
        description="The live customer with this number; null when there is none to be seen.",
    )


@strawberry.type
class CustomerSubscriptions:
    """A customer screen that stays true."""

    customer_changed: Customer = watched(
        CHANNEL_CUSTOMERS,
        pause_seconds=1.0,
        permission="customers:read",
        description=(
            "A customer at once, and again when somebody changed it, at most once a second;"
            " calls and jobs over many accounts are seen within half a minute."
        ),
    )
