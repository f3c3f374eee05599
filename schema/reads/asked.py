"""What one place of a document asks of a list: which page, which filter, which order.

What decides the text of the statement is one answer to one question; the rest are parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple

from graphql import GraphQLObjectType
from strawberry.utils.str_converters import to_camel_case

from models.rules import filters
from models.rules.enums import OrderDirection
from models.rules.filter_sight import within_sight
from models.rules.filters import Kind, Shape, template
from schema.filters import NOBODY, plain
from schema.reads.cursors import fingerprint, keys_of
from schema.reads.forms import Argument, Between, Listing, Order, Value, form_of
from schema.reads.frame import Frame
from schema.reads.leaves import sql_type_of
from schema.reads.plan import Request, Site, Statement
from schema.refusals import Code, Refusal
from schema.scalars import type_and_id

PAGE: Final = 25
UTC: Final = "UTC"
LONGEST_PAGE: Final = 100
MOST_COMPARISONS: Final = 100
_FINDING: Final = {Kind.TEXT, Kind.EXACT, Kind.ID, Kind.SEARCH}


class Asked(NamedTuple):
    """What the text of the statement depends on.

    size: of the page, 0-100. The planner has to know it: of a parameter it assumes a tenth of the
    table, and joins as if that were wanted.
    """

    size: int
    backward: bool
    after: bool
    before: bool
    field: str | None
    descending: bool
    shape: Shape
    between: bool
    arguments: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A list at one place of a document, for one plan."""

    site: Site
    listing: Listing
    item: GraphQLObjectType
    asked: Asked
    order: Order

    @property
    def descending(self) -> bool:
        """The direction in which rows are read: the ordering's, turned round for `last`."""
        return self.order.descending != self.asked.backward

    @property
    def mark(self) -> str:
        """What cursors of this list begin with."""
        return fingerprint(self.item.name, self.order)

    @property
    def finds_by_itself(self) -> bool:
        """Whether its filter names a key by which few rows are found, as a number or a name."""
        named = filters.names_in(self.asked.shape)
        return any(self.listing.criteria[name].kind in _FINDING for name in named)

    @property
    def lifts_listed(self) -> bool:
        """Whether it names something that shows what lists leave out by default."""
        named = filters.names_in(self.asked.shape)
        return any(self.listing.criteria[name].lifts_listed for name in named) or any(
            given and argument.lifts_listed
            for given, argument in zip(self.asked.arguments, self.listing.arguments, strict=True)
        )

    @property
    def size(self) -> str:
        """The size of the page, as SQL."""
        return f"{self.asked.size}::int8"

    def conditions(self, frame: Frame) -> list[str]:
        """All but the cursor: filter, arguments, span of time."""
        found = filter_conditions(frame, self.site, self.listing.criteria, self.asked.shape)
        for argument, given in zip(self.listing.arguments, self.asked.arguments, strict=True):
            condition = argument.condition if given else argument.absent
            if condition:
                frame.statement.is_steady = False
                found.append(put_argument(frame, self.site, argument, condition))
        if self.listing.between is not None:
            found += between_conditions(
                frame, self.site, self.listing.between, given=self.asked.between
            )
        return found

    def place(self, frame: Frame, name: str, keys: tuple[str, ...], types: tuple[str, ...]) -> str:
        """The condition that a row lies behind the cursor `name`, as a comparison of whole rows."""
        ahead = name == "after"
        operator = "<" if self.order.descending == ahead else ">"
        site, mark = self.site, self.mark

        def bind(index: int, request: Request) -> object:
            return keys_of(site.given(request)[name], mark, types)[index]

        values = [
            frame.statement.parameter((self.site, name, index), sql_type, partial(bind, index))
            for index, sql_type in enumerate(types)
        ]
        return f"({', '.join(keys)}) {operator} ({', '.join(values)})"


def ask(statement: Statement, site: Site, listing: Listing, item: GraphQLObjectType) -> Ask:
    """Ask what a list is given. Raises BAD_USER_INPUT for a page that cannot be."""

    def question(request: Request) -> Asked:
        return _asked(site.given(request), listing)

    asked: Asked = statement.ask_of(site, question)
    return Ask(site, listing, item, asked, ordering(listing, asked, item))


def ordering(listing: Listing, asked: Asked, item: GraphQLObjectType) -> Order:
    """The order that was asked for, or the list's own, its SQL type known."""
    order = listing.order
    if asked.field is not None and listing.order_by is not None:
        chosen = {word.value: order for word, order in listing.order_by.fields.items()}
        order = replace(chosen[asked.field], descending=asked.descending)
    return replace(order, by=template(order.by), sql_type=order.sql_type or _inferred(order, item))


