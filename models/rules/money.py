"""Amounts: how they are read, rounded and shown; decimal throughout, never a float.

Exchange rates and postings are not here; which currencies are active is a table.
"""

import re
from decimal import ROUND_HALF_UP, Decimal

from models.rules.currencies import MINOR_DIGITS
from models.rules.errors import ErrorCode
from models.rules.violation import Violation

# numeric(20,6), the type of every amount: 14 digits before the point and 6 after it.
INTEGER_DIGITS = 14
LEDGER_DIGITS = 6
_LIMIT = Decimal(10) ** INTEGER_DIGITS
_UNITS = tuple(Decimal(1).scaleb(-digits) for digits in range(LEDGER_DIGITS + 1))
_PLAIN = re.compile(rf"[+-]?(?:[0-9]{{1,{INTEGER_DIGITS}}}(?:\.[0-9]{{1,6}})?|\.[0-9]{{1,6}})")

ZERO = Decimal(0)
NOT_A_NUMBER = Violation(
    ErrorCode.INVALID,
    f"must be a plain decimal number such as 1234.50, with at most {INTEGER_DIGITS} digits before"
    f" the point and {LEDGER_DIGITS} after it",
)


def parse_decimal(text: str) -> Decimal:
    """Read a plain decimal number; no exponent, separator of thousands, NaN or infinity.

    Raises ValueError with a sentence.
    """
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"A decimal {NOT_A_NUMBER.words}.")
    return Decimal(text)


def minor_digits(currency_code: str) -> int:
    """Digits after the point that people use; raises KeyError for what is no ISO 4217 currency."""
    return MINOR_DIGITS[currency_code]


def rounded(amount: Decimal, currency_code: str) -> Decimal:
    """Round half away from zero to the currency's minor digits, as documents show it."""
    return amount.quantize(_UNITS[minor_digits(currency_code)], ROUND_HALF_UP)


def ledger_amount(amount: Decimal) -> Decimal:
    """Round half away from zero to the six decimals that the ledger keeps."""
    return amount.quantize(_UNITS[LEDGER_DIGITS], ROUND_HALF_UP)


def plain_text(amount: Decimal) -> str:
    """Write an amount without trailing zeros or exponent, as PostgreSQL's trim_scale does."""
    text = format(amount, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def amount_violation(amount: Decimal) -> Violation | None:
    """Check that an amount is finite and fits the ledger, whatever its sign and currency."""
    if not amount.is_finite() or abs(amount) >= _LIMIT or _decimals(amount) > LEDGER_DIGITS:
        return NOT_A_NUMBER
    return None


def non_negative_violation(amount: Decimal) -> Violation | None:
    """Check an amount that may not be below zero."""
    if amount.is_finite() and amount < 0:
        return Violation(ErrorCode.OUT_OF_RANGE, "must not be negative")
    return amount_violation(amount)


def minor_digits_violation(amount: Decimal, currency_code: str) -> Violation | None:
    """Check that an amount given by people has no more decimals than its currency.

    An unknown currency has its own problem and is passed over here.
    """
    allowed = MINOR_DIGITS.get(currency_code, LEDGER_DIGITS)
    if not amount.is_finite() or _decimals(amount) <= allowed:
        return None
    return Violation(ErrorCode.INVALID, f"must have at most {allowed} decimals in {currency_code}")


def _decimals(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0
