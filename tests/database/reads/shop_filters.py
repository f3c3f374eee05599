"""What people of the small world can be found and sorted by."""

import strawberry

from models.rules.enums import OrderDirection
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
from schema.reads import Order, OrderBy
from tests.database.reads.shop_tables import PersonField, State


@where(description="Which people.")
class PersonWhere:
    """Every kind of key."""

    id: IdFilter | None = filter_on("id", description="Itself.")
    number: StringFilter | None = filter_on("number", exact=True, description="Number.")
    name: StringFilter | None = filter_on("name", description="Name.")
    company: StringFilter | None = filter_on("company", description="Company.")
    state: Filter[State] | None = filter_on("state", lifts_listed=True, description="State.")
    calls: IntFilter | None = filter_on("calls", description="Calls.")
    balance: DecimalFilter | None = filter_on("w.balance", description="Balance.")
    ends_at: DateTimeFilter | None = filter_on("ends_at", description="End.")
    plan_id: IdFilter | None = filter_on("plan_id", description="Plan.")
    ended: bool | None = condition(
        "coalesce({t}.ends_at <= now(), false) = {value}", "bool", description="Over."
    )
    owned_by: strawberry.ID | None = condition(
        "{t}.owner_id = {value}", "uuid", description="Owner."
    )
    search: str | None = search_in("found", description="Anywhere.")


@strawberry.input(description="An order of people.")
class PersonOrder:
    """Field and direction."""

    field: PersonField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(description="Which way.")


PERSON_ORDER = OrderBy(
    PersonOrder,
    {
        PersonField.NUMBER: Order("number"),
        PersonField.COMPANY: Order("coalesce({t}.company, '')", "text"),
        PersonField.BALANCE: Order("w.balance", "numeric"),
        PersonField.ENDS_AT: Order("coalesce({t}.ends_at, 'infinity'::timestamptz)", "timestamptz"),
        PersonField.MADE_AT: Order("made_at"),
        PersonField.CALLS: Order("calls"),
        PersonField.ACTIVE: Order("active"),
    },
)
