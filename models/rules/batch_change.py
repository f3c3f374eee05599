"""One change of many customers: what it says, and what it makes of each of them.

A change becomes a patch of each account, so the rules that judge it are those of a single change.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from models.rules.enums import AccountStatus
from models.rules.errors import ErrorCode, Problem
from models.rules.field_rules import FIELD_RULES, FieldRule, FieldValue, Policy
from models.rules.money import amount_violation
from models.rules.patch import expiry_problems
from models.rules.violation import Violation

INPUT = "changes"  # what the API calls the whole
# What people set and clear here; everything else of an account is changed one by one.
STATES = frozenset({AccountStatus.ACTIVE, AccountStatus.INACTIVE})

_WHOLE = frozenset({"concurrent_calls", "calls_per_second", "valid_days"})
_LIMITS = frozenset({"concurrent_calls", "calls_per_second"})  # 0: unlimited
_PATCHED = (
    *("rate_group_id", "records_calls", "manages_own_ips", "allows_local_calls", "expires_at"),
    *("credit_limit", "concurrent_calls", "calls_per_second", "valid_days"),
)
# Names that are no fields of a customer's profile.
_BESIDE = MappingProxyType(
    {
        "status": FieldRule(("status",)),
        "alert_enabled": FieldRule(("alertEnabled",)),
        "balance": FieldRule(("balance",), lambda value, _: amount_violation(value)),
        "balance_below": FieldRule(("balanceBelow",), FIELD_RULES["credit_limit"].check),
    }
)

NOTHING = Violation(ErrorCode.REQUIRED, "name nothing that is to change").at(INPUT)
NO_STATE = Violation(ErrorCode.INVALID, "must be ACTIVE or INACTIVE")
NOT_WHOLE = Violation(ErrorCode.INVALID, "must be a whole number")
NOT_POSITIVE = Violation(ErrorCode.OUT_OF_RANGE, "must be changed by more than 0")
NO_VALUE = Violation(ErrorCode.WRONG_STATE, "has no value that could go up or down")
UNLIMITED = Violation(ErrorCode.OUT_OF_RANGE, "is unlimited and can not go down: set it instead")
BELOW_ONE = Violation(ErrorCode.OUT_OF_RANGE, "would go below 1, where 0 means unlimited")


class Way(StrEnum):
    """How a number changes."""

    SET = "SET"
    INCREASE = "INCREASE"
    DECREASE = "DECREASE"


@dataclass(frozen=True, slots=True)
class NumberChange:
    """A new value, or a difference; `by` is never negative for a difference."""

    way: Way
    by: Decimal

    @property
    def is_difference(self) -> bool:
        """Whether the present value counts."""
        return self.way is not Way.SET

    @property
    def signed(self) -> Decimal:
        """What is added to the present value, or the new one."""
        return -self.by if self.way is Way.DECREASE else self.by

    def applied_to(self, present: Decimal) -> Decimal:
        """The value afterwards."""
        return present + self.signed if self.is_difference else self.by


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchChange:
    """What is to change on every account; None keeps. Requirement heading: Batch Update.

    cleared: names that were given as null. Amounts are in each account's own currency.
    """

    rate_group_id: UUID | None = None
    status: AccountStatus | None = None
    records_calls: bool | None = None
    manages_own_ips: bool | None = None
    allows_local_calls: bool | None = None
    alert_enabled: bool | None = None
    expires_at: datetime | None = None
    balance: NumberChange | None = None
    credit_limit: NumberChange | None = None
    balance_below: NumberChange | None = None
    concurrent_calls: NumberChange | None = None
    calls_per_second: NumberChange | None = None
    valid_days: NumberChange | None = None
    cleared: tuple[str, ...] = ()

    @property
    def touches_alert(self) -> bool:
        """Whether the low-balance alert changes."""
        return self.alert_enabled is not None or self.balance_below is not None

    def problems(self) -> tuple[Problem, ...]:
        """List what is wrong with the change, whatever account it meets."""
        if not self.cleared and next(self._given(), None) is None:
            return (NOTHING,)
        return tuple(self._found())

    def patch(self, present: Mapping[str, Any]) -> tuple[dict[str, FieldValue], list[Problem]]:
        """What to patch on an account that is now so, and why some of it can not be.

        present: values of the account by attribute of its draft.
        """
        patched: dict[str, FieldValue] = {name: None for name in self.cleared if name in _PATCHED}
        problems: list[Problem] = []
        for name, value in self._given():
            if name not in _PATCHED:
                continue
            if not isinstance(value, NumberChange):
                patched[name] = value
                continue
            wanted = _resolved(name, value, present[name])
            if isinstance(wanted, Violation):
                problems.append(wanted.at(*FIELD_RULES[name].path))
            else:
                patched[name] = int(wanted) if name in _WHOLE else wanted
        return patched, problems

    def _given(self) -> Iterator[tuple[str, Any]]:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and field.name != "cleared":
                yield field.name, value

    def _found(self) -> Iterator[Problem]:
        for name in self.cleared:
            if not _rule(name).clearable:
                yield below(_rule(name).missing())
        for name, value in self._given():
            violation = _violation(name, value)
            if violation is not None:
                yield violation.at(INPUT, *_rule(name).path)
        if self.status is not None and self.status not in STATES:
            yield NO_STATE.at(INPUT, "status")
        yield from map(below, expiry_problems({n: v for n, v in self._given() if n in _PATCHED}))


def below(problem: Problem) -> Problem:
    """The same problem, told by its place in the input of a batch change."""
    return Problem(problem.code, (INPUT, *problem.field), problem.message)


def _violation(name: str, value: Any) -> Violation | None:
    rule = _rule(name)
    if isinstance(value, NumberChange):
        if value.way is not Way.SET and value.by <= 0:
            return NOT_POSITIVE
        if name in _WHOLE and value.by != value.by.to_integral_value():
            return NOT_WHOLE
        if value.way is not Way.SET:
            return amount_violation(value.by)
        value = value.by
    return rule.check(value, Policy("USD")) if rule.check else None


def _resolved(name: str, change: NumberChange, present: Any) -> Decimal | Violation:
    if change.way is Way.SET:
        return change.by
    if present is None:
        return NO_VALUE
    now = Decimal(present)
    if name in _LIMITS:
        return _limit(change, now)
    return change.applied_to(now)


def _limit(change: NumberChange, now: Decimal) -> Decimal | Violation:
    """Nothing is more than unlimited, and nobody becomes unlimited by being lowered."""
    if not now:
        return now if change.way is Way.INCREASE else UNLIMITED
    wanted = change.applied_to(now)
    return wanted if wanted >= 1 else BELOW_ONE


def _rule(name: str) -> FieldRule:
    return _BESIDE.get(name) or FIELD_RULES[name]
