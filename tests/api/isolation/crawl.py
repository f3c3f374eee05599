"""Everything that somebody can come upon: from every root, through every field of every type.

Whatever an answer holds by its id is asked for in turn, until nothing new is found.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from schema.scalars import global_id, type_and_id
from tests.api.isolation.ownership import Things, node_types
from tests.api.isolation.places import Filler, Place, meanings, places
from tests.api.product import Product, product_schema
from tests.people import Person

PAGE = 50  # more than anything in the world has
ALWAYS = 'between: {from: "2000-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z"}'
THING = " { __typename id }"


@dataclass
class Sighting:
    """What one person came upon.

    fields: those of which some answer had a value, as `Type.field`. refused: those that may not be
    asked. short: lists whose count is not that of what they hold.
    """

    things: Things = field(default_factory=lambda: defaultdict(set))
    fields: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    short: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All that was read, in small letters."""
        return "\n".join(self.texts).casefold()

    def note(self, type_name: str, row: dict[str, Any]) -> None:
        """Keep what an object of this type says of itself."""
        for name, value in row.items():
            each = fields_of(type_name).get(name)
            if each is None or value in (None, []):
                continue
            kind = get_named_type(each.type).name
            held = value["nodes"] if kind.endswith("Connection") else value
            if held == []:
                continue
            self.fields.add(f"{type_name}.{name}")
            if held is not value and len(held) != value["totalCount"]:
                self.short.add(f"{type_name}.{name}")
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, dict):
                    self._note_inner(kind, inner)

    def _note_inner(self, kind: str, inner: dict[str, Any]) -> None:
        found = type_and_id(inner["id"]) if "id" in inner else None
        if found is None:
            self.note(kind, inner)
        else:
            self.things[found[0]].add(found[1])


@dataclass(frozen=True, slots=True)
class Crawler:
    """One person at work."""

    product: Product
    person: Person
    seen: Sighting = field(default_factory=Sighting)

    async def crawl(self) -> Sighting:
        """Begin at the roots and follow every id."""
        for name, root in fields_of("Query").items():
            if not any(is_required_argument(argument) for argument in root.args.values()):
                await self._ask_all(name, root)
        asked: dict[str, set[UUID]] = defaultdict(set)
        while new := {t: ids - asked[t] for t, ids in self.seen.things.items() if ids - asked[t]}:
            for type_name, ids in new.items():
                asked[type_name] |= ids
                await self._look_at(type_name, sorted(ids))
        for place in places(product_schema()._schema, "query"):
            is_thing = "id" in fields_of(get_named_type(place.field.type).name)
            if not is_thing and (place.is_demanded or len(place.path) == 1):
                await self._ask_about(place)
        return self.seen

    async def _ask_all(self, name: str, root: GraphQLField) -> None:
        """A root, page by page."""
        answer = await self._ask(f"Query.{name}", f"{{ {named(name, root)} }}")
        if answer is None or "first" not in root.args:
            return self.seen.note("Query", answer or {})
        page = answer[name]
        while page["pageInfo"]["hasNextPage"]:
            after = f'first: {PAGE}, after: "{page["pageInfo"]["endCursor"]}"'
            document = f"{{ {named(name, root).replace(f'first: {PAGE}', after, 1)} }}"
            more = await self._ask(f"Query.{name}", document)
            assert more is not None
            page = more[name]
            answer[name]["nodes"] += page["nodes"]
        return self.seen.note("Query", answer)

    async def _ask_about(self, place: Place) -> None:
        """A root that tells of a thing what the thing does not."""
        filler = Filler({t: global_id(t, min(ids)) for t, ids in self.seen.things.items() if ids})
        selection = _selection(get_named_type(place.field.type), ())
        for type_name in meanings(place, node_types()):
            for thing in sorted(self.seen.things[type_name]):
                document, variables = filler.request(place, global_id(type_name, thing), selection)
                answer = await self._ask(f"Query.{place.root}", document, **variables)
                self.seen.note("Query", answer or {})

    async def _look_at(self, type_name: str, ids: list[UUID]) -> None:
        for names, selection in selections(type_name):
            found = f"nodes(ids: $ids) {{ ... on {type_name} {{ {selection} }} }}"
            document = f"query($ids: [ID!]!) {{ {found} }}"
            for start in range(0, len(ids), PAGE):
                some = [global_id(type_name, thing) for thing in ids[start : start + PAGE]]
                answer = await self._ask(f"{type_name}.{names}", document, ids=some)
                for row in answer["nodes"] if answer else ():
                    assert row is not None, (type_name, names, self.person.login)
                    self.seen.note(type_name, row)

    async def _ask(self, place: str, document: str, **variables: Any) -> dict[str, Any] | None:
        """What is answered; None when it may not be asked."""
        if place in self.seen.refused:
            return None
        answer = await self.product.send(self.person, document, **variables)
        if answer.codes == ["BAD_USER_INPUT"] and not variables:
            return None  # it has to be asked about something
        if answer.codes:
            assert set(answer.codes) == {"FORBIDDEN"}, (place, answer.body)
            self.seen.refused.add(place)
            return None
        self.seen.texts.append(json.dumps(answer.data, ensure_ascii=False))
        data: dict[str, Any] = answer.data
        return data


def selections(type_name: str) -> Iterator[tuple[str, str]]:
    """The fields of a type in documents of their own: all leaves at once, each other by itself."""
    kinds = {name: get_named_type(each.type) for name, each in fields_of(type_name).items()}
    leaves = [name for name, kind in kinds.items() if is_leaf_type(kind)]
    yield "leaves", " ".join(leaves)
    for name, each in fields_of(type_name).items():
        if name not in leaves:
            yield name, named(name, each)


def named(name: str, each: GraphQLField) -> str:
    """A field with arguments that leave nothing out, and a selection."""
    given = []
    if "between" in each.args:
        given.append(ALWAYS)
    if "first" in each.args:
        given.append(f"first: {PAGE}")
    arguments = f"({', '.join(given)})" if given else ""
    return f"{name}{arguments}{_selection(get_named_type(each.type), ())}"


def _selection(kind: GraphQLNamedType, above: tuple[str, ...]) -> str:
    if is_leaf_type(kind):
        return ""
    if isinstance(kind, GraphQLInterfaceType) or "id" in fields_of(kind.name):
        return THING
    assert kind.name not in above, kind.name
    chosen = [
        f"{name}{_whole(each)}{_selection(get_named_type(each.type), (*above, kind.name))}"
        for name, each in fields_of(kind.name).items()
        if name != "edges"
    ]
    return " { " + " ".join(chosen) + " }"


def _whole(each: GraphQLField) -> str:
    return f"(first: {PAGE})" if "first" in each.args else ""


def fields_of(type_name: str) -> dict[str, GraphQLField]:
    """The fields of an object type; none for any other."""
    type_ = product_schema()._schema.type_map[type_name]
    return dict(type_.fields) if isinstance(type_, GraphQLObjectType) else {}
