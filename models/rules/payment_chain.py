"""Who pays whom, as lines that sum to zero: pure arithmetic over owners and prices.

Whether the money is there, and who is asked, is decided where the lines are posted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from uuid import UUID, uuid5

from models.rules.errors import DomainError, ErrorCode
from models.rules.money import ledger_amount

SYSTEM_ACCOUNTS = UUID("6f1d3c0a-5b2e-4d8f-9a71-c3e0b4d52a19")  # namespace of their ids


class LedgerAccountKind(StrEnum):
    """What a ledger account is for; all but WALLET are system accounts of an issuer."""

    WALLET = "WALLET"
    CASH = "CASH"
    REVENUE = "REVENUE"
    TAX = "TAX"
    CARRIER_COST = "CARRIER_COST"
    WRITE_OFF = "WRITE_OFF"
    ROUNDING = "ROUNDING"
    FX = "FX"


@dataclass(frozen=True, slots=True)
class SystemAccount:
    """A system account by name; `issuer` is a reseller, or None for the administration."""

    kind: LedgerAccountKind
    issuer: UUID | None
    currency_code: str

    @property
    def id(self) -> UUID:
        """The same for the same name, everywhere and always."""
        return _named_id(f"{self.kind}/{self.issuer or ''}/{self.currency_code}")


@dataclass(frozen=True, slots=True)
class Line:
    """One side of a posting: an account's wallet (by id) or a system account."""

    account: UUID | SystemAccount
    amount: Decimal
    currency_code: str
    rate: Decimal | None = (
        None  # units for one of the base; set when the posting crosses currencies
    )
    awaits_invoice: bool = False  # the payer is postpaid and this is for its next invoice


@dataclass(frozen=True, slots=True)
class Member:
    """An account as a link of the chain; the next owns it, the administration the last."""

    id: UUID
    is_prepaid: bool
    currency_code: str


Rates = Mapping[str, Decimal]  # units of each currency for one of the base


def charge_lines(
    chain: Sequence[Member], prices: Sequence[Decimal], rates: Rates
) -> tuple[Line, ...]:
    """Lines of one charge: `chain[n]` pays `prices[n]`, in its own currency, to its owner.

    `chain` goes from the customer upwards to just below the administration; `prices` may be
    shorter (a manual charge is between payer and owner alone). Raises RATE_MISSING.
    """
    lines: list[Line] = []
    for level, price in enumerate(prices):
        lines += _paid(chain[level], _owner(chain, level), price, rates)
    return tuple(lines)


def tax_lines(chain: Sequence[Member], tax: Decimal, rates: Rates) -> tuple[Line, ...]:
    """Tax on a charge or document of `chain[0]`, which its issuer has to hand on.

    From a prepaid wallet it goes back to the owner's that funded it, and the issuer's TAX is told
    against its CASH; from any other it goes to TAX itself. Raises RATE_MISSING.
    """
    payer, owner = chain[0], _owner(chain, 0)
    due = SystemAccount(LedgerAccountKind.TAX, _issuer(owner), payer.currency_code)
    if owner is None or not payer.is_prepaid:
        return _moved(payer.id, due, tax, payer.currency_code)
    cash = replace(due, kind=LedgerAccountKind.CASH)
    told = _moved(cash, due, tax, payer.currency_code)
    return (*_paid(payer, owner, tax, rates), *told)


def refill_lines(chain: Sequence[Member], amount: Decimal, rates: Rates) -> tuple[Line, ...]:
    """Money into the wallet of `chain[0]`, in its currency; the wallet's own line comes first.

    A prepaid account is funded by its owner's wallet; a postpaid one, and whoever stands
    directly under the administration, by the owner's CASH. Raises RATE_MISSING.
    """
    member, owner = chain[0], _owner(chain, 0)
    if not member.is_prepaid or owner is None:
        cash = SystemAccount(LedgerAccountKind.CASH, _issuer(owner), member.currency_code)
        return _moved(cash, member.id, amount, member.currency_code)[::-1]
    cost = converted(amount, member.currency_code, owner.currency_code, rates)
    funded = _exchanged(_Side(owner, -cost), _Side(member, amount), owner.id, rates)
    return funded[::-1]


def reversed_lines(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines that take a posting back, at the rates it was made with."""
    return tuple(replace(line, amount=-line.amount) for line in lines)


def converted(amount: Decimal, source: str, target: str, rates: Rates) -> Decimal:
    """`amount` of currency `source` in `target`, at six decimals. Raises RATE_MISSING."""
    if source == target:
        return amount
    return ledger_amount(amount * rate_of(target, rates) / rate_of(source, rates))


def rate_of(currency_code: str, rates: Rates) -> Decimal:
    """Units of the currency for one of the base. Raises RATE_MISSING, naming the currency."""
    if currency_code not in rates:
        message = f"There is no exchange rate for {currency_code}; set one and try again."
        raise DomainError(ErrorCode.RATE_MISSING, ("currencyCode",), message)
    return rates[currency_code]


@dataclass(frozen=True, slots=True)
class _Side:
    member: Member
    amount: Decimal


def _owner(chain: Sequence[Member], level: int) -> Member | None:
    return chain[level + 1] if level + 1 < len(chain) else None


def _issuer(owner: Member | None) -> UUID | None:
    return None if owner is None else owner.id


def _paid(payer: Member, owner: Member | None, price: Decimal, rates: Rates) -> tuple[Line, ...]:
    if payer.is_prepaid and owner is not None:
        income = converted(price, payer.currency_code, owner.currency_code, rates)
        return _exchanged(_Side(payer, -price), _Side(owner, income), owner.id, rates)
    revenue = SystemAccount(LedgerAccountKind.REVENUE, _issuer(owner), payer.currency_code)
    lines = _moved(payer.id, revenue, price, payer.currency_code)
    return lines if payer.is_prepaid else _awaiting_invoice(lines)


def _awaiting_invoice(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(replace(line, awaits_invoice=True) for line in lines[:1]) + lines[1:]


def _moved(
    source: UUID | SystemAccount, target: UUID | SystemAccount, amount: Decimal, currency_code: str
) -> tuple[Line, ...]:
    if not amount:
        return ()
    return Line(source, -amount, currency_code), Line(target, amount, currency_code)


def _exchanged(gives: _Side, gets: _Side, issuer: UUID, rates: Rates) -> tuple[Line, ...]:
    """Wallet to wallet; two currencies meet in the issuer's FX, so that each sums to zero."""
    source, target = gives.member, gets.member
    if source.currency_code == target.currency_code:
        return _moved(source.id, target.id, gets.amount, target.currency_code)
    sold = SystemAccount(LedgerAccountKind.FX, issuer, source.currency_code)
    bought = SystemAccount(LedgerAccountKind.FX, issuer, target.currency_code)
    lines = (
        *_moved(source.id, sold, -gives.amount, source.currency_code),
        *_moved(bought, target.id, gets.amount, target.currency_code),
    )
    return tuple(replace(line, rate=rate_of(line.currency_code, rates)) for line in lines)


@lru_cache(maxsize=4096)
def _named_id(name: str) -> UUID:
    return uuid5(SYSTEM_ACCOUNTS, name)
