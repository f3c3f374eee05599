"""Turns a list of words from the rules into a GraphQL enum with a sentence for each value.

The words themselves live in `models/rules`; none is made here.
"""

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition


def enumeration(
    words: type[Enum], *, description: str, values: Mapping[str, str], name: str | None = None
) -> None:
    """Make `words` itself usable as the type of a field or argument, described.

    values: one sentence for each member; raises ValueError when one is missing or too many.
    """
    if set(values) != set(words.__members__):
        odd = ", ".join(sorted(set(values) ^ set(words.__members__)))
        message = f"{words.__name__}: members and sentences differ in {odd}"
        raise ValueError(message)
    declared = strawberry.enum(words, name=name, description=description)
    definition: StrawberryEnumDefinition = declared.__strawberry_definition__  # type: ignore[attr-defined]  # Strawberry's own mark
    for value in definition.values:
        value.description = values[value.name]
