"""A row of a customer list as a file: what it asks for, and every reason to reject it.

Whether a number or an address is taken is told by the database; text and quoting are `csv_text`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

from models.rules.csv_text import unprotected
from models.rules.customer_columns import SECRET_FIELDS, Layout
from models.rules.draft import CustomerDraft
from models.rules.enums import (
    AccountType,
    BillingSchedule,
    CliPool,
    CustomerImportField,
)
from models.rules.errors import ErrorCode, Problem
from models.rules.field_rules import FIELD_RULES, FieldValue, Policy
from models.rules.money import NOT_A_NUMBER, parse_decimal
from models.rules.patch import CustomerPatch
from models.rules.violation import Violation

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
NOT_WHOLE = Violation(ErrorCode.INVALID, "must be a whole number")
NO_RATE_GROUP = Violation(
    ErrorCode.RATE_GROUP_NOT_OWNED, "is not the name of an active rate group of the owner"
)

# The attribute of a draft that a column fills; the others are called alike.
_ATTRIBUTES = {
    CustomerImportField.BALANCE: "opening_balance",
    CustomerImportField.RATE_GROUP: "rate_group_id",
}
# Of an account that exists: money, logins and secrets are never changed by a file.
_NOT_UPDATED = frozenset({"opening_balance", "password", "sip_username", "sip_password"})
_IGNORED = frozenset(FIELD_RULES[name].path for name in _NOT_UPDATED)
# What a file repeats about an account that exists: only another value is a change. The rate group
# can be changed, but the one it has may be switched off by now; the others can not.
_REPEATED = frozenset({"number", "type", "currency_code", "rate_group_id"})

Parser: TypeAlias = Callable[[str], FieldValue | Violation]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDefaults:
    """Values for every row of a file; a cell that says something wins."""

    type: AccountType
    rate_group_id: UUID | None
    reseller_id: UUID | None = None
    currency_code: str | None = None
    time_zone: str | None = None
    country_code: str | None = None
    non_cli_rate_group_id: UUID | None = None
    cli_pool: CliPool = CliPool.DISABLED
    localization_id: UUID | None = None
    billing_schedule: BillingSchedule = BillingSchedule.MONTHLY
    billing_day: int | None = None
    create_sip_device: bool = False
    generate_pin: bool = False
    records_calls: bool = False
    manages_own_ips: bool = False
    allows_local_calls: bool = True
    notifications_enabled: bool = True
    concurrent_calls: int = 0
    calls_per_second: int = 0
    valid_days: int | None = None

    def problems(self, policy: Policy) -> tuple[Problem, ...]:
        """List what is wrong with the defaults themselves, each below ("defaults",)."""
        found = CustomerDraft(first_name="0", **self.values()).problems(
            replace(policy, email_required=False)
        )
        return tuple(replace(problem, field=("defaults", problem.field[-1])) for problem in found)

    def values(self) -> dict[str, Any]:
        """Give the defaults by attribute of a draft."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """What the cells of one row say, by attribute of a draft; empty cells say nothing.

    problems: the cells that could not be understood at all. rate_group: its name, case-folded.
    """

    values: Mapping[str, FieldValue]
    problems: tuple[Problem, ...]
    defaults: Mapping[str, FieldValue]
    rate_group: str | None = None

    def among(self, rate_groups: Mapping[str, UUID]) -> "ImportedRow":
        """Read the name of the rate group as one of these, told by case-folded name."""
        if self.rate_group is None:
            return self
        path = FIELD_RULES["rate_group_id"].path
        values = {name: value for name, value in self.values.items() if name != "rate_group_id"}
        problems = tuple(problem for problem in self.problems if problem.field != path)
        if found := rate_groups.get(self.rate_group):
            return replace(self, values={**values, "rate_group_id": found}, problems=problems)
        return replace(self, values=values, problems=(*problems, NO_RATE_GROUP.at(*path)))

    def draft(self) -> CustomerDraft:
        """Describe the account that the row opens; the number stands in for a first name."""
        said: dict[str, Any] = {**self.defaults, **self.values}
        said.setdefault("first_name", said.get("number", ""))
        if said["billing_schedule"] is BillingSchedule.DAILY and "billing_day" not in self.values:
            said["billing_day"] = None
        return CustomerDraft(**said)

    def reasons_against_opening(self, policy: Policy) -> tuple[Problem, ...]:
        """List every reason not to open the account, as far as the row itself tells."""
        number = () if self.values.get("number") else (FIELD_RULES["number"].missing(),)
        return self._with_unread(number + self.draft().problems(policy))

    def patch(self, current: CustomerDraft) -> CustomerPatch:
        """Give the changes the row asks for on an account that exists; defaults change nothing."""
        return CustomerPatch(
            {
                name: value
                for name, value in self.values.items()
                if name not in _NOT_UPDATED
                and not (name in _REPEATED and _same(value, getattr(current, name)))
            }
        )

    def _with_unread(self, found: tuple[Problem, ...]) -> tuple[Problem, ...]:
        # A cell that can not be understood has one reason, not a second one for being missing.
        unread = {problem.field for problem in self.problems}
        return self.problems + tuple(problem for problem in found if problem.field not in unread)


def against_change(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Keep what counts for an account that exists; whatever some columns say is ignored."""
    return tuple(problem for problem in problems if problem.field not in _IGNORED)


