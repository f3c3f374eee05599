"""Every text key of every filter, and what somebody's words find by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLInputObjectType, get_named_type

from tests.api.isolation.crawl import fields_of
from tests.api.isolation.furnishing import Label
from tests.api.isolation.places import shown_of
from tests.api.product import Product
from tests.people import Person

# By operator: which words of an owner are looked for. eq, ne and endsWith compare as `in` does.
OPERATORS = {"contains": "parts", "notContains": "parts", "startsWith": "parts", "in": "whole"}


@dataclass(frozen=True, slots=True)
class Search:
    """One text key: where it stands, and an operator; "" for a key that is a text itself."""

    root: str
    kind: str
    key: str
    operator: str

    def __str__(self) -> str:
        return f"{self.root}(where.{self.key}.{self.operator})"

    def asked(self, label: Label) -> list[Any]:
        """What is looked for by this operator when an owner's things are meant."""
        if self.operator == "in":
            return [words(label)]
        return parts(label)

    async def found(self, product: Product, person: Person, asked: Any) -> Any:
        """How many of the things that somebody sees there match."""
        shown = shown_of(fields_of("Query")[self.root])
        document = f"query($where: {self.kind}) {{ {self.root}(where: $where){shown} }}"
        given = {self.operator: asked} if self.operator else asked
        answer = await product.send(person, document, where={self.key: given})
        return answer.codes or answer.data[self.root]


def searches() -> Iterator[Search]:
    """One for each text key of each root list, by each operator."""
    for root, each in fields_of("Query").items():
        where = get_named_type(each.args["where"].type) if "where" in each.args else None
        if not isinstance(where, GraphQLInputObjectType):
            continue
        for key, taken in where.fields.items():
            name = get_named_type(taken.type).name
            if name in {"String", "StringFilter"}:
                operators = OPERATORS if name == "StringFilter" else ("",)
                yield from (Search(root, where.name, key, operator) for operator in operators)


def parts(label: Label) -> list[str]:
    """What all texts of an owner's things begin with or have in them."""
    return [label.mark, label.mark.casefold(), f"+495577{label.digits}", f"495577{label.digits}"]


def words(label: Label) -> list[str]:
    """Whole texts that stand in an owner's things."""
    mark, low, digits = label.mark, label.mark.casefold(), f"495577{label.digits}"
    names = [f"{mark}-reseller", f"{mark}-customer", f"{mark}-phone", f"{mark} customer"]
    names += [mark, f"{mark} Ltd", f"{mark} Inc", f"customer@{low}.example"]
    return [*names, f"+{digits}000", f"+{digits}001", f"{digits}001", f"{digits}009"]
