"""Call detail records: what the switches reported of an account's calls."""

from datetime import datetime

import strawberry

from models.rules.enums import CallDirection, CallType
from schema.accounts.sources import CUSTOMERS
from schema.filters import DateTimeFilter, Filter, IdFilter, StringFilter, filter_on
from schema.paging import Connection
from schema.reads import (
    Between,
    Money,
    Node,
    Order,
    Source,
    column,
    embedded,
    grouped,
    node,
    root_list,
    row,
    through,
)

CDRS = Source(table="cdrs", visible=through("account_id", CUSTOMERS), permission="cdrs:read")
CARRIED = Source(table="cdrs", visible=through("provider_id", CUSTOMERS), permission="cdrs:read")
"""The same calls as the carrier's business: what it is paid, not what its callers paid."""


@node(CDRS, description="One call.")
class Cdr(Node):
    """Requirement heading: CDRs."""

    unique_id: str = column(description="The switch's name for the call.")
    started_at: datetime = column(description="When it began.")
    caller_id: str = column(description="The number presented.")
    called_number: str = column(description="The number called.")
    destination: str | None = column(description="Where that is, as the switch names it.")
    duration_seconds: int = column("billable_seconds", description="Seconds charged.")
    debit: Money = embedded(
        amount="debit", currency_code="currency_code", description="What the account paid."
    )
    disposition: str = column(description="How it ended: the cause of ITU-T Q.850.")
    call_type: CallType = column(description="How the switch classified it.")
    direction: CallDirection = column(description="Who called.")


@row(CARRIED, description="What a carrier was paid for calls, and what their callers paid.")
class CarrierTotals:
    """Requirement heading: Create Provider, comparison of billing."""

    calls: int = column("count(*)", description="How many calls it carried.")
    seconds: int = column(
        "coalesce(sum({t}.billable_seconds), 0)", description="Seconds charged to their callers."
    )
    cost: Money = embedded(
        amount="coalesce(sum({t}.provider_cost), 0)",
        currency_code="{p}.currency_code",
        description="What the carrier was credited for them.",
    )
    revenue: list[Money] = grouped(
        "currency_code",
        of=CDRS,
        amount="sum({t}.debit)",
        currency_code="currency_code",
        description="What those of the callers whom the viewer sees paid, by currency.",
    )


NEWEST_CALL = Order("started_at", "timestamptz", descending=True)
CALLS_BETWEEN = Between("started_at", today_in="{p}.time_zone")


@strawberry.input(description="Which calls. All given keys hold.")
class CdrWhere:
    """Of customers the viewer sees."""

    customer_id: IdFilter | None = filter_on("account_id", description="Whose call.")
    started_at: DateTimeFilter | None = filter_on("started_at", description="When it began.")
    called_number: StringFilter | None = filter_on("called_number", description="Called.")
    caller_id: StringFilter | None = filter_on("caller_id", description="Presented.")
    direction: Filter[CallDirection] | None = filter_on("direction", description="Who called.")


@strawberry.type
class CdrQueries:
    """Across accounts."""

    cdrs: Connection[Cdr] = root_list(
        order=NEWEST_CALL,
        where=CdrWhere,
        permission="cdrs:read",
        description="Calls of all customers the viewer sees, newest first.",
    )
