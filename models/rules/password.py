"""Passwords of the portal: which ones are strong enough, and how one is generated.

Hashing (Argon2id) is not here, nor are SIP secrets (`sip_secret`).
"""

import secrets
import string
from itertools import pairwise

from models.rules.common_passwords import COMMON_STEMS
from models.rules.errors import ErrorCode
from models.rules.violation import Violation

LONG_ENOUGH = 12  # characters, of any kind
SHORTEST = 8  # characters, when at least MIXED_KINDS kinds are among them
MIXED_KINDS = 3  # of lower case, upper case, digits and all others
LONGEST = 256  # more is no password, and hashing it is work a stranger could order
GENERATED_LENGTH = 16  # of 56 characters: 92 bits
_FEWEST_DISTINCT = 4  # fewer different characters are a rhythm, not a password

# Without the pairs that people misread: I l 1, O o 0.
_ALPHABET = "".join(c for c in string.ascii_letters + string.digits if c not in "Il1Oo0")
_LEET = str.maketrans("@431!05$7", "aaeiiosst")

TOO_SHORT = Violation(
    ErrorCode.PASSWORD_TOO_WEAK,
    f"must have at least {LONG_ENOUGH} characters, or at least {SHORTEST} with three of:"
    " lower case, upper case, digits, others",
)
TOO_COMMON = Violation(
    ErrorCode.PASSWORD_TOO_WEAK, "is one of the passwords that are tried first; choose another"
)
OWN_NAME = Violation(
    ErrorCode.PASSWORD_TOO_WEAK, "must not be the account number or the e-mail address"
)


def password_violation(password: str, known: tuple[str | None, ...] = ()) -> Violation | None:
    """Check a password chosen by a person; `known` are its account's number and e-mail address."""
    if len(password) > LONGEST:
        return Violation(ErrorCode.TOO_LONG, f"must have at most {LONGEST} characters")
    if len(password) < LONG_ENOUGH and (len(password) < SHORTEST or _kinds(password) < MIXED_KINDS):
        return TOO_SHORT
    if any(name and password.casefold() == name.casefold() for name in known):
        return OWN_NAME
    return TOO_COMMON if _is_common(password) else None


def random_password() -> str:
    """Draw 16 letters and digits, with all three kinds, from the secure source."""
    while True:
        drawn = "".join(secrets.choice(_ALPHABET) for _ in range(GENERATED_LENGTH))
        if password_violation(drawn) is None and _kinds(drawn) == MIXED_KINDS:
            return drawn


def _kinds(password: str) -> int:
    return len({_kind(character) for character in password})


def _kind(character: str) -> str:
    if character.islower():
        return "lower"
    if character.isupper():
        return "upper"
    return "digit" if character.isdecimal() else "other"


def _is_common(password: str) -> bool:
    folded = password.casefold()
    if len(set(folded)) < _FEWEST_DISTINCT or _is_sequence(folded):
        return True
    stem = _stem(folded)
    plain = {stem, stem.translate(_LEET), _stem(folded.translate(_LEET))}
    return not plain.isdisjoint(COMMON_STEMS)


def _stem(folded: str) -> str:
    first = next((i for i, c in enumerate(folded) if c.isalpha()), len(folded))
    last = next((i for i in range(len(folded), 0, -1) if folded[i - 1].isalpha()), 0)
    return folded[first:last]


def _is_sequence(folded: str) -> bool:
    steps = {(ord(after) - ord(before)) % 10 for before, after in pairwise(folded)}
    return steps in ({1}, {9})
