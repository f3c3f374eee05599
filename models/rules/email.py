"""E-mail addresses: which text is one, and how two of them are compared.

Whether mail arrives there is for mail to find out; uniqueness is a table's matter.
"""

import re

from models.rules.errors import ErrorCode
from models.rules.violation import Violation

EMAIL_LONGEST = 254  # RFC 5321: a path is at most 256 octets, two of them angle brackets
_LOCAL_LONGEST = 64  # RFC 5321, 4.5.3.1.1

# RFC 5322 dot-atom before the @, host-name labels after it. Quoted local parts and addresses in
# brackets are left out: no customer has one, and both are doors for header tricks.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@(?:(?:{_LABEL}\.)+(?![0-9]+$){_LABEL}|localhost)")


def email_violation(text: str) -> Violation | None:
    """Check one bare address of at most 254 characters, such as name@example.com."""
    if len(text) > EMAIL_LONGEST:
        return Violation(ErrorCode.TOO_LONG, f"must be at most {EMAIL_LONGEST} characters long")
    match = _ADDRESS.fullmatch(text)
    if match is None or len(match[1]) > _LOCAL_LONGEST:
        return Violation(ErrorCode.INVALID, "must be an e-mail address such as name@example.com")
    return None


def folded_email(text: str) -> str:
    """Give the form by which addresses are compared: case makes no difference."""
    return text.strip().casefold()
