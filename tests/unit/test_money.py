"""Amounts: reading, rounding and writing them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.currencies import MINOR_DIGITS
from models.rules.money import (
    amount_violation,
    ledger_amount,
    minor_digits,
    minor_digits_violation,
    non_negative_violation,
    parse_decimal,
    plain_text,
    rounded,
)

AMOUNTS = st.decimals(
    min_value=Decimal("-99999999999999.999999"),
    max_value=Decimal("99999999999999.999999"),
    places=6,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("-5.25", "-5.25"),
        ("+3", "3"),
        (".5", "0.5"),
        ("99999999999999.999999", "99999999999999.999999"),
        ("007", "7"),
    ],
)
def test_plain_numbers_are_read(text: str, value: str) -> None:
    assert parse_decimal(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "1 ", "1\n", "NaN", "Infinity", "-inf", "1e3", "1,5", "1.", "1_000", "٣", "--1"),
        *("123456789012345", "0.1234567", "0x10", "½"),
    ],
)
def test_anything_else_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="plain decimal number"):
        parse_decimal(text)


@given(AMOUNTS)
def test_what_is_written_reads_back(amount: Decimal) -> None:
    assert parse_decimal(plain_text(amount)) == amount


@given(AMOUNTS)
def test_every_amount_of_the_ledger_is_accepted(amount: Decimal) -> None:
    assert amount_violation(amount) is None
    assert (non_negative_violation(amount) is None) == (amount >= 0)
    assert ledger_amount(amount) == amount


@pytest.mark.parametrize(
    ("amount", "text"),
    [("25.000000", "25"), ("-0.00", "0"), ("1E+3", "1000"), ("0.10", "0.1"), ("1E-6", "0.000001")],
)
def test_amounts_are_written_without_trailing_zeros(amount: str, text: str) -> None:
    assert plain_text(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("2.345", "EUR", "2.35"),
        ("-2.345", "EUR", "-2.35"),
        ("2.344999", "EUR", "2.34"),
        ("0.5", "JPY", "1"),
        ("1.2345", "KWD", "1.235"),
    ],
)
def test_documents_round_half_away_from_zero(amount: str, currency: str, shown: str) -> None:
    assert str(rounded(Decimal(amount), currency)) == shown


@given(AMOUNTS, st.sampled_from(sorted(MINOR_DIGITS)))
def test_rounding_moves_by_half_a_unit_at_most_and_then_stands(
    amount: Decimal, currency: str
) -> None:
    shown = rounded(amount, currency)
    assert abs(shown - amount) * 2 <= Decimal(1).scaleb(-minor_digits(currency))
    assert rounded(shown, currency) == shown
    assert minor_digits_violation(shown, currency) is None


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E14", "0.0000001"])
def test_what_the_ledger_can_not_hold_is_refused(amount: str) -> None:
    assert amount_violation(Decimal(amount)) is not None


def test_common_currencies_have_their_minor_digits() -> None:
    assert [minor_digits(code) for code in ("EUR", "USD", "JPY", "KWD", "CLP")] == [2, 2, 0, 3, 0]
