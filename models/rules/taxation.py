"""Taxes on a document: what each one adds to a net amount.

Which taxes an account pays is a table; how a document shows them is the document's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.rules.money import ZERO, plain_text, rounded


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax as it applies to one account: percent of the net, and an amount once per document."""

    name: str
    rate_percent: Decimal  # 19 means 19 %
    fixed_amount: Decimal
    priority: int


@dataclass(frozen=True, slots=True)
class TaxShare:
    """What one tax adds to a document, rounded to the currency's minor digits."""

    name: str
    amount: Decimal


def taxes_on(net: Decimal, rates: Iterable[TaxRate], currency_code: str) -> tuple[TaxShare, ...]:
    """Each tax on the net by itself (none on another), in order of priority; none without a net."""
    if net <= 0:
        return ()
    ordered = sorted(rates, key=lambda rate: (rate.priority, rate.name))
    return tuple(
        TaxShare(_words(rate, fixed), rounded(net * rate.rate_percent / 100, currency_code) + fixed)
        for rate in ordered
        for fixed in [rounded(rate.fixed_amount, currency_code)]
    )


def total_tax(shares: Iterable[TaxShare]) -> Decimal:
    """The sum of the taxes of a document."""
    return sum((share.amount for share in shares), ZERO)


def split_tax(
    tax: Decimal, parts: Sequence[tuple[Decimal, Decimal]], currency_code: str
) -> list[Decimal]:
    """What of a tax that is given back belongs to each of a document's taxes: in proportion.

    parts: what each came to, and how much of it is not given back yet; of all together at least
    `tax`. What rounding leaves goes to the last that has room for it.
    """
    whole = sum((amount for amount, _ in parts), ZERO) or Decimal(1)
    given = [min(rounded(tax * amount / whole, currency_code), left) for amount, left in parts]
    rest = tax - sum(given, ZERO)
    for place in reversed(range(len(parts))):
        more = max(-given[place], min(rest, parts[place][1] - given[place]))
        given[place] += more
        rest -= more
    return given


def _words(rate: TaxRate, fixed: Decimal) -> str:
    """As a reader of the document can follow it: the percent, and what is added to it."""
    if fixed and not rate.rate_percent:
        return rate.name
    percent = f"{rate.name} {plain_text(rate.rate_percent)} %"
    return f"{percent} + {fixed}" if fixed else percent
