"""Objects as SQL: each field of a row as JSON text, and the rows that its relations lead to.

Every relation carries the visibility predicate of what it leads to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import orjson
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_non_null_type,
)

from models.rules.filters import template
from schema.reads.asked import ask_between, between_conditions
from schema.reads.collect import Picked
from schema.reads.facts import demanded, listed_type, python_name, source_of
from schema.reads.forms import (
    Computed,
    Embedded,
    Grouped,
    JsonItems,
    Key,
    Listing,
    Related,
    Value,
    form_of,
)
from schema.reads.frame import Frame
from schema.reads.leaves import add_leaf, global_id, sql_type_of
from schema.reads.lists import Page, array, groups, is_connection, whole_list
from schema.reads.ranges import Place, where
from schema.reads.rows import TYPE_KEY
from schema.reads.text import NULL, Text, quoted
from schema.reads.work import Work

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def row_sql(
    work: Work,
    frame: Frame,
    type_: GraphQLObjectType,
    nodes: Sequence[FieldNode],
    replaced: Mapping[str, str] = NOTHING,
) -> str:
    """The row at hand as a JSON object of this type."""
    text = Text("{")
    comma = ""
    if work.hidden and type_.interfaces:
        text.say(f'"{TYPE_KEY}":"{type_.name}"')
        comma = ","
    _Fields(work, frame, type_, replaced).add(text, work.fields(type_, nodes), comma)
    return text.sql()


def list_sql(work: Work, place: Place, type_: GraphQLNamedType) -> str:
    """A connection, or a plain list, as JSON."""
    if isinstance(type_, GraphQLObjectType) and is_connection(type_):
        return Page(work, place, row_sql).sql(type_)
    return whole_list(work, place, row_sql)


def one_sql(
    work: Work, type_: GraphQLObjectType, nodes: Sequence[FieldNode], found: "Found"
) -> str:
    """The visible row that a condition finds as a JSON object, or null."""
    source = source_of(type_)
    if source is None:
        message = f"{type_.name} has no rows to be found among"
        raise TypeError(message)
    frame = Frame(work.statement, source, found.owner)
    conditions = [*found.conditions(frame), *frame.seen()]
    item = (
        _sum_sql(work, frame, type_, nodes, found)
        if found.aggregate
        else row_sql(work, frame, type_, nodes)
    )
    rows = f"{frame.tables()}{where(conditions)}{' GROUP BY ()' if found.aggregate else ''}"
    return f"coalesce((SELECT {item} FROM {rows}), {NULL})"


@dataclass(frozen=True, slots=True)
class Found:
    """How a row is found: conditions on its frame, and the row they start from.

    aggregate: all that are found make one object.
    """

    conditions: Callable[[Frame], list[str]]
    owner: Frame | None = None
    aggregate: bool = False


def _sum_sql(
    work: Work, frame: Frame, type_: GraphQLObjectType, nodes: Sequence[FieldNode], found: Found
) -> str:
    """All rows that were found as one JSON object."""
    text = Text("{")
    _Fields(work, frame, type_, found=found).add(text, work.fields(type_, nodes))
    return text.sql()


def members(work: Work, type_: GraphQLNamedType) -> list[GraphQLObjectType]:
    """The object types with rows that a field of this type can answer, and the viewer may read."""
    if isinstance(type_, GraphQLInterfaceType):
        possible = work.document.schema.get_possible_types(type_)
        with_rows = ((member, source_of(member)) for member in possible)
        return [
            member
            for member, rows in with_rows
            if rows and (not rows.permission or work.holds(rows.permission))
        ]
    return [type_] if isinstance(type_, GraphQLObjectType) else []


class _Fields:
    """The fields of one row."""

    def __init__(
        self,
        work: Work,
        frame: Frame,
        type_: GraphQLObjectType,
        replaced: Mapping[str, str] = NOTHING,
        found: Found | None = None,
    ) -> None:
        self._work = work
        self._frame = frame
        self._type = type_
        self._replaced = replaced
        self._found = found

    def add(self, text: Text, fields: Sequence[Picked], comma: str = "") -> None:
        """Add them, and the brace that closes them; `comma` when something stands before them."""
        for picked in fields:
            if picked.field is None:
                text.say(f'{comma}"{picked.key}":"{self._type.name}"')
            elif self._work.may(demanded(self._work.document.schema, picked.field)):
                self._add(text, picked, picked.field, comma)
            else:
                continue
            comma = ","
        text.say("}")

    def _add(self, text: Text, picked: Picked, field: GraphQLField, comma: str) -> None:
        form = form_of(field)
        if isinstance(form, Computed):
            self._add_needs(text, form, comma + f'"*{picked.key}":')
            return
        text.say(f'{comma}"{picked.key}":')
        match form:
            case Key():
                text.say('"').add(global_id(self._type.name, self._frame.key())).say('"')
            case Embedded():
                self._add_embedded(text, picked, form)
            case JsonItems():
                text.add(self._json_items(picked, form))
            case Related():
                text.add(self._related(picked, form))
            case Listing():
                text.add(self._listing(picked, form))
            case Grouped():
                text.add(self._grouped(picked, form))
            case _:
                self._add_value(text, field, form)

    def _add_value(self, text: Text, field: GraphQLField, form: object) -> None:
        name = python_name(field)
        own = form.sql if isinstance(form, Value) else ""
        expression = self._frame.put(self._replaced.get(name) or own or template(name))
        if isinstance(form, Value) and form.of:
            expression = global_id(form.of, expression)
        add_leaf(text, field.type, expression)

    def _add_embedded(self, text: Text, picked: Picked, form: Embedded) -> None:
        type_ = _object(picked)
        inner = Text("{")
        fields = self._work.fields(type_, picked.nodes)
        _Fields(self._work, self._frame, type_, form.fields).add(inner, fields)
        if form.absent:
            absent = self._frame.put(form.absent)
            text.add(f"CASE WHEN {absent} THEN {NULL} ELSE {inner.sql()} END")
        elif is_non_null_type(_field(picked).type):
            text.add(inner.sql())
        else:
            text.add(f"coalesce({inner.sql()}, {NULL})")

    def _add_needs(self, text: Text, form: Computed, key: str) -> None:
        text.say(key + "{")
        for index, need in enumerate(form.needs):
            value = f"to_json({self._frame.put(template(need))})::text"
            name = orjson.dumps(need).decode()  # a template may have lines and quotes of its own
            text.say(f"{',' if index else ''}{name}:").add(f"coalesce({value}, {NULL})")
        text.say("}")

    def _json_items(self, picked: Picked, form: JsonItems) -> str:
        type_ = _object(picked)
        column = self._frame.put(form.sql or template(python_name(_field(picked))))
        alias = self._work.statement.alias("j")
        item = Text("{")
        comma = ""
        for inner in self._work.fields(type_, picked.nodes):
            item.say(f'{comma}"{inner.key}":')
            comma = ","
            if inner.field is None:
                item.say(f'"{type_.name}"')
            else:
                add_leaf(item, inner.field.type, _json_value(alias, inner.field))
        item.say("}")
        return array(
            f"SELECT {item.sql()} FROM jsonb_array_elements({column})"
            f" WITH ORDINALITY AS {alias}(value, place) ORDER BY {alias}.place"
        )

    def _grouped(self, picked: Picked, form: Grouped) -> str:
        """A sum for each group of the rows that the aggregate is made of."""
        if self._found is None:
            message = f"{self._type.name}.{picked.name} is grouped, and no aggregate"
            raise TypeError(message)
        source = form.of or self._frame.source
        frame = Frame(self._work.statement, source, self._frame.parent)
        conditions = [*self._found.conditions(frame), *frame.seen()]
        item = row_sql(self._work, frame, _object(picked), picked.nodes, form.fields)
        return groups(frame, form.by, item, conditions)

    def _related(self, picked: Picked, form: Related) -> str:
        found = Found(
            lambda frame: self._related_conditions(frame, picked, form),
            self._frame,
            form.aggregate,
        )
        types = members(self._work, get_named_type(_field(picked).type))
        rows = [(type_, one_sql(self._work, type_, picked.nodes, found)) for type_ in types]
        if form.kind:
            kind = self._frame.put(form.kind)
            cases = " ".join(f"WHEN {quoted(type_.name)} THEN {row}" for type_, row in rows)
            return f"CASE {kind} {cases} ELSE {NULL} END" if rows else NULL
        if len(rows) == 1:
            return rows[0][1]
        choices = [f"nullif({row}, {NULL})" for _, row in rows]
        return f"coalesce({', '.join([*choices, NULL])})"

    def _related_conditions(self, frame: Frame, picked: Picked, form: Related) -> list[str]:
        on = [frame.put(form.on)]
        if form.between is None:
            return on
        site = picked.site()
        given = ask_between(self._work.statement, site)
        return on + between_conditions(frame, site, form.between, given=given)

    def _listing(self, picked: Picked, form: Listing) -> str:
        type_ = get_named_type(_field(picked).type)
        item = listed_type(type_)
        source = source_of(item)
        if source is None:
            message = f"{item.name} has no rows to list"
            raise TypeError(message)
        return list_sql(self._work, Place(picked, form, source, item, self._frame), type_)


def _field(picked: Picked) -> GraphQLField:
    if picked.field is None:
        message = f"{picked.key} is no field"
        raise TypeError(message)
    return picked.field


def _object(picked: Picked) -> GraphQLObjectType:
    type_ = get_named_type(_field(picked).type)
    if not isinstance(type_, GraphQLObjectType):
        message = f"{picked.name} is no object"
        raise TypeError(message)
    return type_


def _json_value(alias: str, field: GraphQLField) -> str:
    type_ = field.type.of_type if is_non_null_type(field.type) else field.type
    name = python_name(field)
    if hasattr(type_, "of_type"):
        return f"({alias}.value -> {quoted(name)})"
    text = f"({alias}.value ->> {quoted(name)})"
    sql_type = sql_type_of(type_)
    return text if sql_type in {"text", "int8", "bool"} else f"{text}::{sql_type}"
