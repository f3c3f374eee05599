"""The lines that declare a type: one line is the GraphQL field, its SQL and its permission.

Nothing runs here; the compiler reads these declarations from the finished schema.

    CUSTOMERS = Source(
        table="accounts",
        only="{t}.kind IN ('CUSTOMER', 'PROVIDER')",
        listed="{t}.status <> 'DELETED'",
        visible=Visible(subtree="reseller_id", customer="{t}.id = {viewer}"),
        joins={"w": Join("ledger_accounts", "{w}.account_id = {t}.id")},
    )

    @node(CUSTOMERS, description="A customer, or a carrier that is also billed as one.")
    class Customer(Account):  # Account: an interface that itself extends Node
        first_name: str = column(description="…")
        max_calls: int | None = column("concurrent_calls", description="…")
        expired: bool = column("coalesce({t}.expires_at <= now(), false)", description="…")
        balance: Money = embedded(amount="w.balance", currency_code="currency_code", …)
        rate_group: RateGroup | None = to_one("rate_group_id", description="…")
        sip_devices: Connection[SipDevice] = to_many("account_id", order="created_at desc", …)
        speed_dials: list[SpeedDial] = to_list("account_id", order="key", description="…")
        may_call: bool = computed(needs=("status",), resolve=may_call, description="…")

    @strawberry.type(description="What can be read.")
    class Query:
        customers: CustomerConnection = root_list(
            order="created_at desc",
            where=CustomerWhere,
            order_by=OrderBy(CustomerOrder, {CustomerOrderField.NUMBER: "number"}),
            permission="customers:read",
            description="…",
        )
        customer: Customer | None = root_one(permission="customers:read", description="…")
        node: Node | None = root_node(permission=SIGNED_IN, description="…")

    @strawberry.type(description="…")
    class CustomerCreatePayload(Payload):
        customer_id: strawberry.Private[UUID | None] = None
        customer: Customer | None = loaded(description="…")  # reads the row of `customer_id`

Types of other files are named as Strawberry does it:
`Annotated["SipDevice", strawberry.lazy("schema.panel.sip_device")]`, also inside `Connection[…]`.
Such files do without `from __future__ import annotations`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, replace
from typing import Any, Final, Required, TypedDict, Unpack

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from models.rules.filters import template
from schema.filters import DateTimeRange, criteria_of
from schema.permissions import requires
from schema.reads.forms import (
    FORM,
    Argument,
    Between,
    Computed,
    Embedded,
    Form,
    Grouped,
    JsonItems,
    Key,
    Listing,
    Loaded,
    Order,
    OrderBy,
    Related,
    Value,
)
from schema.reads.source import Source
from schema.scalars import Cursor


class Spoken(TypedDict, total=False):
    """What every field says of itself."""

    description: Required[str]
    deprecation_reason: str


class Said(Spoken, total=False):
    """What a field below the root says; permission: as `schema.permissions.requires` takes it."""

    permission: str


class ListShape(Spoken, total=False):
    """What a list may take beside its order; see `schema.reads.forms`.

    on: instead of a foreign key, a template over `{t}` (an item) and `{p}` (the owner).
    """

    on: str
    order: Required[Order | str]
    where: type
    order_by: OrderBy
    between: Between
    arguments: tuple[Argument, ...]


class ListOptions(ListShape, total=False):
    """A list below the root; permission: as `schema.permissions.requires` takes it."""

    permission: str


# ------------------------------------------------------------------------- fields of one row


def key(description: str = "The global id: opaque, unique across all types.") -> Any:
    """The `id` of a node."""
    return declared(Key(), description=description)


def column(sql: str = "", **words: Unpack[Said]) -> Any:
    """A leaf from a column or template; without `sql` the column of the field's own name."""
    return declared(Value(template(sql) if sql else ""), **words)


def reference(sql: str, of: str, **words: Unpack[Said]) -> Any:
    """An ID field with the global id of another row; `of` is its GraphQL type's name."""
    return declared(Value(template(sql), of), **words)


def embedded(*, description: str, absent: str = "", permission: str = "", **fields: str) -> Any:
    """An object from this row's columns; null where `absent` holds or a part it needs is null.

    fields: Python name of the object's field → column; without them its type declares them.
    """
    form = Embedded({name: template(sql) for name, sql in fields.items()}, absent)
    return declared(form, description=description, permission=permission)


def json_items(sql: str = "", **words: Unpack[Said]) -> Any:
    """A list of objects from a jsonb array column; its keys are the fields' Python names."""
    return declared(JsonItems(template(sql) if sql else ""), **words)


def computed(needs: tuple[str, ...], resolve: Callable[..., Any], **words: Unpack[Said]) -> Any:
    """A field that Python answers from columns of the row.

    resolve: `(row, info) -> value`, awaitable or not; `row` maps each of `needs` to its value.
    """
    return declared(Computed(needs, resolve), **words)


# ------------------------------------------------------------------------------- other rows


def to_one(foreign_key: str = "", *, on: str = "", kind: str = "", **words: Unpack[Said]) -> Any:
    """The row that the foreign key points to, or that `on` finds; null when it is not visible.

    kind: for an interface of several tables, column or template with the GraphQL type's name.
    """
    related = Related(on or f"{{t}}.id = {{p}}.{foreign_key}", template(kind) if kind else "")
    return declared(related, **words)


