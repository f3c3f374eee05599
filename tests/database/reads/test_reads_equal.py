"""The same answer three ways: the statement's text, graphql-core over its JSON, and naive reads."""

import json
import random
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, print_schema

from schema.scalars import global_id, type_and_id
from tests.database.reads.conftest import Shop, same
from tests.database.reads.generate import Drawn
from tests.database.reads.naive import naive_answer
from tests.database.reads.naive_rows import KEYS, TABLE_OF, Naive
from tests.database.reads.shop_tables import PersonField, State
from tests.database.reads.world import World

DOCUMENTS = 60
ARGUMENTS = frozenset(
    ["where", "orderBy", "between", "longerThan", "first", "after", "last", "before"]
)
ROOTS = ["customers", "customers", "customers", "customer", "customerByNumber", "person"]
ROOTS += ["me", "plans", "node", "nodes"]
TEXTS = ("", "c", "ACME", "acme", "C00", "%", "_", "\\", '"', "100%_", "Ü", "🙂")
DAYS = ("2020-02-29", "2026-11-24", "2026-03-29", "2027-01-01")
INSTANTS = ("2020-02-29T00:00:00Z", "2026-11-24T10:00:00+05:30", "2027-01-01T00:00:00Z")
AMOUNTS = ("0", "-10.5", "25.000000", "99999999999999")
COMPARED = ("eq", "ne", "gt", "gte", "lt", "lte")
DAY_OPERATORS = ("on", "notOn", "since", "until")
LIKENESSES = ("eq", "ne", "contains", "notContains", "startsWith", "endsWith")


class Word(str):
    """An enum value in a literal."""

    __slots__ = ()


