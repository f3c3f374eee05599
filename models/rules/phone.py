"""Telephone numbers: as people type them, and as they are compared during a call.

No numbering plan is applied; rewriting for a country is `localization`.
"""

import re

from models.rules.errors import ErrorCode
from models.rules.violation import Violation

PHONE_LONGEST = 32  # characters as typed; E.164 has 15 digits, the rest is room for punctuation
_TYPED = re.compile(r"[0-9 +\-()]+")
_DIGITS = re.compile(r"[0-9]+")
_MACHINES = re.compile(r"\+?[0-9*#]+")
_NAME = re.compile(r"[0-9][0-9.-]*")
_PUNCTUATION = str.maketrans("", "", " \t\u00a0-.()")

# A line of the house: an optional plus and at most 20 digits (caller IDs, DIDs, speed dials).
LINE_NUMBER = re.compile(r"\+?[0-9]{1,20}")
PREFIX_LONGEST = 15  # digits of E.164: a longer blocked prefix could never match a number
_PREFIX = re.compile(rf"[0-9]{{1,{PREFIX_LONGEST}}}")

# What switches and gateways send in place of a withheld number (RFC 3323 and carriers' habits).
ANONYMOUS = frozenset(
    {"anonymous", "unknown", "restricted", "private", "unavailable", "withheld", "asserted"}
)


def phone_violation(text: str) -> Violation | None:
    """Check a telephone number as typed: digits, spaces, + - ( ), at most 32 characters."""
    if len(text) > PHONE_LONGEST:
        return Violation(ErrorCode.TOO_LONG, f"must be at most {PHONE_LONGEST} characters long")
    if not _TYPED.fullmatch(text) or not any(character.isdigit() for character in text):
        return Violation(ErrorCode.INVALID, "may hold digits, spaces, + - ( ) and needs a digit")
    return None


def line_number_violation(text: str) -> Violation | None:
    """Check a number of the house or a speed dial: an optional + and up to 20 digits.

    The 00 for abroad alone is none: there is nothing left of it to be compared by.
    """
    if LINE_NUMBER.fullmatch(text) and comparable(text):
        return None
    return Violation(ErrorCode.INVALID, "must be up to 20 digits, with an optional leading +")


def prefix_violation(text: str) -> Violation | None:
    """Check a prefix of dialled numbers, such as a blocked code: 1 to 15 digits."""
    if _PREFIX.fullmatch(text):
        return None
    return Violation(ErrorCode.INVALID, f"must be 1 to {PREFIX_LONGEST} digits")


def comparable(number: str | None) -> str | None:
    """Reduce a number to the digits it is compared by, or None when nothing can match it.

    Removes spaces and punctuation, then one leading + or 00. A number that is absent, withheld or
    has anything but digits left matches nothing.
    """
    if number is None:
        return None
    bare = number.translate(_PUNCTUATION).lower()
    for lead in ("+", "00"):
        if bare.startswith(lead):
            bare = bare.removeprefix(lead)
            break
    return bare if _DIGITS.fullmatch(bare) else None


def without_punctuation(number: str) -> str:
    """A telephone number as machines write it, a leading + kept; any other text as it is."""
    bare = number.translate(_PUNCTUATION)
    return bare if _MACHINES.fullmatch(bare) else number.strip()


def as_dialled(number: str) -> str:
    """The same for a number to be called.

    Digits with nothing but dots and hyphens between them stay: that may be a device's name.
    """
    typed = number.strip()
    return typed if _NAME.fullmatch(typed) else without_punctuation(typed)


def is_anonymous(number: str | None) -> bool:
    """Whether the caller's number is absent or withheld."""
    return number is None or number.strip().lower() in ANONYMOUS or not number.strip()
