"""What people enter in the panels of the customer screen, and every rule that this breaks.

Whether a number or network is free is told by the database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from models.rules.errors import ErrorCode, Problem
from models.rules.field_rules import NAME_LONGEST
from models.rules.money import minor_digits_violation, non_negative_violation
from models.rules.networks import network_violation
from models.rules.phone import line_number_violation, prefix_violation
from models.rules.text import required_violation, text_violation
from models.rules.violation import Violation

TECH_PREFIX_LONGEST = 20
SPEED_DIAL_KEYS = range(10)

_TECH_PREFIX = Violation(
    ErrorCode.INVALID, f"must be at most {TECH_PREFIX_LONGEST} of the characters 0-9 * and #"
)
_NO_KEY = Violation(ErrorCode.OUT_OF_RANGE, "must be one of 0 to 9")


def _name_problems(name: str | None, field: str = "name") -> Iterator[Problem]:
    violation = text_violation(name, NAME_LONGEST) if name else None
    if violation:
        yield violation.at(field)


@dataclass(frozen=True, slots=True)
class IpSettingDraft:
    """A network whose calls are an account's. Requirement heading: IP Settings."""

    name: str
    network: str
    prefix: str = ""

    def problems(self, *, of_the_house: bool) -> tuple[Problem, ...]:
        """Every rule that is broken; `of_the_house` when staff ask."""
        return tuple(self._found(of_the_house=of_the_house))

    def _found(self, *, of_the_house: bool) -> Iterator[Problem]:
        missing = required_violation(self.name)
        if missing:
            yield missing.at("name")
        yield from _name_problems(self.name)
        violation = network_violation(self.network, of_the_house=of_the_house)
        if violation:
            yield violation.at("network")
        yield from tech_prefix_problems(self.prefix)


def tech_prefix_problems(prefix: str) -> Iterator[Problem]:
    """What is wrong with the digits dialled before a number; none is fine."""
    if len(prefix) > TECH_PREFIX_LONGEST or not set(prefix) <= set("0123456789*#"):
        yield _TECH_PREFIX.at("prefix")


def name_problems(name: str) -> Iterator[Problem]:
    """What is wrong with a name that must be there."""
    missing = required_violation(name)
    if missing:
        yield missing.at("name")
    yield from _name_problems(name)


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A number of a line with an optional name: a caller ID, or the one that is forced."""

    number: str
    name: str | None = None

    def problems(self) -> tuple[Problem, ...]:
        """Every rule that is broken."""
        violation = line_number_violation(self.number)
        found = (violation.at("number"),) if violation else ()
        return (*found, *_name_problems(self.name))


@dataclass(frozen=True, slots=True)
class SpeedDialDraft:
    """What one key dials. Requirement heading: Speed Dial."""

    key: int
    number: str

    def problems(self) -> tuple[Problem, ...]:
        """Every rule that is broken."""
        found = key_problems(self.key)
        violation = line_number_violation(self.number)
        return (*found, violation.at("number")) if violation else found


def key_problems(key: int) -> tuple[Problem, ...]:
    """Whether there is no such key on a telephone."""
    return () if key in SPEED_DIAL_KEYS else (_NO_KEY.at("key"),)


@dataclass(frozen=True, slots=True)
class BlockedCodeDraft:
    """A prefix that may not be called. Requirement heading: Blocked Codes."""

    prefix: str
    destination: str | None = None

    def problems(self) -> tuple[Problem, ...]:
        """Every rule that is broken."""
        violation = prefix_violation(self.prefix)
        found = (violation.at("prefix"),) if violation else ()
        return (*found, *_name_problems(self.destination, "destination"))


@dataclass(frozen=True, slots=True)
class AlertThresholdDraft:
    """When somebody is told that funds run low. Requirement heading: Alert Threshold."""

    enabled: bool
    balance_below: Decimal

    def problems(self, currency_code: str) -> tuple[Problem, ...]:
        """Every rule that is broken, in the account's currency."""
        violation = non_negative_violation(self.balance_below) or minor_digits_violation(
            self.balance_below, currency_code
        )
        return (violation.at("balanceBelow"),) if violation else ()
