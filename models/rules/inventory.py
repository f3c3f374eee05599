"""What the house offers, DIDs and products, and every rule that an offer breaks.

Whether a number is in the inventory already is told by the database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from models.rules.countries import COUNTRIES
from models.rules.currencies import MINOR_DIGITS
from models.rules.enums import ProductBilling, ProductCategory
from models.rules.errors import ErrorCode, Problem
from models.rules.field_rules import NAME_LONGEST, NOTE_LONGEST
from models.rules.money import minor_digits_violation, non_negative_violation
from models.rules.phone import line_number_violation
from models.rules.text import note_violation, required_violation, text_violation
from models.rules.violation import Violation

INCREMENT_SECONDS_MOST = 3_600
REMINDER_DAYS_MOST = 60
BILLING_DAYS_MOST = 3_660  # ten years
QUANTITY_MOST = 10_000

_UNKNOWN_CURRENCY = Violation(ErrorCode.INVALID, "must be an ISO 4217 currency code such as EUR")
_UNKNOWN_COUNTRY = Violation(ErrorCode.INVALID, "must be an ISO 3166 country code such as DE")


@dataclass(frozen=True, slots=True, kw_only=True)
class DidDraft:
    """A number of the inventory; fees in `currency_code`. Requirement heading: DID."""

    number: str
    currency_code: str
    country_code: str | None = None
    province: str | None = None
    city: str | None = None
    connect_fee: Decimal = Decimal(0)
    per_minute: Decimal = Decimal(0)
    initial_increment_seconds: int = 0
    increment_seconds: int = 60
    setup_fee: Decimal = Decimal(0)
    monthly_fee: Decimal = Decimal(0)
    releases_when_unfunded: bool = True
    reminder_days: int = 3

    def problems(self) -> tuple[Problem, ...]:
        """Every rule that is broken."""
        return tuple(self._found())

    def _found(self) -> Iterator[Problem]:
        if violation := line_number_violation(self.number):
            yield violation.at("number")
        if self.country_code and self.country_code not in COUNTRIES:
            yield _UNKNOWN_COUNTRY.at("countryCode")
        yield from _texts({"province": self.province, "city": self.city})
        yield from _rates({"connectFee": self.connect_fee, "perMinute": self.per_minute})
        fees = {"setupFee": self.setup_fee, "monthlyFee": self.monthly_fee}
        yield from amount_problems(fees, self.currency_code)
        yield from _bounded("initialIncrementSeconds", self.initial_increment_seconds, 0)
        yield from _bounded("incrementSeconds", self.increment_seconds, 1)
        yield from _between("reminderDays", self.reminder_days, (0, REMINDER_DAYS_MOST))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDraft:
    """Something sold; prices in `currency_code`. Requirement heading: Product."""

    name: str
    category: ProductCategory
    currency_code: str
    price: Decimal
    billing: ProductBilling
    description: str | None = None
    setup_fee: Decimal = Decimal(0)
    billing_days: int | None = None
    free_minutes: int | None = None
    releases_when_unfunded: bool = True
    reminder_days: int = 3

    def problems(self) -> tuple[Problem, ...]:
        """Every rule that is broken."""
        return tuple(self._found())

    def _found(self) -> Iterator[Problem]:
        if violation := required_violation(self.name) or text_violation(self.name, NAME_LONGEST):
            yield violation.at("name")
        if self.description and (words := note_violation(self.description, NOTE_LONGEST)):
            yield words.at("description")
        prices = {"price": self.price, "setupFee": self.setup_fee}
        yield from amount_problems(prices, self.currency_code)
        yield from self._period()
        yield from _between("reminderDays", self.reminder_days, (0, REMINDER_DAYS_MOST))
        if self.free_minutes is not None:
            yield from _between("freeMinutes", self.free_minutes, (0, 10**6))

    def _period(self) -> Iterator[Problem]:
        if self.billing is ProductBilling.RECURRING and self.billing_days is None:
            words = "is required for a recurring product"
            yield Violation(ErrorCode.REQUIRED, words).at("billingDays")
        elif self.billing is ProductBilling.ONE_TIME and self.billing_days is not None:
            words = "must be absent for a product that is paid once"
            yield Violation(ErrorCode.INVALID, words).at("billingDays")
        elif self.billing_days is not None:
            yield from _between("billingDays", self.billing_days, (1, BILLING_DAYS_MOST))


def amount_problems(amounts: Mapping[str, Decimal], currency_code: str) -> Iterator[Problem]:
    """What is wrong with amounts that are charged as they stand, and with their currency."""
    if currency_code not in MINOR_DIGITS:
        yield _UNKNOWN_CURRENCY.at("currencyCode")
        return
    for field, amount in amounts.items():
        violation = non_negative_violation(amount) or minor_digits_violation(amount, currency_code)
        if violation:
            yield violation.at(field)


def quantity_problems(quantity: int) -> tuple[Problem, ...]:
    """What is wrong with how many are ordered."""
    return tuple(_between("quantity", quantity, (1, QUANTITY_MOST)))


def _rates(rates: Mapping[str, Decimal]) -> Iterator[Problem]:
    for field, rate in rates.items():
        if violation := non_negative_violation(rate):
            yield violation.at(field)


def _texts(texts: Mapping[str, str | None]) -> Iterator[Problem]:
    for field, text in texts.items():
        if text and (violation := text_violation(text, NAME_LONGEST)):
            yield violation.at(field)


def _bounded(field: str, seconds: int, least: int) -> Iterator[Problem]:
    yield from _between(field, seconds, (least, INCREMENT_SECONDS_MOST))


def _between(field: str, value: int, bounds: tuple[int, int]) -> Iterator[Problem]:
    least, most = bounds
    if not least <= value <= most:
        yield Violation(ErrorCode.OUT_OF_RANGE, f"must be from {least} to {most}").at(field)
