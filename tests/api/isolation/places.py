"""Every place of the schema that takes the id of a thing, and a request that puts one there.

Found by walking the arguments of all root fields; which type of thing a place means follows from
its name. A place whose name does not say so needs a line in MEANT, and a test says which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from tests.api.samples import SAMPLES

Path = tuple[str, ...]

IDS = frozenset({"ID"})
TEXTS = frozenset(
    {"CountryCode", "CurrencyCode", "EmailAddress", "IpNetwork", "PhoneNumber", "String"}
) | {"TimeZone"}
OPERATORS = frozenset({"eq", "ne", "in"})
COMBINED = frozenset({"and", "or", "not"})  # of a filter with itself: compiled from the same keys

# What a place means where its name does not say; "*" is every type of thing.
MEANT: Mapping[str, tuple[str, ...]] = {
    "accountId": ("Customer", "Reseller"),
    "node.id": ("*",),
    "nodes.ids": ("*",),
    "parentId": ("Reseller",),
    "resellerSubtreeId": ("Reseller",),
    "staffUpdate.id": ("StaffMember",),
    "subjectId": ("*",),
    "uploadId": ("Upload",),
    "logoUploadId": ("Upload",),
}

# Values that make a probe go as far as the look-up; by the name of a field, whatever its input.
VALUES: Mapping[str, Any] = {
    "amount": "1",
    "balanceBelow": "1",
    "billing": "ONE_TIME",
    "billingDay": 1,
    "codecs": ["PCMU"],
    "currencyCode": "USD",
    "from": "2000-01-01T00:00:00Z",
    "idempotencyKey": None,  # a new one for each request
    "key": 7,
    "name": "Probe",
    "network": "9.7.7.0/24",
    "number": "4977007",
    "permissions": ["customers:read"],
    "prefix": "977",
    "rules": [],
    "role": "SUB_ADMIN",
    "to": "2100-01-01T00:00:00Z",
}

KEY_LENGTH = 100  # of an idempotency key: more than an id, which makes it another for each request

# Leaves of an answer that tell what it is about, besides the things it holds.
TELLING = frozenset({"accounts", "capacity", "deletedId", "deletedIds", "id", "totalCount"})

# What may be left out of inputs, but not when a probe is to go as far as the look-up: by the root
# field, or by the place where others of the same root must not have it.
BESIDE: Mapping[str, frozenset[str]] = {
    "resellerPriceSet(input.resellerId)": frozenset({"productId"}),
    "customersDelete": frozenset({"expectedCount"}),
    "customersUpdate": frozenset({"expectedCount", "recordsCalls"}),
    "customersUpdate(input.changes.rateGroupId)": frozenset({"ids"}),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One place: `path` leads through the arguments and inputs of a root field to an ID."""

    operation: str
    root: str
    path: Path
    field: GraphQLField

    def __str__(self) -> str:
        return f"{self.root}({'.'.join(self.path)})"

    @property
    def is_demanded(self) -> bool:
        """Whether the root field cannot be asked without."""
        kind: GraphQLInputType = self.field.args[self.path[0]].type
        for name in self.path[1:]:
            if not isinstance(kind, GraphQLNonNull):
                return False
            named = get_named_type(kind)
            assert isinstance(named, GraphQLInputObjectType)
            kind = named.fields[name].type
        return isinstance(kind, GraphQLNonNull)

    @property
    def key(self) -> str:
        """The name that says what is meant: the last of the path that is no operator."""
        return next(name for name in reversed(self.path) if name not in OPERATORS)


def places(schema: GraphQLSchema, operation: str) -> Iterator[Place]:
    """Every place below the root fields of an operation: query, mutation or subscription."""
    root = getattr(schema, f"{operation}_type")
    for name, field in root.fields.items():
        for argument, taken in field.args.items():
            for path in _paths(taken.type, (argument,), frozenset()):
                yield Place(operation, name, path, field)


def texts(schema: GraphQLSchema) -> Iterator[Place]:
    """Every place of a mutation for a text that means something; filters look for any text."""
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        for path in _paths(field.args["input"].type, ("input",), frozenset(), TEXTS):
            if path[-1] != "idempotencyKey" and "where" not in path:
                yield Place("mutation", name, path, field)


