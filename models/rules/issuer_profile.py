"""What an issuer of documents may say of itself, and every rule that a change of it breaks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.rules.email import email_violation
from models.rules.errors import ErrorCode, Problem
from models.rules.field_rules import FIELD_RULES, Policy
from models.rules.text import note_violation, required_violation, text_violation
from models.rules.time_zones import is_zone
from models.rules.violation import Violation

PREFIX_LONGEST = 16
DAYS_MOST = 365
REMINDERS_MOST = 10
NUMBER_MOST = 1_000_000_000
NEXT_NUMBER = "nextInvoiceNumber"

NOT_CLEARABLE = Violation(ErrorCode.REQUIRED, "can not be cleared")
DAYS = Violation(ErrorCode.OUT_OF_RANGE, f"must be from 0 to {DAYS_MOST}")
REMINDERS = Violation(
    ErrorCode.OUT_OF_RANGE, f"must be at most {REMINDERS_MOST} days from 1 to {DAYS_MOST}, rising"
)
NUMBER = Violation(ErrorCode.OUT_OF_RANGE, f"must be from 1 to {NUMBER_MOST}")
ZONE = Violation(ErrorCode.INVALID, "must be the IANA name of a time zone, such as Europe/Berlin")
WEB_ADDRESS = Violation(ErrorCode.INVALID, "must begin with https:// or http://")

Check = Callable[[Any], Violation | None]


@dataclass(frozen=True, slots=True)
class IssuerProfilePatch:
    """Three-state changes by column: absent keeps, None clears where allowed, a value sets.

    `reseller_id` None is the administration. `next_invoice_number` is where its invoices begin;
    None: as it is.
    """

    reseller_id: UUID | None
    changes: Mapping[str, Any]
    next_invoice_number: int | None = None

    def problems(self) -> tuple[Problem, ...]:
        """List every rule that the changes break."""
        return tuple(self._found())

    def _found(self) -> Iterator[Problem]:
        for name, value in self.changes.items():
            if value is None:
                if name not in CLEARABLE:
                    yield NOT_CLEARABLE.at(*SPOKEN[name])
            elif violation := _CHECKS[name](value):
                yield violation.at(*SPOKEN[name])
        first = self.next_invoice_number
        if first is not None and not 1 <= first <= NUMBER_MOST:
            yield NUMBER.at(NEXT_NUMBER)


def _account_rule(name: str) -> Check:
    """An address is judged as an account's is."""
    check = FIELD_RULES[name].check
    policy = Policy("USD")
    return lambda value: check(value, policy) if check else None


def _line(longest: int) -> Check:
    return lambda value: text_violation(value, longest)


def _name(value: str) -> Violation | None:
    return required_violation(value) or text_violation(value, 120)


def _days(value: int) -> Violation | None:
    return None if 0 <= value <= DAYS_MOST else DAYS


def _reminders(value: list[int]) -> Violation | None:
    rising = all(1 <= day <= DAYS_MOST for day in value) and value == sorted(set(value))
    return None if rising and len(value) <= REMINDERS_MOST else REMINDERS


def _zone(value: str) -> Violation | None:
    return None if is_zone(value) else ZONE


def _website(value: str) -> Violation | None:
    if not value.startswith(("https://", "http://")):
        return WEB_ADDRESS
    return text_violation(value, 254)


_ADDRESS = {
    name: (("address", path), _account_rule(name))
    for name, path in {
        "address_line1": "line1",
        "address_line2": "line2",
        "city": "city",
        "province": "province",
        "postal_code": "postalCode",
        "country_code": "countryCode",
    }.items()
}
_FIELDS: dict[str, tuple[tuple[str, ...], Check]] = {
    "name": (("name",), _name),
    **_ADDRESS,
    "tax_number": (("taxNumber",), _line(32)),
    "invoice_prefix": (("invoicePrefix",), _line(PREFIX_LONGEST)),
    "receipt_prefix": (("receiptPrefix",), _line(PREFIX_LONGEST)),
    "due_days": (("dueDays",), _days),
    "note": (("note",), lambda value: note_violation(value, 500)),
    "logo_upload_id": (("logoUploadId",), lambda _value: None),
    "time_zone": (("timeZone",), _zone),
    "reply_to": (("replyTo",), email_violation),
    "website": (("website",), _website),
    "reminder_days": (("reminderDays",), _reminders),
    "suspend_after_days": (("suspendAfterDays",), _days),
}
SPOKEN = {name: path for name, (path, _) in _FIELDS.items()}
CLEARABLE = frozenset(_ADDRESS) | frozenset(
    ["tax_number", "note", "logo_upload_id", "reply_to", "website", "suspend_after_days"]
)
_CHECKS = {name: check for name, (_, check) in _FIELDS.items()}
