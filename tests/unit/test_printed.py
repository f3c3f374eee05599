"""Amounts, quantities and periods as papers and mails print them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.rules.printed import shown_amount, shown_period, shown_quantity


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1234.5", "EUR", "1,234.50 EUR"),
        ("-0.005", "USD", "-0.01 USD"),
        ("1234567.5", "JPY", "1,234,568 JPY"),
        ("0.1255", "KWD", "0.126 KWD"),
    ],
)
def test_an_amount_has_its_currencys_digits(amount: str, currency: str, shown: str) -> None:
    assert shown_amount(Decimal(amount), currency) == shown


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [("3.000000", "3"), ("12.5", "12.5"), ("0.016667", "0.02"), ("123456.25", "123,456.25")],
)
def test_a_quantity_has_no_more_digits_than_it_needs(quantity: str, shown: str) -> None:
    assert shown_quantity(Decimal(quantity)) == shown


def test_a_period_ends_on_its_last_day_in_the_zone_of_its_reader() -> None:
    start = datetime(2026, 2, 28, 23, tzinfo=UTC)
    end = datetime(2026, 3, 31, 22, tzinfo=UTC)  # the clocks went forward between
    assert shown_period("Europe/Berlin", start, end) == "1 March 2026 to 31 March 2026"
    assert shown_period("Europe/Berlin", start, start.replace(hour=23, minute=30)) == "1 March 2026"
