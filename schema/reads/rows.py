"""What a GraphQL type stands on: rows with a global id, rows without one, or part of another row.

The fields inside are declared by `schema.reads.declare`.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import strawberry

from schema.reads.source import Source

Declared = TypeVar("Declared", bound=type)
SOURCE: Final = "__read_source__"
TYPE_KEY: Final = "*type"  # no GraphQL name begins with an asterisk, so no alias can take it


def node(source: Source, *, description: str) -> Callable[[Declared], Declared]:
    """A type whose rows have a global id: a class that extends Node or an interface of it."""
    return lambda cls: _typed(cls, source, description)


def row(source: Source, *, description: str) -> Callable[[Declared], Declared]:
    """A type with rows of its own but no global id."""
    return lambda cls: _typed(cls, source, description)


def part(*, description: str) -> Callable[[Declared], Declared]:
    """A type whose fields are columns of the row it is embedded in."""
    return lambda cls: _typed(cls, None, description)


def interface(*, description: str) -> Callable[[Declared], Declared]:
    """An interface; each type behind it brings its own source."""

    def declare(cls: Declared) -> Declared:
        cls.resolve_type = staticmethod(_type_name)  # type: ignore[attr-defined]  # graphql-core asks the class
        return strawberry.interface(cls, description=description)

    return declare


def _typed(cls: Declared, source: Source | None, description: str) -> Declared:
    setattr(cls, SOURCE, source)
    cls.is_type_of = classmethod(_is_type_of)  # type: ignore[attr-defined]  # graphql-core asks the class
    return strawberry.type(cls, description=description)


def _is_type_of(cls: type, value: object, _info: object) -> bool:
    return isinstance(value, dict | cls)


def _type_name(value: Mapping[str, str], _info: object, _type: object) -> str:
    return value[TYPE_KEY]