class RowReader:
    """Reads the rows of one file.

    rate_groups: ids of the owner's active rate groups by case-folded name.
    """

    def __init__(
        self, layout: Layout, defaults: ImportDefaults, rate_groups: Mapping[str, UUID]
    ) -> None:
        self._width = len(layout.fields)
        self._rate_groups = rate_groups
        self._defaults = defaults.values()
        self._columns = [
            (position, _ATTRIBUTES.get(column, column.lower()), _parser(column))
            for position, column in enumerate(layout.fields)
            if column is not None
        ]

    def read(self, cells: Sequence[str]) -> ImportedRow:
        """Understand one row; missing cells at its end are empty."""
        values: dict[str, FieldValue] = {}
        problems: list[Problem] = []
        if any(cells[self._width :]):
            words = f"has {len(cells)} cells where the header has {self._width}"
            problems.append(Violation(ErrorCode.INVALID, words).at())
        for position, attribute, parse in self._columns:
            cell = cells[position] if position < len(cells) else ""
            if not cell or cell.isspace():
                continue
            value = parse(unprotected(cell))
            if isinstance(value, Violation):
                problems.append(value.at(*FIELD_RULES[attribute].path))
            else:
                values[attribute] = value
        name = values.pop("rate_group_id", None)
        rate_group = None if name is None else str(name).casefold()
        row = ImportedRow(values, tuple(problems), self._defaults, rate_group)
        return row.among(self._rate_groups)


def _parser(column: CustomerImportField) -> Parser:
    return str if column in SECRET_FIELDS else _PARSERS.get(column, str.strip)


def _amount(cell: str) -> FieldValue | Violation:
    try:
        return parse_decimal(cell.strip())
    except ValueError:
        return NOT_A_NUMBER


def _whole(cell: str) -> FieldValue | Violation:
    text = cell.strip()
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else NOT_WHOLE


def _word(words: type[AccountType] | type[BillingSchedule]) -> Parser:
    known = {word.value: word for word in words}
    unknown = Violation(ErrorCode.INVALID, f"must be {' or '.join(known)}")
    return lambda cell: known.get(cell.strip().upper(), unknown)


def _code(cell: str) -> str:
    return cell.strip().upper()


def _same(value: FieldValue, current: FieldValue) -> bool:
    if isinstance(value, str) and isinstance(current, str):
        return value.casefold() == current.casefold()
    return value == current


_PARSERS: MappingProxyType[CustomerImportField, Parser] = MappingProxyType(
    {
        CustomerImportField.BALANCE: _amount,
        CustomerImportField.CREDIT_LIMIT: _amount,
        CustomerImportField.CONCURRENT_CALLS: _whole,
        CustomerImportField.CALLS_PER_SECOND: _whole,
        CustomerImportField.BILLING_DAY: _whole,
        CustomerImportField.VALID_DAYS: _whole,
        CustomerImportField.TYPE: _word(AccountType),
        CustomerImportField.BILLING_SCHEDULE: _word(BillingSchedule),
        CustomerImportField.COUNTRY_CODE: _code,
        CustomerImportField.CURRENCY_CODE: _code,
    }
)
