"""Whom a filter can leave out, however it is said."""

from __future__ import annotations

import pytest

from models.rules.filter_reach import takes_everybody, words_left
from models.rules.filters import Filter, Shape

NAMED: Shape = (("number", ("eq",)),)
NOTHING: Shape = ()


def _and(*shapes: Shape) -> Shape:
    return (("and", shapes),)


def _or(*shapes: Shape) -> Shape:
    return (("or", shapes),)


def _not(shape: Shape) -> Shape:
    return (("not", shape),)


@pytest.mark.parametrize(
    "shape",
    [
        NOTHING,
        (("number", ()),),
        _and(),
        _and(NOTHING, NOTHING),
        _or(NOTHING),
        _or(NAMED, NOTHING),
        _not(_not(NOTHING)),
        _not(_or()),
        _not(_and(NAMED, _or())),
        _and(_or(NAMED, NOTHING), NOTHING),
    ],
)
def test_a_filter_that_says_nothing_takes_everybody(shape: Shape) -> None:
    assert takes_everybody(shape)


@pytest.mark.parametrize(
    "shape",
    [
        NAMED,
        _and(NAMED, NOTHING),
        _or(NAMED),
        _or(NAMED, NAMED),
        _or(),
        _not(NAMED),
        _not(NOTHING),
        _not(_or(NAMED, NOTHING)),
        (*NAMED, ("company", ())),
        (*_or(NAMED, NOTHING), *NAMED),
    ],
)
def test_a_filter_that_may_leave_somebody_out_does_not(shape: Shape) -> None:
    assert not takes_everybody(shape)


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
