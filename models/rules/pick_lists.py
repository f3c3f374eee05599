"""What an account's form offers to pick from: rate groups, localizations, taxes, and their rules.

Whose they are and whether a name is free is told by the database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.rules.access_draft import name_problems
from models.rules.countries import COUNTRIES
from models.rules.errors import ErrorCode, Problem
from models.rules.localization import Translation, translation_problems
from models.rules.money import ZERO, amount_violation, non_negative_violation
from models.rules.violation import Violation

WHOLE = Decimal(100)  # percent
PRIORITIES = range(-1_000, 1_001)

NOT_CLEARABLE = Violation(ErrorCode.REQUIRED, "can not be cleared")
NO_COUNTRY = Violation(ErrorCode.INVALID, "must be an ISO 3166 country code, such as DE")
NO_PERCENTAGE = Violation(ErrorCode.OUT_OF_RANGE, f"must be from 0 to {WHOLE}")
NO_PRIORITY = Violation(
    ErrorCode.OUT_OF_RANGE, f"must be from {PRIORITIES.start} to {PRIORITIES.stop - 1}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateGroupDraft:
    """A price list by name; without a reseller it is the administration's or the caller's."""

    name: str
    reseller_id: UUID | None = None

    def problems(self) -> tuple[Problem, ...]:
        """List every rule that the draft breaks."""
        return tuple(name_problems(self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalizationDraft:
    """A set of number translations, tried in their order."""

    name: str
    rules: tuple[Translation, ...]
    country_code: str | None = None
    reseller_id: UUID | None = None

    def problems(self) -> tuple[Problem, ...]:
        """List every rule that the draft breaks."""
        return tuple(self._found())

    def _found(self) -> Iterator[Problem]:
        yield from name_problems(self.name)
        if self.country_code is not None and self.country_code not in COUNTRIES:
            yield NO_COUNTRY.at("countryCode")
        yield from translation_problems(self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxDraft:
    """A tax: a percentage of the net, and an amount once a document."""

    name: str
    rate_percent: Decimal
    fixed_amount: Decimal = ZERO
    priority: int = 0
    is_default: bool = False
    reseller_id: UUID | None = None

    def problems(self) -> tuple[Problem, ...]:
        """List every rule that the draft breaks."""
        return tuple(self._found())

    def _found(self) -> Iterator[Problem]:
        yield from name_problems(self.name)
        if violation := amount_violation(self.rate_percent):
            yield violation.at("ratePercent")
        elif not ZERO <= self.rate_percent <= WHOLE:
            yield NO_PERCENTAGE.at("ratePercent")
        if violation := non_negative_violation(self.fixed_amount):
            yield violation.at("fixedAmount")
        if self.priority not in PRIORITIES:
            yield NO_PRIORITY.at("priority")


@dataclass(frozen=True, slots=True)
class PickListPatch:
    """Changes of one of them by attribute: absent keeps, a value sets; nothing can be cleared.

    Keys: name, status, and of a localization rules, of a tax priority and is_default.
    """

    changes: Mapping[str, Any]

    def problems(self) -> tuple[Problem, ...]:
        """List every rule that the changes break."""
        return tuple(self._found())

    def _found(self) -> Iterator[Problem]:
        for name, value in self.changes.items():
            if value is None:
                yield NOT_CLEARABLE.at(_SPOKEN.get(name, name))
        if self.changes.get("name") is not None:
            yield from name_problems(self.changes["name"])
        yield from translation_problems(self.changes.get("rules") or ())
        priority = self.changes.get("priority")
        if priority is not None and priority not in PRIORITIES:
            yield NO_PRIORITY.at("priority")


_SPOKEN = {"is_default": "isDefault"}
