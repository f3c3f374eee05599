"""What a filter means, said in Python."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from strawberry.utils.str_converters import to_snake_case

from tests.database.reads.naive_rows import Naive, ended, row_id
from tests.database.reads.world import ZONE, Row


def names_state(where: Any) -> bool:
    """Whether a filter asks for states, at any depth."""
    inner = [*(where.get("and") or []), *(where.get("or") or []), where.get("not") or {}]
    return where.get("state") is not None or any(names_state(w) for w in inner if w)


def matches(naive: Naive, row: Row, where: dict[str, Any]) -> bool:
    """Whether a row is what a filter asks for."""
    return all(_holds(naive, row, key, value) for key, value in where.items() if value is not None)


_SPECIAL: dict[str, Callable[[Naive, Row, Any], bool]] = {
    "and": lambda naive, row, value: all(matches(naive, row, inner) for inner in value),
    "or": lambda naive, row, value: any(matches(naive, row, inner) for inner in value),
    "not": lambda naive, row, value: not matches(naive, row, value),
    "ended": lambda _, row, value: ended(row) is value,
    "ownedBy": lambda _, row, value: bool(row["owner_id"] == row_id(value)),
    "search": lambda _, row, value: value.lower() in row["found"],
}


def _holds(naive: Naive, row: Row, key: str, value: Any) -> bool:
    if key in _SPECIAL:
        return _SPECIAL[key](naive, row, value)
    found = naive.balance(row) if key == "balance" else row[to_snake_case(key)]
    return all(
        _compares(key, found, operator, operand)
        for operator, operand in value.items()
        if operand is not None
    )


def _operand(key: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_operand(key, item) for item in value]
    match key:
        case "id" | "planId":
            return row_id(value)
        case "balance":
            return Decimal(value)
        case "endsAt":
            return datetime.fromisoformat(value)
        case "name" | "company":
            return value.lower()
    return value


def _compares(key: str, found: Any, operator: str, operand: Any) -> bool:
    if operator == "isNull":
        return (found is None) is operand
    if found is None:
        return operator in {"ne", "notContains", "notOn"}
    if operator in _DAYS:
        return _DAYS[operator](found.astimezone(ZoneInfo(ZONE)).date().isoformat(), operand)
    left = found.lower() if key in {"name", "company"} else found
    return _OPERATORS[operator](left, _operand(key, operand))


_DAYS: dict[str, Callable[[str, str], bool]] = {
    "on": lambda day, given: day == given,
    "notOn": lambda day, given: day != given,
    "since": lambda day, given: day >= given,
    "until": lambda day, given: day <= given,
}
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "in": lambda a, b: a in b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "contains": lambda a, b: b in a,
    "notContains": lambda a, b: b not in a,
    "startsWith": lambda a, b: a.startswith(b),
    "endsWith": lambda a, b: a.endswith(b),
}
