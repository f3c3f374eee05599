"""Joins the declarations to a finished schema, and refuses one that cannot be read.

Run once, where the schema is built: a field without source or resolver is an error there.
"""

from collections.abc import Callable, Iterator
from typing import Any

import strawberry
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
)

from schema.permissions import PUBLIC, declared, enforce, with_need
from schema.reads.compile import begins
from schema.reads.execute import ResolveInfo, loaded
from schema.reads.facts import demanded, python_name, rows_behind
from schema.reads.forms import Computed, Form, Loaded, form_of
from schema.reads.lists import is_connection
from schema.reads.rows import SOURCE


def installed(schema: strawberry.Schema) -> strawberry.Schema:
    """The same schema, its reads resolved. Raises TypeError naming each field that cannot be."""
    compiled: GraphQLSchema = schema._schema  # noqa: SLF001 - the compiled schema has no other name
    wrong = [complaint for type_ in _types(compiled) for complaint in _joined(compiled, type_)]
    if wrong:
        raise TypeError("; ".join(wrong))
    return schema


def _types(schema: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            yield type_


def _joined(schema: GraphQLSchema, type_: GraphQLObjectType) -> Iterator[str]:
    """Give each field its resolver; tell of those that have nothing to be resolved from."""
    definition = type_.extensions["strawberry-definition"]
    stands_on_rows = hasattr(definition.origin, SOURCE)
    for name, field in type_.fields.items():
        field.description = with_need(field)
        form = form_of(field)
        if form is not None:
            field.resolve = _resolver(schema, field, form)
        elif field.extensions["strawberry-definition"].base_resolver is None:
            field.resolve = _resolver(schema, field, form)
            if stands_on_rows:
                yield f"{type_.name}.{name} has neither source nor resolver"
            elif _leads_to_rows(schema, type_, field):
                yield f"{type_.name}.{name} leads to rows: declare it with loaded()"


def _leads_to_rows(schema: GraphQLSchema, type_: GraphQLObjectType, field: GraphQLField) -> bool:
    """Whether a field of a plain object promises rows that nothing reads."""
    if is_connection(type_) or type_.name.endswith("Edge"):
        return False
    return bool(rows_behind(schema, field))


def _resolver(schema: GraphQLSchema, field: GraphQLField, form: Form | None) -> Callable[..., Any]:
    read = _reader(field, form)
    word, needed = declared(field), demanded(schema, field)
    if word == PUBLIC or not (word or needed):
        return read

    def guarded(source: Any, info: ResolveInfo, **_: Any) -> Any:
        viewer = info.context.viewer
        if viewer is None or not any(viewer.may(permission) for permission in needed):
            enforce(word or needed[0], viewer)
        return read(source, info)

    return guarded


def _reader(field: GraphQLField, form: Form | None) -> Callable[..., Any]:
    if isinstance(form, Loaded):
        return _held_reader(form.holding or f"{python_name(field)}_id")
    if begins(form):
        return _root_reader
    if isinstance(form, Computed):
        return _computed_reader(form)
    return _value_reader(python_name(field))


def _root_reader(_source: object, info: ResolveInfo, **_: Any) -> Any:
    return loaded(info)


def _held_reader(attribute: str) -> Callable[..., Any]:
    def read(source: object, info: ResolveInfo, **_: Any) -> Any:
        held = getattr(source, attribute)
        return held if held is None else loaded(info, held)

    return read


def _computed_reader(form: Computed) -> Callable[..., Any]:
    def read(source: dict[str, Any], info: ResolveInfo, **_: Any) -> Any:
        return form.resolve(source[f"*{info.path.key}"], info)

    return read


def _value_reader(attribute: str) -> Callable[..., Any]:
    """Rows are the plan's JSON under its response keys; plain objects have attributes."""

    def read(source: Any, info: ResolveInfo, **_: Any) -> Any:
        if isinstance(source, dict):
            return source[info.path.key]
        return getattr(source, attribute)

    return read
