"""Which accounts somebody means: given ids, or everything a filter matches, within what they see.

The condition is our own text with numbered places; what people typed stands beside it as values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.rules import filters
from models.rules.enums import AccountKind
from models.rules.errors import DomainError, ErrorCode
from models.rules.filters import Criterion, Filter
from models.rules.viewer import Viewer

IDS_MOST = 1000  # more are named by a filter
# How a condition calls the account and its wallet.
FROM = "accounts a JOIN ledger_accounts w ON w.id = a.id"
CUSTOMERS = (AccountKind.CUSTOMER, AccountKind.PROVIDER)


@dataclass(frozen=True, slots=True)
class Selection:
    """A condition over `FROM`, the SQL types of its places, and a value for each."""

    condition: str
    types: tuple[str, ...]
    values: tuple[Any, ...]

    @property
    def bound(self) -> list[object]:
        """The values as the driver wants them, also after a stay in JSON."""
        return [_bound(kind, value) for kind, value in zip(self.types, self.values, strict=True)]


def of_ids(
    ids: Sequence[UUID], viewer: Viewer, kinds: Sequence[AccountKind] = CUSTOMERS
) -> Selection:
    """These accounts, as far as the viewer sees them; raises LIMIT_EXCEEDED at `ids`."""
    if len(ids) > IDS_MOST:
        sentence = f"At most {IDS_MOST} ids can be given; a filter names more."
        raise DomainError(ErrorCode.LIMIT_EXCEEDED, ("ids",), sentence)
    return _within("a.id = ANY($1)", ("uuid[]",), (list(ids),), _Scope(viewer, kinds))


def of_filter(
    given: Filter,
    criteria: Mapping[str, Criterion],
    viewer: Viewer,
    kinds: Sequence[AccountKind] = CUSTOMERS,
) -> Selection:
    """Everything the filter matches that the viewer sees; deleted ones only when it names them."""
    shape = filters.shape_of(given, criteria)
    types: list[str] = []

    def place(sql_type: str) -> str:
        types.append(sql_type)
        return f"${len(types)}::{sql_type}"

    condition = filters.sql_of(shape, criteria, place).replace("{t}", "a").replace("{w}", "w")
    if not any(criteria[name].lifts_listed for name in filters.names_in(shape)):
        condition = f"{condition} AND a.status <> 'DELETED'"
    values = tuple(filters.values_of(given, criteria, viewer.time_zone))
    return _within(condition, tuple(types), values, _Scope(viewer, kinds))


@dataclass(frozen=True, slots=True)
class _Scope:
    """Whose eyes, and which kinds of accounts."""

    viewer: Viewer
    kinds: Sequence[AccountKind]


def _within(
    condition: str, types: tuple[str, ...], values: tuple[Any, ...], scope: _Scope
) -> Selection:
    types, values = (*types, "text[]"), (*values, list(scope.kinds))
    condition = f"({condition}) AND a.kind = ANY(${len(types)})"
    if not scope.viewer.is_staff:
        types, values = (*types, "uuid[]"), (*values, list(scope.viewer.reseller_ids))
        column = "a.id" if AccountKind.RESELLER in scope.kinds else "a.reseller_id"
        condition = f"{condition} AND {column} = ANY(${len(types)})"
    return Selection(condition, types, values)


_PARSERS: Mapping[str, Any] = {
    "uuid": lambda value: value if isinstance(value, UUID) else UUID(value),
    "numeric": Decimal,
    "timestamptz": lambda v: v if isinstance(v, datetime) else datetime.fromisoformat(v),
}


def _bound(sql_type: str, value: Any) -> object:
    parse = _PARSERS.get(sql_type.removesuffix("[]"), lambda item: item)
    return [parse(item) for item in value] if sql_type.endswith("[]") else parse(value)
