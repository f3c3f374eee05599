"""What a filter means: the operators of each kind of value, combined by and, or and not, as SQL.

Pure text and values; no input ever stands in the text. Which rows are seen is settled elsewhere.

A filter is a mapping as the API takes it, with camelCase keys: `{"number": {"startsWith": "4"},
"or": [{"status": {"eq": "ACTIVE"}}, {"balance": {"lt": "5"}}]}`. A missing key and a null say
nothing; an empty filter is true, an empty `or` false. Ids are plain uuids here.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from models.rules.billing_calendar import day_bounds

Shape = tuple[Any, ...]
Filter = Mapping[str, Any]

NOBODY: Final = UUID(int=0)
"""Stands for an id that is malformed, of another type or not the viewer's: no row has it."""

_JOINED: Final = {"and": (" AND ", "true"), "or": (" OR ", "false")}


class Kind(StrEnum):
    """What a value is compared as."""

    TEXT = "text"  # without regard to case
    EXACT = "exact"  # account numbers and other keys
    NUMBER = "number"
    AMOUNT = "amount"
    INSTANT = "instant"
    ID = "id"
    WORD = "word"  # one of a closed list, never null
    CONDITION = "condition"  # `sql` is the whole condition, with `{value}`
    SEARCH = "search"  # the value is contained in `sql`, which is folded already


@dataclass(frozen=True, slots=True)
class Criterion:
    """One key of a filter: what it is compared with and how.

    sql: template, as `{t}.first_name`. folded: what text is compared with, `fold(sql)` by default;
    the same text as in the index. value_type: for CONDITION, the SQL type of `{value}`.
    within: a folded column that holds this text among others and has an index for any part of it.
    lifts_listed: naming it shows what lists leave out by default. of_resellers: its ids are
    resellers', and those that the viewer does not see are nobody's to it.
    """

    sql: str
    kind: Kind
    folded: str = ""
    value_type: str = ""
    within: str = ""
    lifts_listed: bool = False
    of_resellers: bool = False


@dataclass(frozen=True, slots=True)
class Operand:
    """A value that stands in the statement as a parameter of this SQL type."""

    value: object
    sql_type: str


_SQL_TYPES: Final = {
    Kind.TEXT: "text",
    Kind.EXACT: "text",
    Kind.NUMBER: "int8",
    Kind.AMOUNT: "numeric",
    Kind.INSTANT: "timestamptz",
    Kind.ID: "uuid",
    Kind.WORD: "text",
    Kind.SEARCH: "text",
}
_COMPARED: Final = {
    "eq": "{left} = {right}",
    "ne": "{left} IS DISTINCT FROM {right}",
    "gt": "{left} > {right}",
    "gte": "{left} >= {right}",
    "lt": "{left} < {right}",
    "lte": "{left} <= {right}",
    "contains": "{left} LIKE {right}",
    "notContains": "coalesce({left} NOT LIKE {right}, true)",
    "startsWith": "{left} LIKE {right}",
    "endsWith": "{left} LIKE {right}",
}
_DAYS: Final = {
    "on": "({left} >= {start} AND {left} < {end})",
    "notOn": "coalesce({left} < {start} OR {left} >= {end}, true)",
    "since": "{left} >= {start}",
    "until": "{left} < {end}",
}
_PATTERNS: Final = {
    "contains": "%{}%",
    "notContains": "%{}%",
    "startsWith": "{}%",
    "endsWith": "%{}",
}
_COLUMN: Final = re.compile(r"(?:(?P<alias>[a-z]\w*)\.)?(?P<column>[a-z]\w*)")


def shape_of(given: Filter, criteria: Mapping[str, Criterion]) -> Shape:
    """Which keys and operators a filter names, without its values: what its SQL text depends on.

    Raises KeyError for a key that no criterion stands behind.
    """
    return tuple(_shapes(given, criteria))


def values_of(given: Filter, criteria: Mapping[str, Criterion], zone: str) -> list[object]:
    """The values, in the order in which the SQL of the filter's shape asks for them.

    zone: where the days that the filter names begin and end, an IANA name.
    """
    return list(_values(given, criteria, zone))


def sql_of(shape: Shape, criteria: Mapping[str, Criterion], parameter: Callable[[str], str]) -> str:
    """The condition as a template; `parameter` takes an SQL type and gives the next placeholder."""
    return _all([_condition(part, criteria, parameter) for part in shape], "and")


def names_in(shape: Shape) -> Iterator[str]:
    """Every key that the filter names, at any depth."""
    for name, detail in shape:
        if name in _JOINED:
            for inner in detail:
                yield from names_in(inner)
        elif name == "not":
            yield from names_in(detail)
        else:
            yield name


def size_of(shape: Shape) -> int:
    """How many comparisons a filter makes."""
    return sum(_size_of(name, detail) for name, detail in shape)


def template(text: str) -> str:
    """A column name as `{t}.column`, `side.column` as `{side}.column`; a template as it is."""
    plain = _COLUMN.fullmatch(text)
    if plain is None:
        return text
    return f"{{{plain['alias'] or 't'}}}.{plain['column']}"


