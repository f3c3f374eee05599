"""Whom a filter can leave out, however it is said."""

from __future__ import annotations

from typing import Any

import pytest

from models.rules.filter_reach import takes_everybody, words_left
from models.rules.filters import Criterion, Filter, Kind

CRITERIA = {
    "number": Criterion("{t}.number", Kind.EXACT),
    "company": Criterion("{t}.company", Kind.TEXT),
    "status": Criterion("{t}.status", Kind.WORD),
    "expired": Criterion("{value}", Kind.CONDITION, value_type="bool"),
    "search": Criterion("{t}.searched", Kind.SEARCH),
}
NAMED: Filter = {"number": {"eq": "1"}}
NOTHING: Filter = {}


def _and(*shapes: Filter) -> Filter:
    return {"and": list(shapes)}


def _or(*shapes: Filter) -> Filter:
    return {"or": list(shapes)}


def _not(shape: Filter) -> Filter:
    return {"not": shape}


def _company(operator: str, operand: Any) -> Filter:
    return {"company": {operator: operand}}


@pytest.mark.parametrize(
    "given",
    [
        NOTHING,
        {"number": {}},
        {"number": None},
        {"number": {"eq": None}},
        _and(),
        _and(NOTHING, NOTHING),
        _or(NOTHING),
        _or(NAMED, NOTHING),
        _not(_not(NOTHING)),
        _not(_or()),
        _not(_and(NAMED, _or())),
        _and(_or(NAMED, NOTHING), NOTHING),
        {"search": ""},
        {"search": " \t"},
        _company("contains", ""),
        _company("startsWith", ""),
        _company("endsWith", " "),
        _not(_company("notContains", "")),
        _not(_company("in", [])),
        _or(NAMED, {"search": ""}),
        {"company": {"contains": "", "startsWith": ""}},
    ],
)
def test_a_filter_that_says_nothing_takes_everybody(given: Filter) -> None:
    assert takes_everybody(given, CRITERIA)


@pytest.mark.parametrize(
    "given",
    [
        NAMED,
        _and(NAMED, NOTHING),
        _or(NAMED),
        _or(NAMED, NAMED),
        _or(),
        _not(NAMED),
        _not(NOTHING),
        _not(_or(NAMED, NOTHING)),
        {**NAMED, "company": {}},
        {**_or(NAMED, NOTHING), **NAMED},
        {"search": "a"},
        {"search": "", **NAMED},
        {"expired": False},
        {"status": {"in": ["ACTIVE"]}},
        _company("eq", ""),
        _company("ne", ""),
        _company("isNull", False),
        _company("in", []),
        _company("notContains", ""),
        {"company": {"contains": "", "endsWith": "x"}},
    ],
)
def test_a_filter_that_may_leave_somebody_out_does_not(given: Filter) -> None:
    assert not takes_everybody(given, CRITERIA)


PROVIDERS = frozenset({"PROVIDER"})
KINDS = PROVIDERS | {"CUSTOMER"}


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({}, KINDS),
        ({"kind": None}, KINDS),
        ({"kind": {"eq": None, "in": None}}, KINDS),
        ({"number": {"eq": "PROVIDER"}}, KINDS),
        ({"kind": {"eq": "PROVIDER"}}, PROVIDERS),
        ({"kind": {"in": ["PROVIDER"]}}, PROVIDERS),
        ({"kind": {"ne": "CUSTOMER"}}, PROVIDERS),
        ({"kind": {"eq": "PROVIDER", "ne": "PROVIDER"}}, frozenset()),
        ({"kind": {"in": ["PROVIDER", "CUSTOMER"]}}, KINDS),
        ({"and": [{"number": {"eq": "1"}}, {"kind": {"ne": "CUSTOMER"}}]}, PROVIDERS),
        ({"and": [{"and": [{"kind": {"eq": "PROVIDER"}}]}]}, PROVIDERS),
        ({"or": [{"kind": {"eq": "PROVIDER"}}, {"kind": {"ne": "CUSTOMER"}}]}, PROVIDERS),
        ({"or": [{"kind": {"eq": "PROVIDER"}}, {"number": {"eq": "1"}}]}, KINDS),
        ({"or": []}, frozenset()),
        ({"not": {"kind": {"eq": "CUSTOMER"}}}, KINDS),
    ],
)
def test_it_is_known_which_words_of_a_field_a_filter_leaves(
    given: Filter, left: frozenset[str]
) -> None:
    assert words_left(given, "kind", KINDS) == left
