"""Amounts, days and periods as people read them, in mails and on papers.

Machines get plain decimals and instants instead; no locale of a process plays a part.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from models.rules.billing_calendar import local_date
from models.rules.enums import CallType
from models.rules.money import minor_digits, plain_text, rounded

_MONTHS: Mapping[int, str] = MappingProxyType(
    dict(
        enumerate(
            (
                *("January", "February", "March", "April", "May", "June", "July"),
                *("August", "September", "October", "November", "December"),
            ),
            start=1,
        )
    )
)
# The line of an invoice that calls of a type share.
CALL_LABELS: Mapping[CallType, str] = MappingProxyType(
    {
        CallType.STANDARD: "Standard calls",
        CallType.DID: "DID calls",
        CallType.FREE: "Free calls",
        CallType.LOCAL: "Local calls",
        CallType.CALLING_CARD: "Calling-card calls",
    }
)
_INSTANT = timedelta(microseconds=1)


def shown_amount(amount: Decimal, currency_code: str) -> str:
    """Such as `1,234.50 EUR`: rounded to the currency's minor digits."""
    digits = minor_digits(currency_code)
    return f"{rounded(amount, currency_code):,.{digits}f} {currency_code}"


def shown_quantity(quantity: Decimal) -> str:
    """Such as `3` or `1,234.5`: no more decimals than it has, at most two."""
    return f"{Decimal(plain_text(quantity.quantize(Decimal('0.01')))):,f}"


def shown_day(day: date) -> str:
    """Such as `3 March 2026`."""
    return f"{day.day} {_MONTHS[day.month]} {day.year}"


def shown_instant(zone: str, instant: datetime) -> str:
    """The day on which an instant falls in a zone."""
    return shown_day(local_date(zone, instant))


def shown_period(zone: str, start: datetime, end: datetime) -> str:
    """The days of a half-open period in a zone: `1 March 2026 to 31 March 2026`, or one day."""
    first, last = local_date(zone, start), local_date(zone, end - _INSTANT)
    return shown_day(first) if first >= last else f"{shown_day(first)} to {shown_day(last)}"
