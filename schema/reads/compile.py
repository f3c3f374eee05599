"""The fields that begin a statement: roots of a query, and what a payload or an event holds.

Each becomes one statement whose only value is the JSON text of the field.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from graphql import GraphQLField, GraphQLObjectType, get_named_type, get_nullable_type, is_list_type

from schema.filters import NOBODY
from schema.reads.asked import ask_given, put_argument
from schema.reads.collect import Picked
from schema.reads.facts import demanded, listed_type, source_of
from schema.reads.forms import Form, Listing, Loaded, RootList, RootNode, RootOne, form_of
from schema.reads.frame import Frame
from schema.reads.lists import array
from schema.reads.objects import Found, list_sql, members, one_sql
from schema.reads.plan import Plan, Request, Site
from schema.reads.ranges import Place
from schema.reads.text import NULL, quoted
from schema.reads.work import Work
from schema.refusals import Code, Refusal
from schema.scalars import type_and_id

MOST_NODES: Final = 100

Begun = RootList | RootOne | RootNode | Loaded


def begins(form: Form | None) -> bool:
    """Whether a field of this form is a statement of its own."""
    return isinstance(form, Begun)


def plan_of(work: Work, picked: Picked) -> Plan:
    """The statement of a field that begins one. Raises FORBIDDEN unless the viewer may read it."""
    field = picked.field
    form = None if field is None else form_of(field)
    if field is None or not isinstance(form, Begun):
        message = f"{picked.name} does not begin a statement"
        raise TypeError(message)
    needed = demanded(work.document.schema, field)
    if not work.may(needed):
        raise Refusal(Code.FORBIDDEN, f"This needs the permission {needed[0]}.")
    return work.statement.plan(_sql(work, picked, field, form))


def _sql(work: Work, picked: Picked, field: GraphQLField, form: Begun) -> str:
    match form:
        case RootList():
            return _list(work, picked, form.listing, None)
        case RootOne():
            return _one(work, picked, form)
        case RootNode(many=True):
            return _nodes(work, picked)
        case RootNode():
            return _node(work, picked)
        case Loaded(many=None):
            return _held(work, picked, field, form.sql_type)
        case Loaded(many=listing):
            assert listing is not None  # noqa: S101 - the case before
            return _list(work, picked, listing, form.sql_type)


def _list(work: Work, picked: Picked, listing: Listing, held_type: str | None) -> str:
    type_ = get_named_type(_field(picked).type)
    item = listed_type(type_)
    source = source_of(item)
    if source is None:
        message = f"{item.name} has no rows to list"
        raise TypeError(message)
    values = {} if held_type is None else {"value": lambda: _value_held(work, held_type)}
    return list_sql(work, Place(picked, listing, source, item, None, values), type_)


def _one(work: Work, picked: Picked, form: RootOne) -> str:
    types = members(work, get_named_type(_field(picked).type))
    rows = [_one_of(work, picked, form, type_) for type_ in types]
    if len(rows) == 1:
        return rows[0]
    return f"coalesce({', '.join([*(f'nullif({row}, {NULL})' for row in rows), NULL])})"


def _one_of(work: Work, picked: Picked, form: RootOne, type_: GraphQLObjectType) -> str:
    def conditions(frame: Frame) -> list[str]:
        found = [] if form.condition == "true" else [frame.put(form.condition)]
        argument, site = form.argument, picked.site()
        if argument is None:
            return found
        if argument.of == "*":
            argument = replace(argument, of=type_.name)
        given = ask_given(work.statement, site, argument)
        condition = argument.condition if given else argument.absent
        return [*found, put_argument(frame, site, argument, condition)] if condition else found

    return one_sql(work, type_, picked.nodes, Found(conditions))


def _node(work: Work, picked: Picked) -> str:
    """Only the table of the id's own type is read; the plan is made for that type."""
    site = picked.site()
    found = _types_of(work, picked, lambda request: (site.given(request)["id"],))
    if not found:
        return NULL
    (type_,) = found

    def bind(request: Request) -> UUID:
        return _row_id(site.given(request)["id"])

    value = work.statement.parameter((site, "id"), "uuid", bind)
    return _node_at(work, picked, type_, value)


def _nodes(work: Work, picked: Picked) -> str:
    site = picked.site()
    types = _types_of(work, picked, lambda request: _ids(site, request))
    kinds = work.statement.parameter(
        (site, "kinds"), "text[]", lambda request: [_type_name(i) for i in _ids(site, request)]
    )
    keys = work.statement.parameter(
        (site, "keys"), "uuid[]", lambda request: [_row_id(i) for i in _ids(site, request)]
    )
    asked = work.statement.alias("i")
    cases = [
        f"WHEN {quoted(type_.name)} THEN {_node_at(work, picked, type_, f'{asked}.key')}"
        for type_ in types
    ]
    item = f"CASE {asked}.kind {' '.join(cases)} ELSE {NULL} END" if cases else NULL
    return array(
        f"SELECT {item} FROM unnest({kinds}, {keys})"
        f" WITH ORDINALITY AS {asked}(kind, key, place) ORDER BY {asked}.place"
    )


def _node_at(work: Work, picked: Picked, type_: GraphQLObjectType, place: str) -> str:
    found = Found(lambda frame: [f"{frame.key()} = {place}"])
    return one_sql(work, type_, picked.nodes, found)


def _held(work: Work, picked: Picked, field: GraphQLField, sql_type: str) -> str:
    """The row of an id, or the rows of several, that an object of Python holds."""
    types = members(work, get_named_type(field.type))
    if not is_list_type(get_nullable_type(field.type)):
        return _first(work, picked, types, _value_held(work, sql_type))
    alias = work.statement.alias("i")
    item = _first(work, picked, types, f"{alias}.key")
    return array(
        f"SELECT {item} FROM unnest({_value_held(work, f'{sql_type}[]')})"
        f" WITH ORDINALITY AS {alias}(key, place) WHERE {item} <> {NULL} ORDER BY {alias}.place"
    )


def _first(work: Work, picked: Picked, types: Sequence[GraphQLObjectType], place: str) -> str:
    rows = [_node_at(work, picked, type_, place) for type_ in types]
    if len(rows) == 1:
        return rows[0]
    return f"coalesce({', '.join([*(f'nullif({row}, {NULL})' for row in rows), NULL])})"


def _value_held(work: Work, sql_type: str) -> str:
    return work.statement.parameter("held", sql_type, lambda request: request.held)


def _types_of(
    work: Work, picked: Picked, ids: Callable[[Request], Sequence[str]]
) -> list[GraphQLObjectType]:
    """The types that ids name, of those that the field can answer; asked, so part of the plan."""
    possible = members(work, get_named_type(_field(picked).type))
    named = work.statement.ask(
        lambda request: tuple(sorted({_type_name(text) for text in ids(request)}))
    )
    return [type_ for type_ in possible if type_.name in named]


def _ids(site: Site, request: Request) -> list[str]:
    ids: list[str] = site.given(request)["ids"]
    if len(ids) > MOST_NODES:
        raise Refusal(Code.BAD_USER_INPUT, f"At most {MOST_NODES} ids at once.")
    return ids


def _type_name(text: str) -> str:
    found = type_and_id(text)
    return "" if found is None else found[0]


def _row_id(text: str) -> UUID:
    found = type_and_id(text)
    return NOBODY if found is None else found[1]


def _field(picked: Picked) -> GraphQLField:
    if picked.field is None:
        message = f"{picked.name} is no field"
        raise TypeError(message)
    return picked.field
