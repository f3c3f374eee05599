"""DIDs: the inventory of direct dial-in numbers, free or assigned.

Changing it stands in `did_mutations`.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.rules.enums import ActiveStatus
from schema.accounts.sources import ACCOUNTS
from schema.filters import Filter, IdFilter, StringFilter, filter_on
from schema.paging import Connection
from schema.reads import (
    Money,
    Node,
    Order,
    Source,
    Visible,
    column,
    embedded,
    node,
    root_list,
    through,
    to_one,
)
from schema.scalars import CountryCode

if TYPE_CHECKING:
    from schema.accounts.customer import Customer

LazyCustomer = Annotated["Customer", strawberry.lazy("schema.accounts.customer")]

DIDS = Source(
    table="dids",
    visible=through("account_id", ACCOUNTS, unowned=Visible(reseller="true", customer="false")),
    permission="customers:read",
)
"""Numbers: resellers see free ones and those of their subtree, customers their own."""


@node(DIDS, description="A direct dial-in number.")
class Did(Node):
    """Requirement heading: DID. Fees are the house's; what an account pays its owner decides."""

    version: int = column(description="Rises with each change.")
    number: str = column(description="The number as it was given.")
    country_code: CountryCode | None = column(description="Country.")
    province: str | None = column(description="Province, state or region.")
    city: str | None = column(description="City.")
    status: ActiveStatus = column(description="Whether it can be used.")
    connect_fee: Decimal = column(description="For each call, in the number's currency.")
    per_minute: Decimal = column(description="For each minute, in the number's currency.")
    initial_increment_seconds: int = column(description="First seconds charged as a whole.")
    increment_seconds: int = column(description="Steps of seconds charged after them.")
    setup_fee: Money = embedded(
        amount="setup_fee",
        currency_code="currency_code",
        description="Once, when it is assigned.",
    )
    monthly_fee: Money = embedded(
        amount="monthly_fee",
        currency_code="currency_code",
        description="For each calendar month from then on.",
    )
    releases_when_unfunded: bool = column(
        description="Whether it goes back to stock when its renewal can not be paid."
    )
    reminder_days: int = column(description="How many days before a renewal a mail reminds of it.")
    customer: LazyCustomer | None = to_one("account_id", description="Whose it is; null: free.")
    assigned_at: datetime | None = column(description="Since when it is assigned.")
    next_renewal_at: datetime | None = column(description="When the next month is charged.")


@strawberry.input(description="Which numbers. All given keys hold.")
class DidWhere:
    """Free numbers: `customerId: {isNull: true}`."""

    number: StringFilter | None = filter_on("number", description="The number.")
    country_code: StringFilter | None = filter_on("country_code", description="Country.")
    status: Filter[ActiveStatus] | None = filter_on("status", description="Status.")
    customer_id: IdFilter | None = filter_on("account_id", description="Whose it is.")


@strawberry.type
class DidQueries:
    """Requirement heading: DID."""

    dids: Connection[Did] = root_list(
        order=Order("created_at", "timestamptz", descending=True),
        where=DidWhere,
        permission="customers:read",
        description="The inventory of numbers, newest first.",
    )


PANEL_DIDS = Order(
    "coalesce({t}.assigned_at, '-infinity'::timestamptz)", "timestamptz", descending=True
)
"""Within an account: the last assigned first."""
