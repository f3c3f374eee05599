"""The committed schema is the code's, and nobody breaks a caller without a decision."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.sdl import PRESENT, PROMISED, built, shape, unnamed_breaks

BEFORE = """
"A pet." type Pet { "Its name." name: String! age: Int }
enum Kind { CAT DOG }
input PetFilter { name: String }
type Query {
  node(id: ID!): Pet legs: Int pet(id: ID!): Pet pets(where: PetFilter): [Pet!]! kind: Kind
}
"""


def test_the_committed_schema_is_that_of_the_code() -> None:
    assert PRESENT.read_text() == built(), "run make schema"


def test_no_caller_is_broken_without_a_decision() -> None:
    assert unnamed_breaks(PROMISED.read_text(), built()) == []


def test_whatever_the_schema_says_is_promised() -> None:
    assert PROMISED.read_text() == shape(built()), "run make schema"


@pytest.mark.parametrize(
    ("said", "instead", "sentence"),
    [
        (" age: Int", "", "Pet.age was removed."),
        ("name: String!", "name: String", "Pet.name changed type from String! to String."),
        ("CAT DOG", "CAT", "Kind.DOG was removed."),
        ("{ name: String }", "{ name: String age: Int! }", "PetFilter.age was added."),
        ("pet(id: ID!): Pet ", "", "Query.pet was removed."),
        ("where: PetFilter", "where: PetFilter!", "has changed type from PetFilter to PetFilter!"),
    ],
)
def test_a_change_that_breaks_callers_needs_a_decision(
    said: str, instead: str, sentence: str, tmp_path: Path
) -> None:
    after = BEFORE.replace(said, instead)
    (found,) = unnamed_breaks(BEFORE, after, tmp_path)
    assert sentence in found
    (tmp_path / "0001.md").write_text(f"# A pet has no age\n\n{found} Nobody asked for it.\n")
    assert unnamed_breaks(BEFORE, after, tmp_path) == []


def test_an_addition_breaks_nobody(tmp_path: Path) -> None:
    after = BEFORE.replace("age: Int", "age: Int weight: Float").replace("DOG", "DOG BIRD")
    assert unnamed_breaks(BEFORE, after, tmp_path) == []


def test_the_shape_of_a_schema_has_no_descriptions() -> None:
    assert shape('"A pet." type Pet { "Its name." name(in: String = "x"): String }') == (
        'type Pet {\n  name(in: String = "x"): String\n}\n'
    )
