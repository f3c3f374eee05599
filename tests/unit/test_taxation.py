"""Taxes of a document: each on the net, rounded by itself, none without a net."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from models.rules.taxation import TaxRate, TaxShare, taxes_on, total_tax

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


def test_each_tax_is_rounded_half_up_to_the_currencys_digits() -> None:
    half = TaxRate("Half", Decimal("0.5"), Decimal(0), priority=0)
    assert total_tax(taxes_on(Decimal(1), [half, half], "USD")) == Decimal("0.02")
    assert total_tax(taxes_on(Decimal(100), [half, half], "JPY")) == 2
    assert total_tax(taxes_on(Decimal("0.1"), [half], "KWD")) == Decimal("0.001")


@given(st.decimals("0.01", "1000000", places=2), st.decimals(0, 100, places=3))
def test_a_tax_is_within_half_a_minor_unit_of_its_percentage(net: Decimal, rate: Decimal) -> None:
    share = total_tax(taxes_on(net, [TaxRate("T", rate, Decimal(0), 0)], "USD"))
    assert abs(share - net * rate / 100) <= Decimal("0.005")
