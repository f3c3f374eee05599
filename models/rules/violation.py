"""A broken rule before it knows which field broke it, and the sentence it becomes there.

The rules themselves stand with their subject (`text`, `money`, `password`, …).
"""

import re
from dataclasses import dataclass
from functools import cache

from models.rules.errors import ErrorCode, Problem

# Words of field names that are not written like ordinary words.
_SPELLINGS = {
    "cli": "CLI",
    "email": "e-mail",
    "id": "",
    "ids": "",
    "ip": "IP",
    "line1": "line 1",
    "line2": "line 2",
    "pin": "PIN",
    "sip": "SIP",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a value is refused; `words` continue a sentence that begins with the field's label."""

    code: ErrorCode
    words: str

    def at(self, *path: str) -> Problem:
        """The problem this is for the field at a camelCase path."""
        return Problem(self.code, path, f"{label(path)} {self.words}.")


def name_in_api(column: str) -> str:
    """What a field of one word or several is called in the API: `setup_fee` is `setupFee`."""
    first, *others = column.split("_")
    return first + "".join(word.capitalize() for word in others)


@cache
def label(path: tuple[str, ...]) -> str:
    """What people call a field: ("address", "postalCode") is "Postal code"."""
    words = re.findall(r"[A-Z]?[a-z0-9]+", path[-1]) if path else ["the", "row"]
    spelled = [_SPELLINGS.get(word.lower(), word.lower()) for word in words]
    text = " ".join(word for word in spelled if word)
    return text[:1].upper() + text[1:]