def aggregate(on: str, *, between: Between | None = None, **words: Unpack[Said]) -> Any:
    """One object whose fields are aggregate expressions over the rows that `on` finds."""
    taken = [] if between is None else [_between_argument(between)]
    return declared(Related(on, between=between, aggregate=True), taken, **words)


def to_many(foreign_key: str = "", **options: Unpack[ListOptions]) -> Any:
    """A connection of the rows whose foreign key points here, or that `on` finds."""
    return _many(foreign_key, options, paged=True)


def to_list(foreign_key: str = "", **options: Unpack[ListOptions]) -> Any:
    """A plain list of such rows, for lists that are short by nature."""
    return _many(foreign_key, options, paged=False)


def grouped(
    by: str, *, description: str, of: Source | None = None, permission: str = "", **fields: str
) -> Any:
    """On a connection type or an aggregate: an object for each group of all that it finds.

    fields: as in `embedded`. of: for an aggregate, the source whose visibility holds instead.
    """
    form = Grouped(template(by), {name: template(sql) for name, sql in fields.items()}, of)
    return declared(form, description=description, permission=permission)


def loaded(
    holding: str = "",
    *,
    many: Listing | None = None,
    sql_type: str = "uuid",
    **words: Unpack[Said],
) -> Any:
    """On a plain object such as a payload: the row whose id, or rows whose ids, it holds.

    holding: the attribute, else the field's name with `_id`. many: for a connection, whose `on`
    has `{value}` for what the attribute holds. sql_type: of one such value, where it is no uuid.
    """
    form = Loaded(holding, many, sql_type)
    return declared(form, [] if many is None else list_arguments(many), **words)


# -------------------------------------------------------------------------------- how it is done


def listing(options: ListShape, *, paged: bool) -> Listing:
    """The options of a list as the compiler reads them."""
    where, order = options.get("where"), options["order"]
    return Listing(
        order=_order(order) if isinstance(order, str) else order,
        on=options.get("on", ""),
        where=where,
        criteria={} if where is None else criteria_of(where),
        order_by=options.get("order_by"),
        between=options.get("between"),
        arguments=options.get("arguments", ()),
        paged=paged,
    )


def said(options: ListShape, permission: str) -> Said:
    """What the options of a list say of its field."""
    spoken = Said(description=options["description"], permission=permission)
    if "deprecation_reason" in options:
        spoken["deprecation_reason"] = options["deprecation_reason"]
    return spoken


def declared(
    form: Form,
    arguments: Sequence[StrawberryArgument] = (),
    *,
    metadata: Mapping[str, object] | None = None,
    **words: Unpack[Said],
) -> Any:
    """A Strawberry field that carries its form."""
    permission = words.get("permission")
    made = strawberry.field(
        description=words["description"],
        deprecation_reason=words.get("deprecation_reason"),
        metadata={FORM: form, **(requires(permission) if permission else {}), **(metadata or {})},
        default=None if isinstance(form, Loaded) else MISSING,
    )
    made.arguments = list(arguments)
    return made


def argument(name: str, kind: Any, description: str) -> StrawberryArgument:
    """An argument of a declared field, absent by default."""
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(kind),
        description=description,
    )


def list_arguments(shape: Listing) -> list[StrawberryArgument]:
    """The GraphQL arguments of a list."""
    taken = [argument(more.name, more.type, more.description) for more in shape.arguments]
    if shape.where is not None:
        taken.append(argument("where", shape.where | None, "Which of them; absent: all."))
    if shape.order_by is not None:
        taken.append(argument("order_by", shape.order_by.input | None, "Their order."))
    if shape.between is not None:
        taken.append(_between_argument(shape.between))
    return [*taken, *_PAGE_ARGUMENTS] if shape.paged else taken


def _many(foreign_key: str, options: ListOptions, *, paged: bool) -> Any:
    shape = listing(options, paged=paged)
    owned = shape
    if foreign_key:
        owned = replace(shape, on=f"{{t}}.{foreign_key} = {{p}}.id", linked=foreign_key)
    return declared(owned, list_arguments(shape), **said(options, options.get("permission", "")))


def _order(text: str) -> Order:
    """An order such as `created_at desc`."""
    by, _, direction = text.partition(" ")
    if direction not in {"", "asc", "desc"}:
        message = f"an order is a column, then asc or desc; {text!r} needs Order(…)"
        raise ValueError(message)
    return Order(by, descending=direction == "desc")


def _between_argument(between: Between) -> StrawberryArgument:
    absent = "absent: today in the account's zone." if between.today_in else "absent: all."
    return argument("between", DateTimeRange | None, f"From inclusive, to exclusive; {absent}")


_PAGE_ARGUMENTS: Final = (
    argument("first", int | None, "How many from the front, 0-100; 25 when absent."),
    argument("after", Cursor | None, "Only what follows this place."),
    argument("last", int | None, "How many from the back, 0-100, instead of `first`."),
    argument("before", Cursor | None, "Only what comes before this place."),
)
