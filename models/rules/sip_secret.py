"""SIP credentials: user names, realms, secrets, and the hashes that switches check.

The hashes are as good as the password within their realm; keeping them is a table's matter.
"""

import re
import secrets
import string
from dataclasses import dataclass
from hashlib import md5, sha256

from models.rules.errors import ErrorCode
from models.rules.text import text_violation
from models.rules.violation import Violation

# What every phone can type, every switch keeps and no XML, URI or console command needs escaped.
SIP_USERNAME = re.compile(r"[A-Za-z0-9._-]{3,64}")
# A host name in lower case (RFC 1123): the realm is also the domain that phones register at.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_REALM = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
REALM_LONGEST = 253
MAILBOX_PIN = re.compile(r"[0-9]{6}")

SECRET_LENGTH = 20  # of 62 characters: 119 bits, out of reach for whoever steals a hash
OWN_SECRET_SHORTEST = 12
OWN_SECRET_LONGEST = 128
_ALPHABET = string.ascii_letters + string.digits
_LETTERS = len(_ALPHABET)
_LETTER_OF = bytes(ord(_ALPHABET[byte % _LETTERS]) for byte in range(256))
_UNFAIR = bytes(range(256 - 256 % _LETTERS, 256))
_FAIR_NUMBERS = 2**32 - 2**32 % 10**6  # of four bytes: beyond it some mailbox PINs were likelier


@dataclass(frozen=True, slots=True)
class SipHashes:
    """What a registrar compares a login with, each as lower-case hex digits."""

    ha1: str
    ha1b: str
    ha1_sha256: str


def username_violation(username: str) -> Violation | None:
    """Check a SIP user name: 3 to 64 letters, digits, dots, underscores and hyphens."""
    if SIP_USERNAME.fullmatch(username):
        return None
    return Violation(ErrorCode.INVALID, "must be 3 to 64 of letters A-Z, digits and . _ -")


def folded_username(username: str) -> str:
    """Give the form by which uniqueness in a realm is judged: case makes no difference."""
    return username.lower()


def realm_violation(realm: str) -> Violation | None:
    """Check a realm: a host name in lower case, at most 253 characters."""
    if len(realm) > REALM_LONGEST:
        return Violation(ErrorCode.TOO_LONG, f"must be at most {REALM_LONGEST} characters long")
    if not _REALM.fullmatch(realm):
        return Violation(ErrorCode.INVALID, "must be a host name in lower case")
    return None


def secret_violation(secret: str, known: tuple[str | None, ...] = ()) -> Violation | None:
    """Check a secret chosen by a person; `known` are its user name, number and portal password."""
    if len(secret) < OWN_SECRET_SHORTEST:
        words = f"must have at least {OWN_SECRET_SHORTEST} characters"
        return Violation(ErrorCode.PASSWORD_TOO_WEAK, words)
    if any(name and secret.casefold() == name.casefold() for name in known):
        words = "must differ from the user name, the account number and the portal password"
        return Violation(ErrorCode.PASSWORD_TOO_WEAK, words)
    return text_violation(secret, OWN_SECRET_LONGEST)


def random_secret() -> str:
    """Draw a secret of 20 letters and digits from the secure source."""
    return random_secrets(1)[0]


def random_secrets(count: int) -> list[str]:
    """Draw so many of them; the source is asked as rarely as can be."""
    wanted = count * SECRET_LENGTH
    letters = ""
    while len(letters) < wanted:
        drawn = secrets.token_bytes(wanted + wanted // 16)
        # Bytes beyond the last whole run of the alphabet are thrown away: all letters stay alike.
        letters += drawn.translate(_LETTER_OF, _UNFAIR).decode()
    return [letters[at : at + SECRET_LENGTH] for at in range(0, wanted, SECRET_LENGTH)]


def random_voicemail_pins(count: int) -> list[str]:
    """Draw the six digits that open a voice mailbox, for so many of them."""
    pins: list[str] = []
    while len(pins) < count:
        drawn = memoryview(secrets.token_bytes(4 * (count - len(pins)))).cast("I")
        pins += [f"{number % 10**6:06d}" for number in drawn if number < _FAIR_NUMBERS]
    return pins


def sip_hashes(username: str, realm: str, secret: str) -> SipHashes:
    """Hash a secret as digest authentication does (RFC 2617, RFC 8760).

    HA1 = user:realm:secret; HA1b names the user as user@realm, for phones that send the domain.
    """
    plain = f"{username}:{realm}:{secret}".encode()
    with_domain = f"{username}@{realm}:{realm}:{secret}".encode()
    return SipHashes(
        ha1=md5(plain, usedforsecurity=False).hexdigest(),
        ha1b=md5(with_domain, usedforsecurity=False).hexdigest(),
        ha1_sha256=sha256(plain).hexdigest(),
    )
