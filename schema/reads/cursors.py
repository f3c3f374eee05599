"""Places in a list: which ordering a cursor belongs to, and the keys it stands for.

A cursor is neither secret nor signed: its keys are values under the viewer's own predicate.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from schema.reads.forms import Order
from schema.refusals import Code, Refusal

_VERSION: Final = "1"
_FINGERPRINT_BYTES: Final = 4  # tells orderings apart; nobody gains by a collision
_LONGEST: Final = 4096
_INT8: Final = 2**63
_BROKEN: Final = (
    binascii.Error,
    InvalidOperation,
    LookupError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)


def fingerprint(type_name: str, order: Order) -> str:
    """What a cursor of this ordering of this type begins with."""
    said = f"{type_name}\0{order.by}\0{order.descending}".encode()
    return _VERSION + hashlib.blake2b(said, digest_size=_FINGERPRINT_BYTES).hexdigest()


def keys_of(cursor: str, mark: str, sql_types: tuple[str, ...]) -> tuple[object, ...]:
    """The keys in a cursor. Raises BAD_USER_INPUT for one that was not made by this ordering."""
    try:
        text = base64.b64decode(cursor[:_LONGEST] + "=" * (-len(cursor) % 4), b"-_", validate=True)
        said = text.decode()
        keys = json.loads(said[len(mark) :]) if said.startswith(mark) else ()
        parsed = tuple(_PARSERS[kind](key) for kind, key in zip(sql_types, keys, strict=True))
    except _BROKEN as error:
        message = "This cursor belongs to another list or ordering, or is no cursor."
        raise Refusal(Code.BAD_USER_INPUT, message) from error
    return parsed


def _text(key: Any) -> str:
    if not isinstance(key, str) or "\0" in key:
        raise ValueError
    return key


def _int(key: Any) -> int:
    number = int(_text(key))
    if not -_INT8 <= number < _INT8:
        raise ValueError
    return number


def _decimal(key: Any) -> Decimal:
    number = Decimal(_text(key))
    if not number.is_finite():
        raise ValueError
    return number


def _instant(key: Any) -> datetime:
    # asyncpg sends the first and last instant of Python as PostgreSQL's infinities.
    if key == "infinity":
        return datetime.max  # noqa: DTZ901 - the one value that asyncpg knows as infinity
    if key == "-infinity":
        return datetime.min  # noqa: DTZ901 - the same below
    instant = datetime.fromisoformat(_text(key))
    if instant.tzinfo is None:
        raise ValueError
    return instant


def _bool(key: Any) -> bool:
    return {"true": True, "false": False}[_text(key)]


_PARSERS: Final[Mapping[str, Callable[[Any], object]]] = {
    "text": _text,
    "int8": _int,
    "numeric": _decimal,
    "timestamptz": _instant,
    "uuid": lambda key: UUID(_text(key)),
    "bool": _bool,
}