def literal(value: Any) -> str:
    """A value as GraphQL writes it."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {literal(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(inner) for inner in value) + "]"
    return json.dumps(value)


class Values:
    """What arguments can be given. places: the cursors of each ordering."""

    def __init__(
        self, chance: random.Random, world: World, places: dict[str, dict[str, str]]
    ) -> None:
        self._chance = chance
        self._places = places
        self._ids = {
            kind: [global_id(kind, row["id"]) for row in world.tables[table][:8]]
            for kind, table in TABLE_OF.items()
            if kind != "Call"
        }

    def __call__(self, name: str, given: list[str]) -> str:
        """A literal for an argument; `given` are those that stand before it."""
        if name in {"after", "before"}:
            return self._cursor(given)
        return literal(self._nodes() if name == "ids" else getattr(self, f"_{name}")())

    def _cursor(self, given: list[str]) -> str:
        order = next((text for text in given if text.startswith("orderBy: ")), "")
        found = self._places.get(order.removeprefix("orderBy: "))
        return json.dumps(self._chance.choice([*found])) if found else "null"

    def _id(self) -> str:
        kind = self._chance.choice([*self._ids])
        return self._chance.choice([*self._ids[kind], "nothing", "Zm9v"])

    def _ids_of(self, kind: str) -> str:
        return self._chance.choice([*self._ids[kind], "?"])

    def _nodes(self) -> list[str]:
        return [self._id() for _ in range(self._chance.randrange(6))]

    def _number(self) -> str:
        return self._chance.choice(["C001", "C017", "no"])

    def _longerThan(self) -> int:  # noqa: N802 - named as the argument
        return self._chance.randrange(100)

    def _between(self) -> dict[str, str]:
        return {"from": self._chance.choice(INSTANTS), "to": self._chance.choice(INSTANTS)}

    def _orderBy(self) -> dict[str, Any]:  # noqa: N802 - named as the argument
        field = self._chance.choice([*PersonField.__members__])
        return {"field": Word(field), "direction": Word(self._chance.choice(["ASC", "DESC"]))}

    def _where(self, depth: int = 2) -> dict[str, Any]:
        """Every key and operator, combined, now and then with null."""
        if depth and self._chance.random() < 0.4:
            joint = self._chance.choice(["and", "or", "not"])
            inner = [self._where(depth - 1) for _ in range(self._chance.randrange(3))]
            return {joint: self._where(depth - 1) if joint == "not" else inner}
        keys = self._chance.sample([*_CRITERIA], self._chance.randrange(3))
        return {key: self._criterion(key) for key in keys}

    def _criterion(self, key: str) -> Any:
        operators, value = _CRITERIA[key]
        if not operators:
            return value(self)
        chosen = self._chance.sample(operators, self._chance.randrange(3))
        return {operator: self._operand(operator, value) for operator in chosen}

    def _operand(self, operator: str, value: Any) -> Any:
        if self._chance.random() < 0.1:
            return None
        if operator == "isNull":
            return self._chance.random() < 0.5
        if operator in DAY_OPERATORS:
            return self._chance.choice(DAYS)
        if operator == "in":
            return [value(self) for _ in range(self._chance.randrange(4))]
        return value(self)

    def pick(self, *choices: Any) -> Any:
        """One of these."""
        return self._chance.choice(choices)


def _text(values: Values) -> Any:
    return values.pick(*TEXTS)


_CRITERIA: dict[str, tuple[tuple[str, ...], Any]] = {
    "id": (("eq", "ne", "in"), lambda values: values._ids_of("Customer")),
    "number": ((*LIKENESSES, "in", "isNull"), _text),
    "name": ((*LIKENESSES, "in", "isNull"), _text),
    "company": ((*LIKENESSES, "in", "isNull"), _text),
    "state": (("eq", "ne", "in"), lambda values: Word(values.pick(*State.__members__))),
    "calls": ((*COMPARED, "in"), lambda values: values.pick(-1, 0, 1, 2, 3, 4, 5)),
    "balance": (COMPARED, lambda values: values.pick(*AMOUNTS)),
    "endsAt": ((*COMPARED[2:], *DAY_OPERATORS, "isNull"), lambda values: values.pick(*INSTANTS)),
    "planId": (("eq", "ne", "in", "isNull"), lambda values: values._ids_of("Plan")),
    "ended": ((), lambda values: values.pick(True, False)),
    "ownedBy": ((), lambda values: values._ids_of("Owner")),
    "search": ((), lambda values: values.pick("c01", "acme", "%", "müller", "ünï")),
}


async def all_places(shop: Shop) -> dict[str, dict[str, str]]:
    """For each ordering the id behind each cursor."""
    found = {}
    for field in KEYS:
        for direction in ("ASC", "DESC"):
            order = literal({"field": Word(field), "direction": Word(direction)})
            answer = await shop.as_bytes(
                "{ customers(first: 100, where: {state: {in: [ON, OFF, GONE]}}, orderBy: "
                + order
                + ") { edges { cursor node { id } } } }",
                shop.world.viewers["staff"],
            )
            edges = answer["customers"]["edges"]
            found[order] = {edge["cursor"]: edge["node"]["id"] for edge in edges}
    return found


@pytest.fixture(scope="session")
async def places(the_shop: Shop) -> dict[str, dict[str, str]]:
    return await all_places(the_shop)


@pytest.fixture(scope="session")
def plain_schema(the_shop: Shop) -> GraphQLSchema:
    return build_schema(print_schema(the_shop.schema))


@pytest.mark.parametrize("seed", range(DOCUMENTS))
async def test_any_document_is_answered_alike_three_ways_for_every_viewer(
    the_shop: Shop, places: dict[str, dict[str, str]], plain_schema: GraphQLSchema, seed: int
) -> None:
    chance = random.Random(seed)
    values = Values(chance, the_shop.world, places)
    drawn = Drawn(chance, the_shop.schema, values, optional=ARGUMENTS)
    text = drawn.text(ROOTS)
    variables = {name: value for name, (_, value) in drawn.variables.items()}
    ids = {
        cursor: found[1]
        for ordering in places.values()
        for cursor, node in ordering.items()
        if (found := type_and_id(node))
    }
    for viewer in the_shop.world.viewers.values():
        answer = await the_shop.both(text, viewer, **variables)
        expected = naive_answer(Naive(the_shop.world, viewer, ids), plain_schema, text, variables)
        assert same(answer, expected), (text, variables, answer, expected)
