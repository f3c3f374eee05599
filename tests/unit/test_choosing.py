"""Whom somebody names for a job: ids, or a filter with its number; what is wrong with the wish."""

from __future__ import annotations

import pytest

from models.ids import new_id
from models.jobs.choosing import BOTH, EVERYBODY, NEITHER, UNCOUNTED, Wish, chosen
from models.jobs.selection import IDS_MOST
from models.rules.enums import Role
from models.rules.errors import DomainError, ErrorCode, Problem, Refused
from models.rules.filters import Criterion, Kind
from models.rules.viewer import Viewer

CRITERIA = {"number": Criterion("{t}.number", Kind.EXACT)}
NAMED = {"number": {"startsWith": "7"}}
ADMIN = Viewer(
    role=Role.ADMIN,
    principal_id=new_id(),
    account_id=None,
    permissions=frozenset(),
    reseller_ids=(),
    time_zone="UTC",
    name="Ada",
)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(), (NEITHER,)),
        (Wish(ids=()), (NEITHER,)),
        (Wish(ids=(new_id(),)), ()),
        (Wish(ids=(new_id(),), where={}), (BOTH,)),
        (Wish(where=NAMED, criteria=CRITERIA), (UNCOUNTED,)),
        (Wish(where={}, criteria=CRITERIA), (EVERYBODY, UNCOUNTED)),
        (Wish(where={}, criteria=CRITERIA, expected_count=0), (EVERYBODY,)),
        (Wish(where=NAMED, criteria=CRITERIA, expected_count=0), ()),
    ],
)
def test_a_wish_says_everything_that_is_wrong_with_it(
    wish: Wish, expected: tuple[Problem, ...]
) -> None:
    assert wish.problems() == expected
    if expected:
        with pytest.raises(Refused):
            chosen(wish, ADMIN)


def test_a_thousand_ids_can_be_named_and_no_more() -> None:
    ids = tuple(new_id() for _ in range(IDS_MOST + 1))
    assert chosen(Wish(ids=ids[:-1]), ADMIN).expected_count == IDS_MOST == 1000
    with pytest.raises(DomainError) as refused:
        chosen(Wish(ids=ids), ADMIN)
    assert (refused.value.code, refused.value.field) == (ErrorCode.LIMIT_EXCEEDED, ("ids",))


def test_the_same_id_twice_is_one() -> None:
    ids = tuple(new_id() for _ in range(IDS_MOST))
    choice = chosen(Wish(ids=(*ids, *ids)), ADMIN)
    assert choice.expected_count == IDS_MOST
    assert choice.selection.values[0] == list(ids)


def test_a_number_beside_ids_has_to_be_theirs() -> None:
    ids = (new_id(), new_id())
    assert chosen(Wish(ids=ids, expected_count=2), ADMIN).expected_count == 2
    with pytest.raises(DomainError) as refused:
        chosen(Wish(ids=ids, expected_count=3), ADMIN)
    assert (refused.value.code, refused.value.field) == (
        ErrorCode.WRONG_STATE,
        ("expectedCount",),
    )


def test_another_number_of_matches_than_expected_is_told_by_what_was_named() -> None:
    by_ids = chosen(Wish(ids=(new_id(),)), ADMIN)
    by_filter = chosen(Wish(where=NAMED, criteria=CRITERIA, expected_count=2), ADMIN)
    by_ids.confirm(1)
    by_filter.confirm(2)
    for choice, code in ((by_ids, ErrorCode.NOT_FOUND), (by_filter, ErrorCode.WRONG_STATE)):
        with pytest.raises(DomainError) as refused:
            choice.confirm(0)
        assert refused.value.code is code
