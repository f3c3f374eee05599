"""What the finished schema tells of its types and fields: names, rows behind them, permissions.

Nothing is compiled here.
"""

from collections.abc import Sequence

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from schema.permissions import PUBLIC, SIGNED_IN, declared
from schema.reads.lists import is_connection, item_of
from schema.reads.rows import SOURCE
from schema.reads.source import Source


def source_of(type_: GraphQLNamedType) -> Source | None:
    """The source of a type's rows, if it has rows."""
    definition = type_.extensions.get("strawberry-definition")
    source: Source | None = getattr(getattr(definition, "origin", None), SOURCE, None)
    return source


def python_name(field: GraphQLField) -> str:
    """The name of a field in its class."""
    return str(field.extensions["strawberry-definition"].python_name)


def listed_type(type_: GraphQLNamedType) -> GraphQLObjectType:
    """What a connection or a plain list of this type consists of."""
    if not isinstance(type_, GraphQLObjectType):
        message = f"{type_.name} cannot be listed"
        raise TypeError(message)
    return item_of(type_) if is_connection(type_) else type_


def demanded(schema: GraphQLSchema, field: GraphQLField) -> tuple[str, ...]:
    """The permissions of which one lets a viewer read a field; none: whoever reaches it may."""
    word = declared(field)
    if word is not None:
        return () if word in {PUBLIC, SIGNED_IN} else (word,)
    words = {source.permission for source in rows_behind(schema, field)}
    return () if "" in words else tuple(sorted(words))


def rows_behind(schema: GraphQLSchema, field: GraphQLField) -> list[Source]:
    """The sources of the rows that a field leads to."""
    type_ = get_named_type(field.type)
    types: Sequence[GraphQLNamedType] = [type_]
    if isinstance(type_, GraphQLInterfaceType):
        types = schema.get_possible_types(type_)
    elif isinstance(type_, GraphQLObjectType) and is_connection(type_):
        types = [item_of(type_)]
    return [source for source in map(source_of, types) if source is not None]
