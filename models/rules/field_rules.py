"""One table of what each field of an account may hold; every door into the house reads it.

Rules over several fields stand in `draft`; what only a database can tell is judged by its verbs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

from models.rules.account_number import number_violation
from models.rules.countries import COUNTRIES
from models.rules.currencies import MINOR_DIGITS
from models.rules.email import email_violation
from models.rules.errors import ErrorCode, Problem
from models.rules.money import non_negative_violation
from models.rules.phone import phone_violation
from models.rules.pin import PIN_MINIMUM, pin_violation
from models.rules.sip_secret import realm_violation, username_violation
from models.rules.text import note_violation, required_violation, text_violation
from models.rules.time_zones import is_zone
from models.rules.violation import Violation

FieldValue: TypeAlias = (
    str | int | bool | Decimal | UUID | datetime | tuple[UUID, ...] | tuple[str, ...] | None
)

NAME_LONGEST = 80
ADDRESS_LINE_LONGEST = 120
POSTAL_CODE_LONGEST = 16
TAX_NUMBER_LONGEST = 32
NOTE_LONGEST = 500
REFERENCE_LONGEST = 120
CALLS_MOST = 100_000  # concurrent or per second; 0 is unlimited
VALID_DAYS_MOST = 36_500  # a hundred years
LAST_BILLING_DAY = 31
TAXES_MOST = 50  # more on one document is a mistake of the caller
LAST_YEAR = 9000  # later instants leave no room for calendar arithmetic


@dataclass(frozen=True, slots=True)
class Policy:
    """What the house configured and the owner stands for, as far as field rules ask.

    default_currency_code: the owner's; used where an input names no currency.
    email_required: false for accounts made in bulk, whose addresses nobody knows.
    """

    default_currency_code: str
    pin_minimum_length: int = PIN_MINIMUM
    email_required: bool = True


Check: TypeAlias = Callable[[Any, Policy], Violation | None]


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field: its camelCase path, what its value may be, and whether an update may clear it."""

    path: tuple[str, ...]
    check: Check | None = None
    clearable: bool = False

    def problem(self, value: FieldValue, policy: Policy) -> Problem | None:
        """Judge a value that is present; absent ones are judged by who needs them."""
        violation = self.check(value, policy) if self.check else None
        return violation.at(*self.path) if violation else None

    def missing(self) -> Problem:
        """Say that the field is required."""
        return Violation(ErrorCode.REQUIRED, "is required").at(*self.path)


def _plain(rule: Callable[[Any], Violation | None]) -> Check:
    return lambda value, _policy: rule(value)


def _text(longest: int) -> Check:
    return lambda value, _policy: text_violation(value, longest)


def _name(value: str, _policy: Policy) -> Violation | None:
    return required_violation(value) or text_violation(value, NAME_LONGEST)


def _pin(value: str, policy: Policy) -> Violation | None:
    return pin_violation(value, policy.pin_minimum_length)


def _between(least: int, most: int) -> Check:
    out_of_range = Violation(ErrorCode.OUT_OF_RANGE, f"must be from {least} to {most}")
    return lambda value, _policy: None if least <= value <= most else out_of_range


def _one_of(known: Callable[[str], bool], what: str) -> Check:
    unknown = Violation(ErrorCode.INVALID, f"must be {what}")
    return lambda value, _policy: None if known(value) else unknown


def _tax_ids(value: tuple[UUID, ...], _policy: Policy) -> Violation | None:
    if len(value) <= TAXES_MOST:
        return None
    return Violation(ErrorCode.LIMIT_EXCEEDED, f"must name at most {TAXES_MOST} taxes")


def _instant(value: datetime, _policy: Policy) -> Violation | None:
    if value.tzinfo is None:
        return Violation(ErrorCode.INVALID, "must say its offset from UTC")
    if value.year > LAST_YEAR:
        return Violation(ErrorCode.OUT_OF_RANGE, f"must not lie after the year {LAST_YEAR}")
    return None


_COUNTRY = _one_of(COUNTRIES.__contains__, "an ISO 3166 country code of two capitals, such as DE")
_CURRENCY = _one_of(MINOR_DIGITS.__contains__, "an ISO 4217 currency code such as EUR")
_ZONE = _one_of(is_zone, "the IANA name of a time zone, such as Europe/Berlin")
_EMAIL = _plain(email_violation)
_PHONE = _plain(phone_violation)
_AMOUNT = _plain(non_negative_violation)
_CALLS = _between(0, CALLS_MOST)