def meanings(place: Place, types: Sequence[str]) -> tuple[str, ...]:
    """The types of thing that a place means; raises LookupError when nothing says so."""
    told = MEANT.get(f"{place.root}.{place.key}") or MEANT.get(place.key)
    if told is not None:
        return tuple(types) if told == ("*",) else told
    by_own_name = place.key in {"id", "ids"}
    word = place.root if by_own_name else place.key.removesuffix("s").removesuffix("Id")
    word = word[:1].upper() + word[1:]
    found = [t for t in types if (word.startswith(t) if by_own_name else word.endswith(t))]
    if not found:
        raise LookupError(f"{place}: say in MEANT which type of thing this is")
    return (max(found, key=len),)


@dataclass(frozen=True, slots=True)
class Filler:
    """Fills in the rest of a request. own: an id by type, of what the asker may surely use."""

    own: Mapping[str, str]

    def request(self, place: Place, given: str, shown: str) -> tuple[str, dict[str, Any]]:
        """The document and variables of a request with this id in the place.

        shown: the selection of what is answered.
        """
        arguments = {
            name: argument.type
            for name, argument in place.field.args.items()
            if is_required_argument(argument) or name == place.path[0]
        }
        variables = {
            name: self._value(kind, (name,), place, given) for name, kind in arguments.items()
        }
        declared = ", ".join(f"${name}: {kind}" for name, kind in arguments.items())
        passed = ", ".join(f"{name}: ${name}" for name in arguments)
        return f"{place.operation}({declared}) {{ {place.root}({passed}){shown} }}", variables

    def _value(self, kind: GraphQLInputType, path: Path, place: Place, given: str) -> Any:
        leads = place.path[: len(path)] == path
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type, path, place, given)
        if isinstance(kind, GraphQLList) and (leads or path[-1] not in VALUES):
            return [self._value(kind.of_type, path, place, given)]
        if isinstance(kind, GraphQLInputObjectType):
            return {
                name: self._value(field.type, (*path, name), place, given)
                for name, field in kind.fields.items()
                if is_required_input_field(field)
                or (leads and place.path[len(path)] == name)
                or name in BESIDE.get(str(place), ())
                or name in BESIDE.get(place.root, ())
            }
        if leads:
            return given
        if get_named_type(kind).name == "ID":
            return self._own(place, path)
        return self._sample(kind, path[-1], given)

    def _own(self, place: Place, path: Path) -> str:
        beside = Place(place.operation, place.root, path, place.field)
        return self.own[meanings(beside, sorted(self.own))[0]]

    def _sample(self, kind: GraphQLInputType, name: str, given: str) -> Any:
        named = get_named_type(kind)
        if name == "idempotencyKey":
            return f"probe {given}"[:KEY_LENGTH]
        if name in VALUES:
            return VALUES[name]
        return (
            next(iter(named.values)) if isinstance(named, GraphQLEnumType) else SAMPLES[named.name]
        )


def shown_of(field: GraphQLField) -> str:
    """A selection that shows which things an answer holds, refusals and counts with them."""
    kind = get_named_type(field.type)
    if is_leaf_type(kind):
        return ""
    if not isinstance(kind, GraphQLObjectType):
        return " { __typename id }"
    chosen = ["__typename"]
    for name, inner in kind.fields.items():
        item = get_named_type(inner.type)
        if name in TELLING:
            chosen.append(name)
        elif name == "userErrors":
            chosen.append("userErrors { code field message }")
        elif name == "nodes" or isinstance(item, GraphQLInterfaceType) or "id" in _fields(item):
            chosen.append(
                f"{name}{' { __typename id }' if 'id' in _fields(item) else ' { __typename }'}"
            )
    return " { " + " ".join(chosen) + " }"


def _fields(kind: Any) -> Mapping[str, Any]:
    return getattr(kind, "fields", {})


def _paths(
    kind: GraphQLInputType, path: Path, above: frozenset[str], leaves: frozenset[str] = IDS
) -> Iterator[Path]:
    named = get_named_type(kind)
    if named.name in leaves:
        yield path
    elif isinstance(named, GraphQLInputObjectType) and named.name not in above:
        for name, field in named.fields.items():
            if name not in COMBINED:
                yield from _paths(field.type, (*path, name), above | {named.name}, leaves)