def _inferred(order: Order, item: GraphQLObjectType) -> str:
    for field in item.fields.values():
        form = form_of(field)
        definition = field.extensions["strawberry-definition"]
        if isinstance(form, Value) and order.by in {form.sql, definition.python_name}:
            return sql_type_of(field.type)
    message = f"an order of {item.name} by {order.by!r} needs its SQL type"
    raise TypeError(message)


def _asked(given: Mapping[str, Any], listing: Listing) -> Asked:
    order = given.get("orderBy")
    where = given.get("where")
    return Asked(
        size=_size(given),
        backward=given.get("last") is not None,
        after=given.get("after") is not None,
        before=given.get("before") is not None,
        field=None if order is None else order["field"].value,
        descending=order is not None and order["direction"] is OrderDirection.DESC,
        shape=() if where is None else _shape(where, listing),
        between=given.get("between") is not None,
        arguments=tuple(given.get(_name(more)) is not None for more in listing.arguments),
    )


def _shape(where: filters.Filter, listing: Listing) -> Shape:
    """Each shape has a statement of its own, which is kept: no shape is without end."""
    shape = filters.shape_of(where, listing.criteria)
    if filters.size_of(shape) > MOST_COMPARISONS:
        message = f"A filter makes at most {MOST_COMPARISONS} comparisons; `in` takes many values."
        raise Refusal(Code.BAD_USER_INPUT, message)
    return shape


def _size(given: Mapping[str, Any]) -> int:
    first, last = given.get("first"), given.get("last")
    if first is not None and last is not None:
        message = "Give first or last, not both."
        raise Refusal(Code.BAD_USER_INPUT, message)
    given_size = first if last is None else last
    size = PAGE if given_size is None else int(given_size)
    if not 0 <= size <= LONGEST_PAGE:
        message = f"A page has 0 to {LONGEST_PAGE} items."
        raise Refusal(Code.BAD_USER_INPUT, message)
    return size


def filter_conditions(
    frame: Frame, site: Site, criteria: Mapping[str, filters.Criterion], shape: Shape
) -> list[str]:
    """The condition of a `where`, its values as parameters."""
    if not shape:
        return []
    frame.statement.is_steady = False
    count = 0

    def values(request: Request) -> list[object]:
        given: filters.Filter = plain(site.given(request)["where"], criteria)
        if request.viewer is not None:
            given = within_sight(given, criteria, request.viewer)
        zone = UTC if request.viewer is None else request.viewer.time_zone
        return filters.values_of(given, criteria, zone)

    def parameter(sql_type: str) -> str:
        nonlocal count
        index, count = count, count + 1

        def bind(request: Request) -> object:
            return request.once((id(site), "where"), lambda: values(request))[index]

        return frame.statement.parameter((site, "where", index), sql_type, bind)

    return [frame.put(filters.sql_of(shape, criteria, parameter))]


def put_argument(frame: Frame, site: Site, argument: Argument, condition: str) -> str:
    """The condition of one argument."""

    def bind(request: Request) -> object:
        return _argument_value(argument, site.given(request).get(_name(argument)))

    value = frame.statement.parameter((site, argument.name), argument.sql_type, bind)
    return frame.put(condition.replace("{value}", value))


def _argument_value(argument: Argument, value: Any) -> object:
    if isinstance(value, list):
        return [_argument_value(argument, item) for item in value]
    if argument.of and value is not None:
        found = type_and_id(value)
        fits = found is not None and argument.of in {"*", found[0]}
        return found[1] if found is not None and fits else NOBODY
    return getattr(value, "value", value)


def ask_given(statement: Statement, site: Site, argument: Argument) -> bool:
    """Ask whether an argument is given."""
    name = _name(argument)
    return bool(statement.ask_of(site, lambda request: site.given(request).get(name) is not None))


def ask_between(statement: Statement, site: Site) -> bool:
    """Ask whether a span of time is given."""
    return bool(
        statement.ask_of(site, lambda request: site.given(request).get("between") is not None)
    )


def between_conditions(frame: Frame, site: Site, between: Between, *, given: bool) -> list[str]:
    """From inclusive, to exclusive; without the argument all, or the day it is in a zone."""
    column = frame.put(template(between.column))
    if given:
        bounds = [_bound_of(frame, site, name) for name in ("from", "to")]
    elif between.today_in:
        zone = frame.put(between.today_in)
        today = f"date_trunc('day', now() AT TIME ZONE {zone})"
        tomorrow = f"{today} + interval '1 day'"
        bounds = [f"({day}) AT TIME ZONE {zone}" for day in (today, tomorrow)]
    else:
        return []
    return [f"{column} >= {bounds[0]}", f"{column} < {bounds[1]}"]


def _bound_of(frame: Frame, site: Site, name: str) -> str:
    def bind(request: Request) -> object:
        return site.given(request)["between"][name]

    return frame.statement.parameter((site, "between", name), "timestamptz", bind)


def _name(argument: Argument) -> str:
    return to_camel_case(argument.name)
