"""PINs of calling cards: digits that a caller keys in to be recognised.

They are kept as keyed hashes elsewhere; uniqueness is a table's matter.
"""

import re
import secrets

from models.rules.errors import ErrorCode
from models.rules.violation import Violation

PIN_SHORTEST = 4  # the least a configured minimum can be: below it guessing is a pastime
PIN_LONGEST = 12  # what people will key in
PIN_MINIMUM = 6  # the minimum where nobody configured one
# One guess in a hundred at most may hit a live PIN by chance.
SPACE_PER_PIN = 100
_DIGITS = re.compile(r"[0-9]+")


def pin_violation(pin: str, minimum_length: int = PIN_MINIMUM) -> Violation | None:
    """Check a PIN chosen by a person: digits, from the configured minimum to 12 of them."""
    if not _DIGITS.fullmatch(pin):
        return Violation(ErrorCode.INVALID, "must be digits only")
    if len(pin) > PIN_LONGEST:
        return Violation(ErrorCode.TOO_LONG, f"must be at most {PIN_LONGEST} digits long")
    if len(pin) < minimum_length:
        return Violation(ErrorCode.OUT_OF_RANGE, f"must be at least {minimum_length} digits long")
    return None


def pin_length(minimum_length: int, live: int, wanted: int) -> int:
    """Choose the length of generated PINs: long enough that a guess hits one in a hundred at most.

    `live` PINs exist and `wanted` more will. Never above 12.
    """
    length = minimum_length
    while length < PIN_LONGEST and 10**length < SPACE_PER_PIN * (live + wanted):
        length += 1
    return length


def random_pin(length: int) -> str:
    """Draw a PIN from the secure source; leading zeros are as likely as other digits."""
    return f"{secrets.randbelow(10**length):0{length}d}"