def literal(text: str) -> str:
    """Text as a LIKE pattern that matches only itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _size_of(name: str, detail: Any) -> int:
    if name in _JOINED:
        return sum(map(size_of, detail))
    return size_of(detail) if name == "not" else len(detail)


def _shapes(given: Filter, criteria: Mapping[str, Criterion]) -> Iterator[tuple[str, Any]]:
    for name, value in given.items():
        if value is None:
            continue
        if name in _JOINED:
            yield name, tuple(shape_of(inner, criteria) for inner in value)
        elif name == "not":
            yield name, shape_of(value, criteria)
        else:
            yield name, _operators(criteria[name], value)


def _operators(criterion: Criterion, value: Any) -> Shape:
    if criterion.kind in {Kind.CONDITION, Kind.SEARCH}:
        return ("is",)
    return tuple(
        f"isNull:{bool(operand)}" if operator == "isNull" else operator
        for operator, operand in value.items()
        if operand is not None
    )


def _values(given: Filter, criteria: Mapping[str, Criterion], zone: str) -> Iterator[object]:
    for name, value in given.items():
        if value is None:
            continue
        if name in _JOINED:
            for inner in value:
                yield from _values(inner, criteria, zone)
        elif name == "not":
            yield from _values(value, criteria, zone)
        else:
            yield from _operands(criteria[name], value, zone)


def _operands(criterion: Criterion, value: Any, zone: str) -> Iterator[object]:
    if criterion.kind is Kind.SEARCH:
        yield f"%{literal(value)}%"
    elif criterion.kind is Kind.CONDITION:
        yield parsed(criterion.value_type, value)
    else:
        sql_type = _SQL_TYPES[criterion.kind]
        for operator, operand in value.items():
            if operand is None or operator == "isNull":
                continue
            if operator in _PATTERNS:
                yield _PATTERNS[operator].format(literal(operand))
            elif operator == "in":
                yield [parsed(sql_type, item) for item in operand]
            elif operator in _DAYS:
                yield from _ends(operator, parsed("date", operand), zone)
            else:
                yield parsed(sql_type, operand)


def _ends(operator: str, day: date, zone: str) -> tuple[datetime, ...]:
    """The ends of a day that an operator asks for."""
    start, end = day_bounds(zone, day)
    return {"since": (start,), "until": (end,)}.get(operator, (start, end))


_PARSERS: Final[Mapping[str, tuple[type, Callable[[Any], object]]]] = {
    "date": (date, date.fromisoformat),
    "numeric": (Decimal, Decimal),
    "timestamptz": (datetime, datetime.fromisoformat),
    "uuid": (UUID, UUID),
}


def parsed(sql_type: str, value: Any) -> Any:
    """A value of this SQL type, also from the text it was kept as."""
    known, parse = _PARSERS.get(sql_type, (object, None))
    return value if parse is None or isinstance(value, known) else parse(value)


def _condition(
    part: tuple[str, Any], criteria: Mapping[str, Criterion], parameter: Callable[[str], str]
) -> str:
    name, detail = part
    if name in _JOINED:
        return _all([sql_of(inner, criteria, parameter) for inner in detail], name)
    if name == "not":
        return f"NOT coalesce({sql_of(detail, criteria, parameter)}, false)"
    criterion = criteria[name]
    return _all([_comparison(criterion, operator, parameter) for operator in detail], "and")


def _comparison(criterion: Criterion, operator: str, parameter: Callable[[str], str]) -> str:
    if criterion.kind is Kind.CONDITION:
        value = parameter(criterion.value_type)
        return f"({criterion.sql.replace('{value}', value)})"
    if criterion.kind is Kind.SEARCH:
        return f"{criterion.sql} LIKE fold({parameter('text')})"
    if operator.startswith("isNull"):
        return f"{criterion.sql} IS {'' if operator.endswith('True') else 'NOT '}NULL"
    return _compared(criterion, operator, parameter)


def _compared(criterion: Criterion, operator: str, parameter: Callable[[str], str]) -> str:
    sql_type = _SQL_TYPES[criterion.kind]
    folds = criterion.kind is Kind.TEXT
    left = (criterion.folded or f"fold({criterion.sql})") if folds else criterion.sql
    if operator == "in":
        items = parameter(f"{sql_type}[]")
        folded = f"ARRAY(SELECT fold(item) FROM unnest({items}) AS item)"  # noqa: S608 - a placeholder
        return f"{left} = ANY({folded if folds else items})"
    if operator in _DAYS:
        return _of_days(left, operator, parameter)
    right = parameter("text" if operator in _PATTERNS else sql_type)
    right = f"fold({right})" if folds else right
    if operator == "ne" and criterion.kind is Kind.WORD:
        return f"{left} <> {right}"  # a word is never null, and so an index of this serves it
    compared = _COMPARED[operator].format(left=left, right=right)
    if operator == "contains" and criterion.within:
        return f"({criterion.within} LIKE {right} AND {compared})"
    return compared


def _of_days(left: str, operator: str, parameter: Callable[[str], str]) -> str:
    sql = _DAYS[operator]
    ends = {name: parameter("timestamptz") for name in ("start", "end") if f"{{{name}}}" in sql}
    return sql.format(left=left, **ends)


def _all(conditions: list[str], joint: str) -> str:
    between, empty = _JOINED[joint]
    if len(conditions) < 2:  # noqa: PLR2004 - one condition needs no joint
        return conditions[0] if conditions else empty
    return f"({between.join(conditions)})"
