"""Free text as people type it: how long it may be and which characters it never holds.

Any script is welcome. What a particular text means (a number, an address) is judged elsewhere.
"""

import re

from models.rules.errors import ErrorCode
from models.rules.violation import Violation

# Control characters and lone surrogates break storage, mail headers and CSV; line separators break
# rows; embeddings, overrides and isolates of direction let one name be shown as another. Marks of
# direction and joiners stay allowed: Arabic, Hebrew, Persian and Indic names need them.
_FORBIDDEN_ANYWHERE = "\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff"
_ONE_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f{_FORBIDDEN_ANYWHERE}]")
_LINES = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_FORBIDDEN_ANYWHERE}]")

CONTROL_CHARACTERS = Violation(
    ErrorCode.INVALID, "contains control characters or marks that change the reading direction"
)


def text_violation(text: str, longest: int) -> Violation | None:
    """Check one line of text of at most `longest` characters."""
    return _violation(text, longest, _ONE_LINE)


def note_violation(text: str, longest: int) -> Violation | None:
    """Check text that may have several lines."""
    return _violation(text, longest, _LINES)


def legible(words: str, longest: int) -> str:
    """What a stranger or a machine says, as it can be stored and shown: one line, cut."""
    return "".join(filter(str.isprintable, words))[:longest]


def required_violation(text: str | None) -> Violation | None:
    """Check that there is something besides white space."""
    return None if text and not text.isspace() else Violation(ErrorCode.REQUIRED, "is required")


def _violation(text: str, longest: int, forbidden: re.Pattern[str]) -> Violation | None:
    if len(text) > longest:
        words = f"must be at most {longest} characters long; it has {len(text)}"
        return Violation(ErrorCode.TOO_LONG, words)
    return CONTROL_CHARACTERS if forbidden.search(text) else None
