"""The schema says what the contract promised, word for word, and never less of it than before."""

from __future__ import annotations

import pytest

from schema.root import build
from tests.house.contract import CONTRACT, compare
from tests.house.decisions import decided

# What the contract promises and the schema does not have yet. It only ever gets smaller.
MOST_MISSING = 0

PROMISE = """
scalar Colour @specifiedBy(url: "x")
enum Kind { CAT DOG }
interface Node { id: ID! }
type Pet implements Node { id: ID! name(in: String): String! friends: PetConnection! }
type PetConnection { nodes: [Pet!]! }
input PetInput { name: String = "Rex" }   # new; payload: pet: Pet, secret (once, or null)
type PetPayload { pet: Pet secret: String }
input Pick @oneOf { name: String age: Int }
type Query { pet(id: ID!): Pet  kind: Kind  colour: Colour }
"""
ARGUMENTS = "(first: Int, after: Cursor, last: Int, before: Cursor)"
KEPT = PROMISE.replace("friends", f"friends{ARGUMENTS}")


def test_the_schema_agrees_with_the_contract() -> None:
    differences = compare(CONTRACT.read_text(), build().as_str()).differences
    assert {p: words for p, words in differences.items() if not decided(f"`{p}`")} == {}


def test_what_is_missing_of_the_contract_gets_less() -> None:
    missing = compare(CONTRACT.read_text(), build().as_str()).missing
    assert len(missing) <= MOST_MISSING, sorted(missing)


def test_a_schema_that_keeps_its_promise_has_no_differences() -> None:
    comparison = compare(PROMISE, KEPT + "type More { field: Int }")
    assert comparison.differences == {}
    assert comparison.missing == frozenset()


@pytest.mark.parametrize(
    ("said", "instead", "place"),
    [
        ("name(in: String): String!", "name(in: String): String", "Pet.name"),
        ("name(in: String)", "name", "Pet.name"),
        ("name(in: String)", "name(in: String, at: Int!)", "Pet.name"),
        (ARGUMENTS, "", "Pet.friends"),
        (' = "Rex"', "", "PetInput.name"),
        ("input PetInput {", "input PetInput { age: Int!", "PetInput.age"),
        (" @oneOf", "", "Pick"),
        ("input Pick @oneOf {", "input Pick @oneOf { size: Int!", "Pick.size"),
        ("type Pet implements Node {", "type Pet {", "Pet"),
        ("enum Kind { CAT DOG }", "scalar Kind", "Kind"),
        (' @specifiedBy(url: "x")', "", "Colour"),
    ],
)
def test_a_difference_from_the_contract_is_seen(said: str, instead: str, place: str) -> None:
    changed = KEPT.replace(said, instead)
    assert changed != KEPT
    assert set(compare(PROMISE, changed).differences) == {place}


@pytest.mark.parametrize(
    ("instead", "place"),
    [("pet: Pet", "PetPayload.secret"), ("pet: String secret: String", "PetPayload.pet")],
)
def test_a_payload_without_what_is_promised_beside_its_input_is_seen(
    instead: str, place: str
) -> None:
    said = "input PetInput { name: String }  # new; payload: pet: Pet, secret (once, or null)"
    built = f"input PetInput {{ name: String }} type PetPayload {{ {instead} }}"
    assert set(compare(said, built).differences) == {place}
    assert compare(said, "input PetInput { name: String }").differences == {}


@pytest.mark.parametrize(
    ("said", "instead", "place"),
    [
        ("CAT DOG", "CAT", "Kind.DOG"),
        ("kind: Kind ", "", "Query.kind"),
        ('name: String = "Rex"', "age: Int", "PetInput.name"),
        ('scalar Colour @specifiedBy(url: "x")', "", "Colour"),
    ],
)
def test_what_is_missing_is_seen(said: str, instead: str, place: str) -> None:
    changed = KEPT.replace(said, instead)
    assert changed != KEPT
    assert compare(PROMISE, changed).missing == {place}
