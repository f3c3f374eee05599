"""What every part of the schema says of itself, and the shapes that callers may rely on.

A rule yields the places that break it; whether a field is read rightly is not asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    is_specified_scalar_type,
)

from schema.permissions import declarations
from schema.reads.forms import form_of
from schema.reads.rows import SOURCE
from schema.reads.source import Eyes, Source, Visible

SchemaRule = Callable[[GraphQLSchema], Iterator[str]]

PAGES = {"first": "Int", "after": "Cursor", "last": "Int", "before": "Cursor"}
CONNECTION = {
    "edges": "[{item}Edge!]!",
    "nodes": "[{item}!]!",
    "pageInfo": "PageInfo!",
    "totalCount": "Int!",
}


def everything_is_described(schema: GraphQLSchema) -> Iterator[str]:
    """Every type, field, argument and enum value has its sentence."""
    for place, description in _described(schema):
        if not (description or "").strip().endswith("."):
            yield place


def every_root_field_states_a_permission(schema: GraphQLSchema) -> Iterator[str]:
    """Queries, mutations and subscriptions say what they demand."""
    for place, permission in declarations(schema):
        if permission is None:
            yield place


def every_node_states_a_permission_or_is_its_principals_own(schema: GraphQLSchema) -> Iterator[str]:
    """`node` finds any type, so the rows themselves say what reading them demands."""
    for type_ in _types(schema):
        if isinstance(type_, GraphQLObjectType) and _is_node(type_):
            source = getattr(_origin(type_), SOURCE, None)
            if not isinstance(source, Source) or not (source.permission or _is_own(source)):
                yield type_.name


def every_field_of_a_row_is_read_or_resolved(schema: GraphQLSchema) -> Iterator[str]:
    """Where a type stands on a table, each field says its SQL or has a resolver."""
    for type_ in _types(schema):
        if isinstance(type_, GraphQLObjectType) and hasattr(_origin(type_), SOURCE):
            for name, field in type_.fields.items():
                if form_of(field) is None and not _has_resolver(field):
                    yield f"{type_.name}.{name}"


def mutations_have_one_shape(schema: GraphQLSchema) -> Iterator[str]:
    """One `input`, and a nullable payload that has room for refusals."""
    for name, field in _root_fields(schema.mutation_type):
        kind = name[0].upper() + name[1:]
        taken = {key: str(argument.type) for key, argument in field.args.items()}
        payload = field.type
        if taken != {"input": f"{kind}Input!"} or str(payload) != f"{kind}Payload":
            yield f"Mutation.{name}"
        elif not isinstance(payload, GraphQLObjectType) or (
            "userErrors" not in payload.fields
            or str(payload.fields["userErrors"].type) != "[UserError!]!"
        ):
            yield str(payload)


def connections_have_one_shape(schema: GraphQLSchema) -> Iterator[str]:
    """Pages are asked for and answered in the same words everywhere."""
    for type_ in _types(schema):
        if type_.name.endswith("Connection") and isinstance(type_, GraphQLObjectType):
            item = type_.name.removesuffix("Connection")
            said = {name: str(field.type) for name, field in type_.fields.items()}
            if any(said.get(n) != kind.format(item=item) for n, kind in CONNECTION.items()):
                yield type_.name
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                if _named(field).endswith("Connection") and not _has_pages(field):
                    yield f"{type_.name}.{name}"


def changes_of_an_entity_take_its_version(schema: GraphQLSchema) -> Iterator[str]:
    """`…UpdateInput` with an `id` also takes `expectedVersion`."""
    for type_ in _types(schema):
        if isinstance(type_, GraphQLInputObjectType) and type_.name.endswith("UpdateInput"):
            taken = type_.fields
            if "id" in taken and "expectedVersion" not in taken:
                yield type_.name


def own_scalars_say_what_they_are(schema: GraphQLSchema) -> Iterator[str]:
    """Every scalar of ours carries @specifiedBy."""
    for type_ in _types(schema):
        if isinstance(type_, GraphQLScalarType) and not type_.specified_by_url:
            yield type_.name


SCHEMA_RULES: tuple[SchemaRule, ...] = (
    everything_is_described,
    every_root_field_states_a_permission,
    every_node_states_a_permission_or_is_its_principals_own,
    every_field_of_a_row_is_read_or_resolved,
    mutations_have_one_shape,
    connections_have_one_shape,
    changes_of_an_entity_take_its_version,
    own_scalars_say_what_they_are,
)


def _types(schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    for type_ in schema.type_map.values():
        if not type_.name.startswith("__") and not is_specified_scalar_type(type_):
            yield type_


def _described(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for type_ in _types(schema):
        yield type_.name, type_.description
        if isinstance(type_, GraphQLEnumType):
            for name, value in type_.values.items():
                yield f"{type_.name}.{name}", value.description
        for name, field in getattr(type_, "fields", {}).items():
            yield f"{type_.name}.{name}", field.description
            for key, argument in getattr(field, "args", {}).items():
                yield f"{type_.name}.{name}({key})", argument.description


def _root_fields(root: GraphQLObjectType | None) -> Iterator[tuple[str, GraphQLField]]:
    yield from (root.fields if root else {}).items()


def _origin(type_: GraphQLNamedType) -> Any:
    definition = type_.extensions.get("strawberry-definition")
    return getattr(definition, "origin", None)


def _is_node(type_: GraphQLObjectType) -> bool:
    return any(interface.name == "Node" for interface in type_.interfaces)


def _is_own(source: Source) -> bool:
    """Whether everybody, staff included, sees only what is theirs."""
    seen = source.visible
    return isinstance(seen, Visible) and all(
        "{principal_id}" in seen.predicate(eyes) for eyes in Eyes
    )


def _has_resolver(field: GraphQLField) -> bool:
    definition = field.extensions.get("strawberry-definition")
    return getattr(definition, "base_resolver", None) is not None


def _named(field: GraphQLField) -> str:
    return str(field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type)


def _has_pages(field: GraphQLField) -> bool:
    taken = {key: str(argument.type) for key, argument in field.args.items()}
    return PAGES.items() <= taken.items()
