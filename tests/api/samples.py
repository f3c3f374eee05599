"""The smallest document that asks for a root field, with values that any input accepts.

Whether the values mean anything is not asked: they are for probes that must be refused before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from schema.scalars import global_id

NOBODY = UUID("00000000-0000-7000-8000-000000000000")
SAMPLES: dict[str, Any] = {
    "Boolean": True,
    "CountryCode": "DE",
    "CurrencyCode": "EUR",
    "Cursor": "",
    "Date": "2026-01-01",
    "DateTime": "2026-01-01T00:00:00Z",
    "Decimal": "1",
    "EmailAddress": "nobody@nowhere.example",
    "Float": 1.0,
    "ID": global_id("Customer", NOBODY),
    "Int": 1,
    "IpNetwork": "192.0.2.0/28",
    "PhoneNumber": "+49301234567",
    "String": "something",
    "TimeZone": "Europe/Berlin",
}


@dataclass(frozen=True, slots=True)
class Probe:
    """One request for one root field."""

    document: str
    variables: dict[str, Any]


def probe(operation: str, name: str, field: GraphQLField) -> Probe:
    """`operation` is query, mutation or subscription; arguments that may be left out are."""
    taken = {key: a.type for key, a in field.args.items() if is_required_argument(a)}
    declared = ", ".join(f"${key}: {kind}" for key, kind in taken.items())
    passed = ", ".join(f"{key}: ${key}" for key in taken)
    selection = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    call = f"{name}({passed})" if taken else name
    head = f"{operation}({declared})" if taken else operation
    return Probe(
        f"{head} {{ {call}{selection} }}", {key: sample(kind) for key, kind in taken.items()}
    )


def sample(kind: GraphQLInputType) -> Any:
    """A value that this type accepts."""
    if isinstance(kind, GraphQLNonNull):
        return sample(kind.of_type)
    if isinstance(kind, GraphQLList):
        return [sample(kind.of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        chosen = {k: f for k, f in kind.fields.items() if is_required_input_field(f)}
        if kind.is_one_of:
            chosen = dict([next(iter(kind.fields.items()))])
        return {key: sample(field.type) for key, field in chosen.items()}
    return SAMPLES[kind.name]
