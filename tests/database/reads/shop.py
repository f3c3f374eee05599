"""A small world with every form a field can have, on tables of its own.

It exists so that the compiler is tested apart from what the product happens to contain.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Optional
from uuid import UUID

import strawberry
from strawberry.schema.config import StrawberryConfig

from models.rules.enums import OrderDirection
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
from schema.permissions import SIGNED_IN
from schema.reads import (
    EVERYONE,
    Argument,
    Between,
    Join,
    Listing,
    Money,
    Node,
    Order,
    OrderBy,
    Source,
    Visible,
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
    through,
    to_list,
    to_many,
    to_one,
)
from schema.scalars import SCALARS, CurrencyCode, type_and_id

TABLES = """
CREATE TABLE shop_plans (id uuid PRIMARY KEY, name text NOT NULL, price numeric(20,6) NOT NULL);
CREATE TABLE shop_people (
    id uuid PRIMARY KEY, kind text NOT NULL, number text COLLATE "C" NOT NULL, state text NOT NULL,
    owner_id uuid, plan_id uuid, name text COLLATE "C" NOT NULL, company text COLLATE "C",
    calls int NOT NULL, rate float8, active boolean NOT NULL, trusted boolean,
    credit numeric(20,6) NOT NULL, ends_at timestamptz, made_at timestamptz NOT NULL,
    line1 text, city text, zone text NOT NULL, tags text[] NOT NULL, limits int[] NOT NULL,
    notes jsonb NOT NULL, alert numeric(20,6), found text NOT NULL,
    subject_kind text, subject_id uuid);
CREATE TABLE shop_wallets (person_id uuid PRIMARY KEY, balance numeric(20,6) NOT NULL);
CREATE TABLE shop_devices (
    id uuid PRIMARY KEY, person_id uuid NOT NULL, name text NOT NULL, state text NOT NULL,
    made_at timestamptz NOT NULL);
CREATE TABLE shop_calls (
    id bigserial PRIMARY KEY, person_id uuid NOT NULL, at timestamptz NOT NULL,
    seconds int NOT NULL, cost numeric(20,6) NOT NULL);
CREATE TABLE shop_taxes (id uuid PRIMARY KEY, name text NOT NULL, priority int NOT NULL);
CREATE TABLE shop_person_taxes (person_id uuid NOT NULL, tax_id uuid NOT NULL);
"""


class State(StrEnum):
    """A word."""

    ON = "ON"
    OFF = "OFF"
    GONE = "GONE"


class PersonField(StrEnum):
    """What people can be sorted by."""

    NUMBER = "NUMBER"
    COMPANY = "COMPANY"
    BALANCE = "BALANCE"
    ENDS_AT = "ENDS_AT"
    MADE_AT = "MADE_AT"
    CALLS = "CALLS"
    ACTIVE = "ACTIVE"


for word in (State, PersonField):
    enumeration(word, description="Words.", values={name: name for name in word.__members__})

_WALLET = {"w": Join("shop_wallets", "{w}.person_id = {t}.id")}
CUSTOMERS = Source(
    "shop_people",
    Visible(subtree="owner_id", customer="{t}.id = {viewer}"),
    only="{t}.kind = 'CUSTOMER'",
    listed="{t}.state <> 'GONE'",
    joins=_WALLET,
)
OWNERS = Source(
    "shop_people",
    Visible(reseller="{t}.id = ANY({reseller_ids})", customer="false"),
    only="{t}.kind = 'OWNER'",
    joins=_WALLET,
)
PEOPLE = Source(
    "shop_people",
    Visible(
        reseller="({t}.owner_id = ANY({reseller_ids}) OR {t}.id = ANY({reseller_ids}))",
        customer="{t}.id = {viewer}",
    ),
)
PLANS = Source("shop_plans", EVERYONE)
DEVICES = Source("shop_devices", through("person_id", PEOPLE), permission="devices:write")
CALLS = Source("shop_calls", through("person_id", PEOPLE), key_type="int8")
TAXES = Source("shop_taxes", EVERYONE)

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


@part(description="Where somebody lives.")
class Address:
    """Columns of the person."""

    line1: str | None = column(description="Street.")
    city: str | None = column(description="City.")


@part(description="When to warn.")
class Alert:
    """Columns of the person."""

    below: Decimal | None = column("alert", description="Below what.")
    active: bool = column(description="Whether at all.")


@strawberry.type(description="A remark.")
class Note:
    """An element of a jsonb array."""

    word: State = strawberry.field(description="A word.")
    text: str | None = strawberry.field(description="What.")
    path: list[str] = strawberry.field(description="Where.")
    amount: Decimal | None = strawberry.field(description="How much.")
    number: int = strawberry.field(description="Which.")


@node(PLANS, description="A plan.")
class Plan(Node):
    """Seen by everybody."""

    name: str = column(description="Name.")
    price: Decimal = column(description="Price.")


@node(DEVICES, description="A device.")
class Device(Node):
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


@node(TAXES, description="A tax.")
class Tax(Node):
    """Seen by everybody."""

    name: str = column(description="Name.")


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


def told(row: Any, _info: object) -> str:
    """A computed field."""
    return f"{row['number']} in {row['city']}"


async def told_later(row: Any, _info: object) -> int:
    """A computed field that waits."""
    return int(row["calls"]) + 1


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
    owned: CustomerConnection = loaded(
        "owner_id",
        many=Listing(order=MADE, on="{t}.owner_id = {value}"),
        description="A list.",
    )
    price: Money = strawberry.field(description="Plain.")


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

    @strawberry.field(description="Through a resolver.")
    def held(
        self,
        customer: Optional[strawberry.ID] = None,  # noqa: UP045
        devices: Optional[list[strawberry.ID]] = None,  # noqa: UP045
        owner: Optional[strawberry.ID] = None,  # noqa: UP045
    ) -> Held:
        """A plain object that holds ids."""

        def row_id(text: str | None) -> UUID | None:
            found = None if text is None else type_and_id(text)
            return None if found is None else found[1]

        return Held(
            customer_id=row_id(customer),
            device_ids=[found for text in devices or [] if (found := row_id(text))],
            owner_id=row_id(owner),
            price=Money(amount=Decimal("1.50"), currency_code=CurrencyCode("EUR")),
        )


def build() -> strawberry.Schema:
    """The schema of this world."""
    return installed(strawberry.Schema(Query, config=StrawberryConfig(scalar_map=dict(SCALARS))))
