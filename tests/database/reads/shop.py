"""A small world with every form a field can have, on tables of its own.

It exists so that the compiler is tested apart from what the product happens to contain.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.paging import Connection
from schema.permissions import SIGNED_IN
from schema.reads import (
    Argument,
    Between,
    Listing,
    Money,
    Node,
    Order,
    aggregate,
    column,
    computed,
    embedded,
    grouped,
    installed,
    interface,
    json_items,
    loaded,
    node,
    part,
    reference,
    root_items,
    root_list,
    root_node,
    root_nodes,
    root_one,
    root_only,
    row,
    to_list,
    to_many,
    to_one,
)
from schema.scalars import SCALARS, CurrencyCode, type_and_id
from tests.database.reads.shop_filters import PERSON_ORDER, PersonWhere
from tests.database.reads.shop_parts import Address, Alert, Note, Plan, Tax, told, told_later
from tests.database.reads.shop_tables import (
    CALLS,
    CUSTOMERS,
    DEVICES,
    OWNERS,
    TOLD_CALLS,
    State,
)

LazyCustomer = Annotated["Customer", strawberry.lazy("tests.database.reads.shop")]
LazyOwner = Annotated["Owner", strawberry.lazy("tests.database.reads.shop")]
MADE = Order("made_at", descending=True)


@interface(description="Somebody with a wallet.")
class Person(Node):
    """Shared by both kinds."""

    number: str = column(description="Number.")
    state: State = column(description="State.")
    balance: Money = embedded(
        amount="w.balance", currency_code="'EUR'", description="What they have."
    )


@interface(description="Something that stands somewhere.")
class Gadget(Node):
    """Of one kind so far."""


@node(DEVICES, description="A device.")
class Device(Gadget):
    """Belongs to a customer."""

    name: str = column(description="Name.")
    state: State = column(description="State.")
    made_at: datetime = column(description="When.")
    customer: LazyCustomer = to_one("person_id", description="Whose.")
    person: Person = to_one("person_id", description="Whose, of either kind.")


@row(CALLS, description="A call.")
class Call:
    """No node."""

    at: datetime = column(description="When.")
    seconds: int = column(description="How long.")
    cost: Decimal = column(description="How much.")
    customer: LazyCustomer | None = to_one("person_id", description="Whose.")


@row(CALLS, description="Calls summed.")
class CallTotals:
    """Aggregates."""

    calls: int = column("count(*)", description="How many.")
    cost: Decimal = column("coalesce(sum({t}.cost), 0)", description="How much.")
    by_length: list[Money] = grouped(
        "seconds",
        amount="sum({t}.cost)",
        currency_code="{t}.seconds::text",
        description="How much by how long.",
    )
    told_of: list[Money] = grouped(
        "seconds",
        of=TOLD_CALLS,
        amount="sum({t}.cost)",
        currency_code="'EUR'",
        description="How much of those that one is told of.",
    )


@node(CUSTOMERS, description="A customer.")
class Customer(Person):
    """Every form of field."""

    owner: LazyOwner | None = to_one("owner_id", description="Whose customer.")
    plan: Plan | None = to_one("plan_id", description="The plan.")
    plan_ref: strawberry.ID | None = reference("plan_id", "Plan", description="The plan's id.")
    name: str = column(description="Name.")
    company: str | None = column(description="Company.")
    calls: int = column(description="Calls.")
    rate: float | None = column(description="Rate.")
    active: bool = column(description="Active.")
    trusted: bool | None = column(description="Trusted.")
    credit: Decimal = column(description="Credit.")
    ends_at: datetime | None = column(description="End.")
    made_at: datetime = column(description="Made.")
    ended: bool = column("coalesce({t}.ends_at <= now(), false)", description="Over.")
    address: Address = embedded(description="Where.")
    alert: Alert | None = embedded(absent="{t}.alert IS NULL", description="When to warn.")
    tags: list[str] = column(description="Tags.")
    limits: list[int] = column(description="Limits.")
    notes: list[Note] = json_items(description="Remarks.")
    subject: Node | None = to_one("subject_id", kind="subject_kind", description="Anything.")
    gadget: Gadget | None = to_one(
        on="{t}.id = (SELECT d.id FROM shop_devices d WHERE d.person_id = {p}.id"
        " ORDER BY d.id LIMIT 1)",
        description="One of its devices.",
    )
    devices: Connection[Device] = to_many("person_id", order=MADE, description="Devices.")
    recent_calls: Connection[Call] = to_many(
        "person_id",
        order=Order("at", descending=True),
        between=Between("at", today_in="{p}.zone"),
        arguments=(
            Argument("longer_than", int | None, "{t}.seconds > {value}", "int4", "Longer."),
        ),
        description="Calls of today.",
    )
    all_calls: Connection[Call] = to_many(
        "person_id", order="seconds", between=Between("at"), description="Calls."
    )
    call_totals: CallTotals = aggregate(
        "{t}.person_id = {p}.id", between=Between("at"), description="Calls summed."
    )
    taxes: list[Tax] = to_list(
        on="{t}.id IN (SELECT tax_id FROM shop_person_taxes x WHERE x.person_id = {p}.id)",
        order=Order("priority", "int8"),
        description="Taxes.",
    )
    told: str = computed(needs=("number", "city"), resolve=told, description="Said.")
    told_later: int = computed(needs=("calls",), resolve=told_later, description="Counted.")


@node(OWNERS, description="An owner.")
class Owner(Person):
    """Has customers."""

    name: str = column(description="Name.")
    customers: Annotated["CustomerConnection", strawberry.lazy("tests.database.reads.shop")] = (
        to_many(
            "owner_id", order=MADE, where=PersonWhere, order_by=PERSON_ORDER, description="Its own."
        )
    )


@part(description="Customers summed.")
class StateTotal:
    """One for each state."""

    state: State = column(description="State.")
    people: int = column("count(*)", description="How many.")
    balance: Decimal = column("sum({w}.balance)", description="What they have.")


@strawberry.type(description="A page of customers.")
class CustomerConnection(Connection[Customer]):
    """With sums."""

    totals: list[StateTotal] = grouped("state", description="By state.")


@strawberry.type(description="What a resolver answers.")
class Held:
    """Ids of Python."""

    customer_id: strawberry.Private[UUID | None] = None
    device_ids: strawberry.Private[list[UUID]]
    owner_id: strawberry.Private[UUID | None] = None
    customer: Customer | None = loaded(description="One.")
    devices: list[Device] = loaded("device_ids", description="Several.")
    owned: CustomerConnection | None = loaded(
        "owner_id",
        many=Listing(order=MADE, on="{t}.owner_id = {value}"),
        description="A list.",
    )
    price: Money = strawberry.field(description="Plain.")


def hold(
    customer: strawberry.ID | None = None,
    devices: list[strawberry.ID] | None = None,
    owner: strawberry.ID | None = None,
) -> Held:
    """A plain object that holds ids."""
    return Held(
        customer_id=_row_id(customer),
        device_ids=[found for text in devices or [] if (found := _row_id(text))],
        owner_id=_row_id(owner),
        price=Money(amount=Decimal("1.50"), currency_code=CurrencyCode("EUR")),
    )


def _row_id(text: str | None) -> UUID | None:
    found = None if text is None else type_and_id(text)
    return None if found is None else found[1]


@strawberry.type(description="The root.")
class Query:
    """Every way to begin."""

    customers: CustomerConnection = root_list(
        order=MADE,
        where=PersonWhere,
        order_by=PERSON_ORDER,
        permission="customers:read",
        description="Customers.",
    )
    customer: Customer | None = root_one(permission="customers:read", description="One.")
    customer_by_number: Customer | None = root_one(
        Argument("number", str, "{t}.number = {value}", "text", "Number."),
        permission="customers:read",
        description="One.",
    )
    person: Person | None = root_one(permission=SIGNED_IN, description="Either kind.")
    me: Customer | None = root_only("{t}.id = {viewer}", permission=SIGNED_IN, description="Me.")
    plans: list[Plan] = root_items(order="price", permission=SIGNED_IN, description="Plans.")
    node: Node | None = root_node(permission=SIGNED_IN, description="Anything.")
    nodes: list[Node | None] = root_nodes(permission=SIGNED_IN, description="Anything.")

    held: Held = strawberry.field(resolver=hold, description="Through a resolver.")


def build() -> strawberry.Schema:
    """The schema of this world."""
    return installed(strawberry.Schema(Query, config=StrawberryConfig(scalar_map=dict(SCALARS))))
