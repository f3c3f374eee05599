"""Account numbers: which text is one, how one is drawn, and the order in which a range is dealt.

Whether a number is taken is a table's matter.
"""

import re
import secrets
from dataclasses import dataclass
from hashlib import blake2b

from models.rules.errors import ErrorCode
from models.rules.violation import Violation

NUMBER_LONGEST = 20
GENERATED_LENGTH = 10  # 9,000,000,000 numbers: a drawn one is free at the first try, nearly always
_NUMBER = re.compile(r"[A-Za-z0-9+_.\-]+")

# Four rounds make a Feistel network indistinguishable from random where nobody can ask it (Luby and
# Rackoff); two more cost little and cover the tiny ranges.
_ROUNDS = 6
_HASH_BYTES = 8


def number_violation(number: str) -> Violation | None:
    """Check an account number: 1 to 20 of letters, digits and + - _ ."""
    if not number:
        return Violation(ErrorCode.REQUIRED, "is required")
    if len(number) > NUMBER_LONGEST:
        return Violation(ErrorCode.TOO_LONG, f"must be at most {NUMBER_LONGEST} characters long")
    if not _NUMBER.fullmatch(number):
        return Violation(ErrorCode.INVALID, "may hold letters A-Z, digits and + - _ . only")
    return None


def folded_number(number: str) -> str:
    """Give the form by which uniqueness is judged: case makes no difference."""
    return number.lower()


def random_number(length: int = GENERATED_LENGTH) -> str:
    """Draw digits, the first not 0, from the secure source."""
    return str(10 ** (length - 1) + secrets.randbelow(9 * 10 ** (length - 1)))


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Every number of `length` digits that begins with `prefix`; length exceeds the prefix's."""

    prefix: str
    length: int

    @property
    def size(self) -> int:
        """How many numbers the range has."""
        size: int = 10 ** (self.length - len(self.prefix))
        return size

    def number(self, offset: int) -> str:
        """Write the number at an offset from 0 to size - 1."""
        return f"{self.prefix}{offset:0{self.length - len(self.prefix)}d}"

    def offset(self, number: str) -> int:
        """Tell the offset of a number of this range."""
        return int(number[len(self.prefix) :])


class DealingOrder:
    """A keyed permutation of a range, so that numbers look random and none needs a search.

    A balanced Feistel network over the next even number of bits; results outside the range walk on
    along their cycle until they are inside, which keeps it a permutation (Black and Rogaway, 2002).
    The same key and range give the same order for ever.
    """

    __slots__ = ("_half_bits", "_hashes", "_mask", "range")

    def __init__(self, key: bytes, number_range: NumberRange) -> None:
        self.range = number_range
        bits = (number_range.size - 1).bit_length()
        self._half_bits = (bits + 1) // 2
        self._mask = (1 << self._half_bits) - 1
        tweak = f"{number_range.prefix}/{number_range.length}".encode()
        self._hashes = [
            blake2b(tweak, digest_size=_HASH_BYTES, key=key, salt=bytes([turn]))
            for turn in range(_ROUNDS)
        ]

    def number_at(self, position: int) -> str:
        """Give the number dealt at a position from 0 to size - 1."""
        offset = self._forward(position)
        while offset >= self.range.size:
            offset = self._forward(offset)
        return self.range.number(offset)

    def position_of(self, number: str) -> int:
        """Tell at which position a number of the range is dealt."""
        position = self._backward(self.range.offset(number))
        while position >= self.range.size:
            position = self._backward(position)
        return position

    def _forward(self, value: int) -> int:
        left, right = value >> self._half_bits, value & self._mask
        for keyed in self._hashes:
            left, right = right, left ^ self._scrambled(keyed, right)
        return left << self._half_bits | right

    def _backward(self, value: int) -> int:
        left, right = value >> self._half_bits, value & self._mask
        for keyed in reversed(self._hashes):
            left, right = right ^ self._scrambled(keyed, left), left
        return left << self._half_bits | right

    def _scrambled(self, keyed: blake2b, half: int) -> int:
        turn = keyed.copy()
        turn.update(half.to_bytes(_HASH_BYTES))
        return int.from_bytes(turn.digest()) & self._mask
