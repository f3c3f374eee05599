"""Plain reads through the ORM, one query a field: slow, obvious, and no statement of ours.

It covers fields that are a column, an embedded object, a reference or a list by foreign key.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute,
    get_named_type,
    is_non_null_type,
    parse,
    print_schema,
)
from tortoise.expressions import Q
from tortoise.models import Model

from models import tables
from models.rules.filters import template
from schema.reads.facts import listed_type, python_name, source_of
from schema.reads.forms import (
    Embedded,
    Key,
    Listing,
    Related,
    RootList,
    RootNode,
    RootOne,
    Value,
    form_of,
)
from schema.reads.lists import is_connection
from schema.reads.roots import BY_ID
from schema.reads.source import Through
from schema.scalars import decimal_text, global_id, instant_text, type_and_id
from tests.database.reads.generate import Parent

MODELS: Final[Mapping[str, type[Model]]] = {
    model._meta.db_table: model
    for model in vars(tables).values()
    if isinstance(model, type) and issubclass(model, Model) and model is not Model
}
OF_TYPE: Final = {
    "Customer": Q(kind__in=["CUSTOMER", "PROVIDER"]),
    "Reseller": Q(kind="RESELLER"),
    "SignInAlert": Q(alerted_at__isnull=False),
}
LISTED: Final = {
    "Customer": ~Q(status="DELETED"),
    "Reseller": ~Q(status="DELETED"),
    "SipDevice": Q(removed_at__isnull=True),
    "JobRow": Q(outcome__isnull=False),
    "SignInAlert": Q(released_at__isnull=True),
}
_COLUMN = re.compile(r"\{t\}\.(\w+)")
_REFERENCE = re.compile(r"\{t\}\.id = \{p\}\.(\w+)")


@dataclass(frozen=True, slots=True)
class Row:
    """An instance as an object of a type."""

    type: GraphQLObjectType
    instance: Model


@dataclass(frozen=True, slots=True)
class Page:
    """What a connection answers from."""

    total: int
    nodes: list[Row]
    more: bool
    backward: bool


class Orm:
    """Reads as staff, who see everything."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._plain = build_schema(print_schema(schema))

    async def answer(self, text: str, variables: dict[str, Any]) -> Any:
        """The answer to a document of covered fields."""
        result = execute(
            self._plain,
            parse(text),
            variable_values=variables,
            field_resolver=self._resolve,
            type_resolver=lambda value, *_: value.type.name,
        )
        done = await result if hasattr(result, "__await__") else result
        assert done.errors is None, done.errors
        return done.data

    def covers(self, type_: Parent, field: GraphQLField) -> bool:
        """Whether a field is one of those that are read here."""
        form = form_of(field)
        if isinstance(type_, GraphQLInterfaceType):
            return isinstance(form, Key)
        if form is None:
            return is_connection(type_) or type_.name.endswith(("PageInfo", "Money", "Edge"))
        covered = self._covered.get(type(form))
        return covered is not None and covered(type_, field, form)

    @property
    def _covered(self) -> dict[type, Callable[[Any, GraphQLField, Any], bool]]:
        return {
            Key: lambda *_: True,
            RootNode: lambda *_: True,
            Value: lambda type_, field, form: not form.of and self._has_column(type_, field),
            Embedded: lambda _, __, form: (
                not form.absent and all(map(_COLUMN.fullmatch, form.fields.values()))
            ),
            Related: lambda _, field, form: (
                self._seen(get_named_type(field.type)) and bool(_REFERENCE.fullmatch(form.on))
            ),
            Listing: lambda _, field, form: bool(form.linked) and self._lists(field, form),
            RootList: lambda _, field, form: (
                not form.listing.on and self._lists(field, form.listing)
            ),
            RootOne: lambda _, field, form: (
                form.argument is BY_ID and self._seen(get_named_type(field.type))
            ),
        }

    def _seen(self, type_: Any) -> bool:
        """Whether staff see all rows of a table that the ORM knows."""
        source = source_of(type_)
        if source is None or source.table not in MODELS:
            return False
        visible = source.visible
        while isinstance(visible, Through):
            visible = visible.owner.visible
        return visible.staff == "true"

    def _lists(self, field: GraphQLField, listing: Listing) -> bool:
        return (
            self._seen(listed_type(get_named_type(field.type)))
            and _COLUMN.fullmatch(template(listing.order.by)) is not None
            and (listing.between is None or not listing.between.today_in)
        )

    def _has_column(self, type_: Parent, field: GraphQLField) -> bool:
        model = self._model(type_)
        found = _COLUMN.fullmatch(_own_column(field))
        if found is None:
            return False
        return model is None or found[1] in model._meta.db_fields

    def _model(self, type_: Any) -> type[Model] | None:
        source = source_of(type_)
        return None if source is None else MODELS.get(source.table)

    # ------------------------------------------------------------------------------- fields

    async def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        if isinstance(source, Page):
            return self._of_page(source, info.field_name)
        if isinstance(source, dict):
            return source[info.field_name]
        parent = self._schema.type_map[info.parent_type.name]
        assert isinstance(parent, GraphQLObjectType)
        field = parent.fields[info.field_name]
        if isinstance(source, Row):
            return await self._of_row(source, field, arguments)
        return await self._of_root(field, arguments)

    async def _of_root(self, field: GraphQLField, arguments: dict[str, Any]) -> Any:
        form, target = form_of(field), get_named_type(field.type)
        if isinstance(form, RootList):
            return await self._list(form.listing, target, Q(), arguments)
        if isinstance(form, RootNode) and form.many:
            return [await self._by_global_id(text, None) for text in arguments["ids"]]
        wanted = None if isinstance(form, RootNode) else target.name
        return await self._by_global_id(arguments["id"], wanted)

    async def _of_row(self, row: Row, field: GraphQLField, arguments: dict[str, Any]) -> Any:
        form, target = form_of(field), get_named_type(field.type)
        match form:
            case Key():
                return global_id(row.type.name, row.instance.pk)
            case Embedded():
                return self._embedded(row.instance, target, form)
            case Related():
                found = _REFERENCE.fullmatch(form.on)
                assert found is not None
                assert isinstance(target, GraphQLObjectType)
                return await self._one(target, getattr(row.instance, found[1]))
            case Listing():
                return await self._list(
                    form, target, Q(**{form.linked: row.instance.pk}), arguments
                )
            case Value():
                return _said(row.instance, _own_column(field))
        raise AssertionError(field)

    def _embedded(self, instance: Model, type_: Any, form: Embedded) -> dict[str, Any] | None:
        said = {}
        for name, field in type_.fields.items():
            sql = form.fields.get(python_name(field)) or _own_column(field)
            if _COLUMN.fullmatch(sql):
                said[name] = _said(instance, sql)
                if said[name] is None and is_non_null_type(field.type):
                    return None
        return said

    # --------------------------------------------------------------------------------- rows

    async def _by_global_id(self, text: str, wanted: str | None) -> Row | None:
        name, row_id = type_and_id(text) or ("", None)
        type_ = self._schema.type_map.get(name)
        if not isinstance(type_, GraphQLObjectType) or wanted not in {None, name}:
            return None
        if not self._seen(type_):
            return None
        return await self._one(type_, row_id)

    async def _one(self, type_: GraphQLObjectType, row_id: UUID | None) -> Row | None:
        model = self._model(type_)
        assert model is not None
        instance = await model.filter(OF_TYPE.get(type_.name, Q()), pk=row_id).first()
        return None if instance is None else Row(type_, instance)

    async def _list(
        self, listing: Listing, target: Any, on: Q, arguments: dict[str, Any]
    ) -> Page | list[Row]:
        item = listed_type(target)
        model = self._model(item)
        assert model is not None
        of_type, shown = OF_TYPE.get(item.name, Q()), LISTED.get(item.name, Q())
        column = template(listing.order.by).removeprefix("{t}.")
        sign = "-" if listing.order.descending else ""
        key = self._schema_key(item)
        rows = await model.filter(on, of_type, shown).order_by(sign + column, sign + key)
        items = [Row(item, instance) for instance in rows]
        if not listing.paged:
            return items
        first, last = arguments.get("first"), arguments.get("last")
        size = last if last is not None else 25 if first is None else first
        nodes = (items[-size:] if size else []) if last is not None else items[:size]
        return Page(len(items), nodes, len(items) > size, last is not None)

    def _schema_key(self, item: GraphQLObjectType) -> str:
        source = source_of(item)
        assert source is not None
        return source.key

    def _of_page(self, page: Page, name: str) -> Any:
        match name:
            case "totalCount":
                return page.total
            case "nodes":
                return page.nodes
            case "edges":
                return [{"cursor": "?", "node": node} for node in page.nodes]
        place = "?" if page.nodes else None
        return {
            "hasNextPage": page.more and not page.backward,
            "hasPreviousPage": page.more and page.backward,
            "startCursor": place,
            "endCursor": place,
        }


def _own_column(field: GraphQLField) -> str:
    form = form_of(field)
    return (form.sql if isinstance(form, Value) else "") or f"{{t}}.{python_name(field)}"


def _said(instance: Model, sql: str) -> Any:
    found = _COLUMN.fullmatch(sql)
    assert found is not None
    value = getattr(instance, found[1])
    match value:
        case Enum():
            return value.value
        case Decimal():
            return decimal_text(value)
        case datetime():
            return instant_text(value)
    return value