# By attribute of a draft, which is also the column of a row; in the order of the form.
FIELD_RULES: MappingProxyType[str, FieldRule] = MappingProxyType(
    {
        "reseller_id": FieldRule(("resellerId",)),
        "parent_id": FieldRule(("parentId",)),
        "number": FieldRule(("number",), _plain(number_violation)),
        "password": FieldRule(("password",)),
        "pin": FieldRule(("pin",), _pin),
        "email": FieldRule(("email",), _EMAIL),
        "first_name": FieldRule(("firstName",), _name),
        "last_name": FieldRule(("lastName",), _text(NAME_LONGEST), clearable=True),
        "company": FieldRule(("company",), _text(NAME_LONGEST), clearable=True),
        "phone": FieldRule(("phone",), _PHONE, clearable=True),
        "mobile": FieldRule(("mobile",), _PHONE, clearable=True),
        "notification_email": FieldRule(("notificationEmail",), _EMAIL, clearable=True),
        "address_line1": FieldRule(
            ("address", "line1"), _text(ADDRESS_LINE_LONGEST), clearable=True
        ),
        "address_line2": FieldRule(
            ("address", "line2"), _text(ADDRESS_LINE_LONGEST), clearable=True
        ),
        "city": FieldRule(("address", "city"), _text(NAME_LONGEST), clearable=True),
        "province": FieldRule(("address", "province"), _text(NAME_LONGEST), clearable=True),
        "postal_code": FieldRule(
            ("address", "postalCode"), _text(POSTAL_CODE_LONGEST), clearable=True
        ),
        "country_code": FieldRule(("address", "countryCode"), _COUNTRY, clearable=True),
        "time_zone": FieldRule(("timeZone",), _ZONE),
        "currency_code": FieldRule(("currencyCode",), _CURRENCY),
        "realm": FieldRule(("realm",), _plain(realm_violation)),
        "permissions": FieldRule(("permissions",)),
        "sip_username": FieldRule(("sipUsername",), _plain(username_violation)),
        "sip_password": FieldRule(("sipPassword",)),
        "concurrent_calls": FieldRule(("concurrentCalls",), _CALLS),
        "calls_per_second": FieldRule(("callsPerSecond",), _CALLS),
        "localization_id": FieldRule(("localizationId",), clearable=True),
        "allows_local_calls": FieldRule(("allowsLocalCalls",)),
        "notifications_enabled": FieldRule(("notificationsEnabled",)),
        "payment_gateway_allowed": FieldRule(("paymentGatewayAllowed",)),
        "records_calls": FieldRule(("recordsCalls",)),
        "manages_own_ips": FieldRule(("managesOwnIps",)),
        "type": FieldRule(("type",)),
        "credit_limit": FieldRule(("creditLimit",), _AMOUNT),
        "opening_balance": FieldRule(("openingBalance",), _AMOUNT),
        "rate_group_id": FieldRule(("rateGroupId",)),
        "non_cli_rate_group_id": FieldRule(("nonCliRateGroupId",), clearable=True),
        "cli_pool": FieldRule(("cliPool",)),
        "billing_schedule": FieldRule(("billingSchedule",)),
        "billing_day": FieldRule(("billingDay",), _between(1, LAST_BILLING_DAY), clearable=True),
        "tax_number": FieldRule(("taxNumber",), _text(TAX_NUMBER_LONGEST), clearable=True),
        "tax_ids": FieldRule(("taxIds",), _tax_ids, clearable=True),
        "invoices_zero_amounts": FieldRule(("invoicesZeroAmounts",)),
        "invoice_note": FieldRule(
            ("invoiceNote",), lambda value, _: note_violation(value, NOTE_LONGEST), clearable=True
        ),
        "reference": FieldRule(("reference",), _text(REFERENCE_LONGEST), clearable=True),
        "valid_days": FieldRule(("validDays",), _between(1, VALID_DAYS_MOST), clearable=True),
        "expires_at": FieldRule(("expiresAt",), _instant, clearable=True),
    }
)
