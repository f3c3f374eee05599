"""Account numbers: syntax, drawing, and the dealing order of a range."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.account_number import (
    DealingOrder,
    NumberRange,
    folded_number,
    number_violation,
    random_number,
)

KEY = bytes(range(32))


@pytest.mark.parametrize("number", ["1", "A" * 20, "+49.30_x-Y", "0000000000"])
def test_numbers_are_letters_digits_and_four_signs(number: str) -> None:
    assert number_violation(number) is None


@pytest.mark.parametrize("number", ["", "a" * 21, "1 2", "1\n", "é", "٣", "a@b", "a/b", "\x00"])
def test_other_texts_are_no_numbers(number: str) -> None:
    assert number_violation(number) is not None


def test_case_makes_no_other_number() -> None:
    assert folded_number("AbC-1") == folded_number("aBc-1")


@pytest.mark.parametrize("length", [1, 2, 10, 20])
def test_a_drawn_number_has_its_length_and_no_leading_zero(length: int) -> None:
    for _ in range(50):
        number = random_number(length)
        assert len(number) == length
        assert number.isdecimal()
        assert number[0] != "0"


def test_drawn_numbers_differ() -> None:
    assert len({random_number() for _ in range(200)}) == 200


@pytest.mark.parametrize(("prefix", "length"), [("", 1), ("44", 3), ("", 3), ("0", 4), ("9", 5)])
def test_a_small_range_is_dealt_out_wholly_and_once(prefix: str, length: int) -> None:
    order = DealingOrder(KEY, NumberRange(prefix, length))
    dealt = [order.number_at(position) for position in range(order.range.size)]
    assert sorted(dealt) == [order.range.number(offset) for offset in range(order.range.size)]


@given(
    key=st.binary(min_size=16, max_size=64),
    prefix=st.text("0123456789", max_size=12),
    free_digits=st.integers(1, 8),
    positions=st.sets(st.integers(0, 10**8 - 1), min_size=1, max_size=20),
)
@settings(max_examples=60)
def test_the_order_is_a_bijection_that_keeps_prefix_and_length(
    key: bytes, prefix: str, free_digits: int, positions: set[int]
) -> None:
    order = DealingOrder(key, NumberRange(prefix, len(prefix) + free_digits))
    inside = {position % order.range.size for position in positions}
    dealt = {position: order.number_at(position) for position in inside}
    assert len(set(dealt.values())) == len(inside)
    for position, number in dealt.items():
        assert number.startswith(prefix)
        assert len(number) == order.range.length
        assert order.position_of(number) == position


def test_the_order_is_the_same_every_time_and_another_with_another_key() -> None:
    wide = NumberRange("44", 12)
    first = [DealingOrder(KEY, wide).number_at(position) for position in range(20)]
    assert first == [DealingOrder(KEY, wide).number_at(position) for position in range(20)]
    other = DealingOrder(KEY[::-1], wide)
    assert first != [other.number_at(position) for position in range(20)]
    assert first != sorted(first)


def test_every_digit_comes_about_as_often() -> None:
    order = DealingOrder(KEY, NumberRange("", 10))
    lasts = [order.number_at(position)[-1] for position in range(5000)]
    assert all(400 < lasts.count(digit) < 600 for digit in "0123456789")


def test_the_order_never_changes_between_releases() -> None:
    order = DealingOrder(KEY, NumberRange("555", 10))
    dealt = [order.number_at(position) for position in range(3)]
    assert dealt == ["5557074628", "5553334927", "5553523229"]
