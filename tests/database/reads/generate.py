"""Documents drawn at random over a schema: aliases, fragments, directives, variables, arguments.

What is drawn is valid by construction; values of arguments come from the rows that exist.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
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

DEPTH = 4
Parent = GraphQLObjectType | GraphQLInterfaceType


@dataclass(slots=True)
class Drawn:
    """A document in the making."""

    chance: random.Random
    schema: GraphQLSchema
    values: "Callable[[str, list[str]], str]"
    allowed: "Callable[[Parent, GraphQLField], bool]" = lambda _, field: (
        not isinstance(form_of(field), Computed)
    )
    optional: frozenset[str] = frozenset({"first", "last"})
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    aliases: int = 0

    def text(self, roots: list[str]) -> str:
        """A query over some of these root fields."""
        assert self.schema.query_type is not None
        names = self.chance.choices(roots, k=self.chance.randint(1, 2))
        fields = [self._field(self.schema.query_type.fields[name], name, DEPTH) for name in names]
        declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in self.variables.items())
        head = f"query Q({declared})" if declared else "query Q"
        return " ".join([head, "{", *fields, "}", *self.fragments])

    def _chance(self, of: int) -> bool:
        return self.chance.randrange(of) == 0

    def _field(self, compiled: GraphQLField, name: str, depth: int) -> str:
        """Always under an alias of its own, so that nothing conflicts."""
        self.aliases += 1
        alias = f"a{self.aliases}"
        arguments = self._arguments(compiled)
        inner = self._selection(get_named_type(compiled.type), depth)
        return f"{alias}: {name}{arguments}{self._directive()}{inner}"

    def _arguments(self, compiled: GraphQLField) -> str:
        given: list[str] = []
        for name, spec in compiled.args.items():
            if name == "last" and any(text.startswith("first") for text in given):
                continue
            if is_required_argument(spec) or (name in self.optional and self._chance(4)):
                given.append(f"{name}: {self._value(name, given)}")
        return f"({', '.join(given)})" if given else ""

    def _value(self, name: str, given: list[str]) -> str:
        if name in {"first", "last"}:
            return self._variable("Int", self.chance.randrange(6))
        return self.values(name, given)

    def _variable(self, kind: str, value: Any) -> str:
        if self._chance(2):
            return str(value).lower() if isinstance(value, bool) else str(value)
        name = f"v{len(self.variables)}"
        self.variables[name] = (kind, value)
        return f"${name}"

    def _directive(self) -> str:
        if not self._chance(8):
            return ""
        name = self.chance.choice(["skip", "include"])
        return f" @{name}(if: {self._variable('Boolean!', self.chance.random() < 0.5)})"

    def _selection(self, type_: GraphQLNamedType, depth: int) -> str:
        if is_leaf_type(type_):
            return ""
        return f" {{ __typename {self._inside(type_, depth)} }}"

    def _inside(self, type_: GraphQLNamedType, depth: int) -> str:
        assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        possible = [
            (name, inner)
            for name, inner in type_.fields.items()
            if self.allowed(type_, inner)
            and (depth > 0 or is_leaf_type(get_named_type(inner.type)))
        ]
        chosen = self.chance.choices(possible, k=self.chance.randint(1, 4)) if possible else []
        fields = [self._field(inner, name, depth - 1) for name, inner in chosen]
        return " ".join([*fields, *self._fragments(type_, depth)])

    def _fragments(self, type_: GraphQLNamedType, depth: int) -> list[str]:
        found = []
        if self._chance(5):
            found.append(
                f"... {{ {self._inside(type_, depth - 1)} }}"
                if depth > 0
                else "...{id: __typename}"
            )
        if self._chance(5) and depth > 0:
            name = f"F{len(self.fragments)}"
            self.fragments.append("")
            self.fragments[int(name[1:])] = (
                f"fragment {name} on {type_.name} {{ {self._inside(type_, depth - 1)} }}"
            )
            found += [f"...{name}{self._directive()}", f"...{name}"]
        if isinstance(type_, GraphQLInterfaceType) and depth > 0:
            for member in self.schema.get_possible_types(type_):
                if self._chance(3):
                    found.append(f"... on {member.name} {{ {self._inside(member, depth - 1)} }}")
        return found
