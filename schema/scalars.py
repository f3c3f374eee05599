"""Leaf values of the API and how each is read: exact decimals, instants with offset, global ids.

Whether an address, a zone or a currency is acceptable is a rule of the models, not of the scalar.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, NewType
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from models.rules import global_ids

Cursor = NewType("Cursor", str)
CurrencyCode = NewType("CurrencyCode", str)
CountryCode = NewType("CountryCode", str)
TimeZone = NewType("TimeZone", str)
EmailAddress = NewType("EmailAddress", str)
PhoneNumber = NewType("PhoneNumber", str)
IpNetwork = NewType("IpNetwork", str)

_DECIMAL = re.compile(r"-?\d{1,14}(\.\d{1,6})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_FIRST_DAY, _LAST_DAY = date(1000, 1, 1), date(9998, 12, 31)  # their ends are instants anywhere
_LONGEST_ID = 128  # type name and uuid in base64 take 60; anything longer is not ours
_LONGEST_TEXT = 1_048_576  # the body limit; a text scalar is checked where its meaning is known


def global_id(type_name: str, row_id: UUID) -> strawberry.ID:
    """The opaque id of a row, unique across types."""
    return strawberry.ID(global_ids.global_id(type_name, row_id))


def type_and_id(text: str) -> tuple[str, UUID] | None:
    """The type's name and the row's id in a global id; None for a text that is none."""
    if len(text) > _LONGEST_ID:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        name, _, row_id = base64.b64decode(padded, b"-_", validate=True).decode().partition(":")
        return name, UUID(row_id)
    except (binascii.Error, ValueError):
        return None


def id_of(type_name: str, text: str) -> UUID | None:
    """The row's id when the global id is of this type, else None."""
    found = type_and_id(text)
    return found[1] if found is not None and found[0] == type_name else None


def decimal_text(value: Decimal) -> str:
    """A decimal as the API says it: no exponent, no trailing zeros."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def instant_text(value: datetime) -> str:
    """An instant as the API says it: UTC with Z, trailing zeros of the fraction dropped."""
    text = value.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def parse_decimal(value: object) -> Decimal:
    """A decimal from JSON text or a whole number; raises GraphQLError for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        message = 'A Decimal is a JSON string such as "12.50", never a float.'
        raise GraphQLError(message)
    text = str(value)
    if _DECIMAL.fullmatch(text) is None:
        message = "A Decimal has at most 14 digits before the point and 6 behind it."
        raise GraphQLError(message)
    return Decimal(text)


def parse_instant(value: object) -> datetime:
    """An instant from RFC 3339 text with offset; raises GraphQLError for anything else."""
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        message = "A DateTime is RFC 3339 text with an offset, such as 2030-01-31T09:30:00Z."
        raise GraphQLError(message)
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"No such instant: {value}"
        raise GraphQLError(message) from error


def parse_date(value: object) -> date:
    """A day from ISO 8601 text; raises GraphQLError for anything else."""
    try:
        day = date.fromisoformat(value if isinstance(value, str) and _DAY.fullmatch(value) else "")
    except ValueError as error:
        message = "A Date is ISO 8601 text such as 2030-01-31."
        raise GraphQLError(message) from error
    if not _FIRST_DAY <= day <= _LAST_DAY:
        message = f"A Date lies between {_FIRST_DAY} and {_LAST_DAY}."
        raise GraphQLError(message)
    return day


def parse_text(value: object) -> str:
    """Any text; raises GraphQLError for anything else."""
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        message = "A text is expected here."
        raise GraphQLError(message)
    return value


def _said(value: Any) -> Any:
    """Values of the compiled reads are text already; Python's own come from resolvers."""
    match value:
        case Decimal():
            return decimal_text(value)
        case datetime():
            return instant_text(value)
        case date():
            return value.isoformat()
    return value


def _scalar(
    name: str, description: str, specified_by: str, parse: Callable[[object], object]
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        description=description,
        specified_by_url=specified_by,
        serialize=_said,
        parse_value=parse,
    )


SCALARS: Final[Mapping[object, ScalarDefinition]] = {
    Decimal: _scalar(
        "Decimal",
        "An exact number as a JSON string: at most 14 digits before the point and 6 behind it.",
        "https://speleotrove.com/decimal/decarith.html",
        parse_decimal,
    ),
    datetime: _scalar(
        "DateTime",
        "An instant as RFC 3339 text with an offset; answered in UTC with Z.",
        "https://datatracker.ietf.org/doc/html/rfc3339",
        parse_instant,
    ),
    date: _scalar(
        "Date",
        "A calendar day as ISO 8601 text.",
        "https://datatracker.ietf.org/doc/html/rfc3339#section-5.6",
        parse_date,
    ),
    Cursor: _scalar(
        "Cursor",
        "An opaque place in a list, good only for the ordering it was made by.",
        "https://relay.dev/graphql/connections.htm",
        parse_text,
    ),
    CurrencyCode: _scalar(
        "CurrencyCode",
        "A currency as its ISO 4217 code, such as EUR.",
        "https://www.iso.org/iso-4217-currency-codes.html",
        parse_text,
    ),
    CountryCode: _scalar(
        "CountryCode",
        "A country as its ISO 3166-1 alpha-2 code, such as DE.",
        "https://www.iso.org/iso-3166-country-codes.html",
        parse_text,
    ),
    TimeZone: _scalar(
        "TimeZone",
        "A time zone as its IANA name, such as Europe/Berlin.",
        "https://www.iana.org/time-zones",
        parse_text,
    ),
    EmailAddress: _scalar(
        "EmailAddress",
        "An e-mail address of at most 254 characters.",
        "https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.2",
        parse_text,
    ),
    PhoneNumber: _scalar(
        "PhoneNumber",
        "A telephone number as typed: digits, spaces, + - and parentheses.",
        "https://www.itu.int/rec/T-REC-E.123",
        parse_text,
    ),
    IpNetwork: _scalar(
        "IpNetwork",
        "A network in CIDR form, its host bits zero.",
        "https://datatracker.ietf.org/doc/html/rfc4632#section-3.1",
        parse_text,
    ),
}
"""What `StrawberryConfig(scalar_map=SCALARS)` needs."""
