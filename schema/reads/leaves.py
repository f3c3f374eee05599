"""How the value of each scalar becomes JSON text in SQL; the same text serves every way out.

Written out in each statement: a function of the database would be inlined anew at each planning.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLType,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from schema.reads.text import NULL, Text, quoted

# Scalars whose text never needs escaping stand between quotes that are merged with the keys.
_QUOTED: Final[Mapping[str, str]] = {
    "ID": "({})::text",
    "Decimal": "trim_scale({})::text",
    "DateTime": "(btrim(to_json({} AT TIME ZONE 'UTC')::text, '\"') || 'Z')",
    "Date": "to_char({}, 'YYYY-MM-DD')",
}
_JSON: Final = "to_json({})::text"
_BARE: Final[Mapping[str, str]] = {
    "Int": "({})::text",
    "Float": _JSON,
    "Boolean": "({})::text",
}
_ESCAPED: Final = "to_json(({})::text)::text"

SQL_TYPES: Final[Mapping[str, str]] = {
    "Int": "int8",
    "Float": "float8",
    "Boolean": "bool",
    "Decimal": "numeric",
    "DateTime": "timestamptz",
    "Date": "date",
}


def add_leaf(text: Text, type_: GraphQLOutputType, expression: str) -> None:
    """Add a value of this GraphQL type to the text; a nullable one may be null."""
    required = isinstance(type_, GraphQLNonNull)
    written, is_quoted = _written(get_nullable_type(type_))
    value = written(expression)
    if not required:
        value = f"""'"' || {value} || '"'""" if is_quoted else value
        text.add(f"coalesce({value}, {NULL})")
    elif is_quoted:
        text.say('"').add(value).say('"')
    else:
        text.add(value)


def global_id(type_name: str, key: str) -> str:
    """The expression of a global id."""
    return _base64url(f"{quoted(type_name + ':')} || {key}")


def cursor(mark: str, keys: Sequence[str]) -> str:
    """The expression of a place in a list: what its ordering is known by, and the keys as text."""
    return _base64url(f"{quoted(mark)} || to_json(ARRAY[{', '.join(keys)}])::text")


def _base64url(text: str) -> str:
    return f"translate(encode(convert_to({text}, 'UTF8'), 'base64'), E'+/=\\n', '-_')"


def sql_type_of(type_: GraphQLOutputType) -> str:
    """The SQL type that a leaf's values have."""
    return SQL_TYPES.get(get_named_type(type_).name, "text")


def _written(type_: GraphQLType) -> tuple[Callable[[str], str], bool]:
    if is_list_type(type_):
        return _JSON.format, False
    if isinstance(type_, GraphQLEnumType):
        return "({})::text".format, True
    name = get_named_type(type_).name
    if name in _QUOTED:
        return _QUOTED[name].format, True
    return _BARE.get(name, _ESCAPED).format, False
