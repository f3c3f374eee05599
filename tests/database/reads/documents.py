"""Documents that ask everything a schema has, to a given depth."""

from collections.abc import Iterator
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from schema.reads.forms import Computed, form_of
from schema.scalars import global_id

SOMEBODY = UUID(int=5)


def roots(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    """The query fields that the compiler answers."""
    assert schema.query_type is not None
    for name, field in schema.query_type.fields.items():
        if form_of(field) is not None:
            yield name, field


def document(name: str, field: GraphQLField, depth: int) -> str:
    """One root field with everything below it."""
    return "{ " + selected(name, field, depth) + " }"


def selected(name: str, field: GraphQLField, depth: int) -> str:
    """A field with its required arguments and everything below it."""
    given = [
        f"{argument}: {_value(spec, get_named_type(field.type))}"
        for argument, spec in field.args.items()
        if is_required_argument(spec)
    ]
    arguments = f"({', '.join(given)})" if given else ""
    inner = everything(get_named_type(field.type), depth)
    return f"{name}{arguments}{inner}"


def everything(type_: GraphQLNamedType, depth: int) -> str:
    """All fields of a type; relations until the depth is used up."""
    if is_leaf_type(type_):
        return ""
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
    fields = [
        selected(name, field, depth - 1)
        for name, field in type_.fields.items()
        if not isinstance(form_of(field), Computed)
        and (depth > 0 or is_leaf_type(get_named_type(field.type)))
    ]
    return " { __typename " + " ".join(fields) + " }"


def _value(spec: GraphQLArgument, target: GraphQLNamedType) -> str:
    kind = get_named_type(spec.type).name
    if kind == "ID":
        text = f'"{global_id(target.name, SOMEBODY)}"'
        return f"[{text}]" if "[" in str(spec.type) else text
    return {"String": '"x"', "Int": "1"}[kind]
