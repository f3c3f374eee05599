"""What a field can be to the compiler: the forms that the factories of `declare` leave behind.

Plain data; `schema.reads.source` says how templates are written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import GraphQLField

from models.rules.filters import Criterion
from schema.reads.source import Source

FORM: Final = "read"


@dataclass(frozen=True, slots=True)
class Order:
    """One ordering of a list: a NOT NULL expression, its SQL type, its direction.

    by: column or template, the same text as in the index. The source's key is added behind it.
    sql_type: text, int8, numeric, timestamptz, uuid or bool; "" takes it from the GraphQL field
    of the same name.
    """

    by: str
    sql_type: str = ""
    descending: bool = False


@dataclass(frozen=True, slots=True)
class OrderBy:
    """The `orderBy` argument: an input with `field` and `direction`, and what each field means."""

    input: type
    fields: Mapping[Any, Order]


@dataclass(frozen=True, slots=True)
class Between:
    """The `between` argument, from inclusive to exclusive, over an instant.

    today_in: template of a time zone; without the argument the list is of today there.
    """

    column: str
    today_in: str = ""


@dataclass(frozen=True, slots=True)
class Argument:
    """One more argument of a field: when it is given, `condition` holds with `{value}` its value.

    type: the Python type, e.g. `list[JobKind] | None`. sql_type: what the value is cast to, e.g.
    `text[]`. absent: the condition without it. lifts_listed: given, it shows what the list leaves
    out otherwise. An argument of type ID is a global id of `of`, its value the uuid.
    """

    name: str
    type: Any
    condition: str
    sql_type: str
    description: str
    absent: str = ""
    of: str = ""
    lifts_listed: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A leaf: an SQL expression; "" is the column of the field's name.

    of: for an ID field, the type whose global id it is.
    """

    sql: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """The global id of the row."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """An object made from the same row; `fields` replace what its type declares."""

    fields: Mapping[str, str]
    absent: str = ""


@dataclass(frozen=True, slots=True)
class JsonItems:
    """A list of objects from a jsonb array; the keys are the Python names of the fields."""

    sql: str


@dataclass(frozen=True, slots=True)
class Related:
    """One row of another source.

    on: template over `{t}` (the other row) and `{p}` (this one). kind: for an interface of several
    tables, template over `{t}` (this row) of the GraphQL type's name. aggregate: the object is made
    of all rows that are found.
    """

    on: str
    kind: str = ""
    between: Between | None = None
    aggregate: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Many rows of another source, or of a root.

    on: template over `{t}` (an item) and `{p}` (the owner). linked: the foreign key, when `on`
    says no more than that it points to the owner.
    """

    order: Order
    on: str = ""
    linked: str = ""
    where: type | None = None
    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    order_by: OrderBy | None = None
    between: Between | None = None
    arguments: tuple[Argument, ...] = ()
    paged: bool = True


@dataclass(frozen=True, slots=True)
class Grouped:
    """A field of a connection or an aggregate: one object for each group of all that is found.

    fields: replace what the object's type declares. of: whose eyes decide which of them count,
    where that is another source of the same table.
    """

    by: str
    fields: Mapping[str, str] = field(default_factory=dict)
    of: Source | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """A field completed by a resolver over columns of the row."""

    needs: tuple[str, ...]
    resolve: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A field of a plain object that holds an id, a list of ids, or the owner of a list.

    holding: the attribute; "" is the field's name with `_id`. sql_type: of the value it holds.
    """

    holding: str
    many: Listing | None = None
    sql_type: str = "uuid"


@dataclass(frozen=True, slots=True)
class RootOne:
    """One row found by an argument, or by a condition alone."""

    argument: Argument | None
    condition: str = "true"


@dataclass(frozen=True, slots=True)
class RootNode:
    """Any row by its global id, or as many as there are ids."""

    many: bool = False


@dataclass(frozen=True, slots=True)
class RootList:
    """The list at the root of a query."""

    listing: Listing


Form = (
    Value
    | Key
    | Embedded
    | JsonItems
    | Related
    | Listing
    | Grouped
    | Computed
    | Loaded
    | RootOne
    | RootNode
    | RootList
)


def form_of(compiled: GraphQLField) -> Form | None:
    """What a field of the finished schema declared, or None."""
    definition = compiled.extensions.get("strawberry-definition")
    form: Form | None = None if definition is None else definition.metadata.get(FORM)
    return form
