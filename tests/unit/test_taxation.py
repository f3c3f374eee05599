"""Taxes of a document: each on the net, rounded by itself, none without a net."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from models.rules.taxation import TaxRate, TaxShare, split_tax, taxes_on, total_tax

VAT = TaxRate("VAT", Decimal(19), Decimal(0), priority=1)
LEVY = TaxRate("City levy", Decimal("2.5"), Decimal("0.10"), priority=0)


def test_taxes_stand_in_order_of_priority_and_do_not_compound() -> None:
    assert taxes_on(Decimal(100), [VAT, LEVY], "USD") == (
        TaxShare("City levy 2.5 % + 0.10", Decimal("2.60")),
        TaxShare("VAT 19 %", Decimal("19.00")),
    )


def test_a_fixed_tax_is_due_only_with_a_net() -> None:
    stamp = TaxRate("Stamp duty", Decimal(0), Decimal(2), priority=0)
    assert taxes_on(Decimal("0.01"), [stamp], "USD") == (TaxShare("Stamp duty", Decimal("2.00")),)
    assert taxes_on(Decimal(0), [stamp, VAT], "USD") == ()
    assert taxes_on(Decimal(-5), [stamp, VAT], "USD") == ()


def test_a_rate_of_nothing_is_said_too() -> None:
    free = TaxRate("VAT", Decimal("0.000000"), Decimal("0.000000"), priority=0)
    assert taxes_on(Decimal(5), [free], "USD") == (TaxShare("VAT 0 %", Decimal(0)),)
    assert taxes_on(Decimal("0.01"), [VAT], "USD") == (TaxShare("VAT 19 %", Decimal(0)),)


def test_a_tax_given_back_is_split_in_proportion_with_the_rest_on_the_last() -> None:
    cents = [Decimal(each) for each in ("0.05", "0.10", "0.03")]
    parts = [(cent, cent) for cent in cents]
    assert split_tax(Decimal("0.07"), parts, "USD") == [
        *(Decimal("0.02"), Decimal("0.04"), Decimal("0.01")),
    ]
    assert split_tax(Decimal("0.18"), parts, "USD") == cents
    assert split_tax(Decimal(0), [(Decimal(0), Decimal(0))], "USD") == [0]


AMOUNTS = st.lists(st.decimals(0, 1000, places=2), min_size=1, max_size=4)


@given(AMOUNTS, st.lists(st.decimals(0, 1, places=3), min_size=1, max_size=5))
def test_however_often_a_part_is_given_back_no_tax_gives_more_than_it_took(
    taxes: list[Decimal], parts: list[Decimal]
) -> None:
    left = list(taxes)
    for part in (*parts, Decimal(1)):
        share = (sum(left) * part).quantize(Decimal("0.01"))
        given = split_tax(share, list(zip(taxes, left, strict=True)), "USD")
        assert sum(given) == share
        left = [have - gone for have, gone in zip(left, given, strict=True)]
        assert all(0 <= have <= tax for have, tax in zip(left, taxes, strict=True))
    assert not any(left)


def test_each_tax_is_rounded_half_up_to_the_currencys_digits() -> None:
    half = TaxRate("Half", Decimal("0.5"), Decimal(0), priority=0)
    assert total_tax(taxes_on(Decimal(1), [half, half], "USD")) == Decimal("0.02")
    assert total_tax(taxes_on(Decimal(100), [half, half], "JPY")) == 2
    assert total_tax(taxes_on(Decimal("0.1"), [half], "KWD")) == Decimal("0.001")


@given(st.decimals("0.01", "1000000", places=2), st.decimals(0, 100, places=3))
def test_a_tax_is_within_half_a_minor_unit_of_its_percentage(net: Decimal, rate: Decimal) -> None:
    share = total_tax(taxes_on(net, [TaxRate("T", rate, Decimal(0), 0)], "USD"))
    assert abs(share - net * rate / 100) <= Decimal("0.005")
