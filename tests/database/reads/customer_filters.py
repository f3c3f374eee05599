"""What every key and operator of the customer list's filter means, said in Python over rows.

The keys and operators are those of the schema; one that is not known here fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLSchema, get_named_type
from strawberry.utils.str_converters import to_snake_case

from models.accounts.account import Account
from models.money.ledger_account import LedgerAccount
from models.rules.enums import CustomerOrderField
from schema.scalars import decimal_text, global_id, instant_text
from tests.database.reads.test_reads_equal import Word

NEVER = datetime.max.replace(tzinfo=UTC)
REFERS_TO = {"id": "Customer", "resellerId": "Reseller", "rateGroupId": "RateGroup"}
REFERS_TO |= {"localizationId": "Localization"}
SEARCHED = ("number", "first_name", "last_name", "company", "email", "phone", "mobile")


@dataclass(frozen=True, slots=True)
class Listed:
    """A customer as the list has it: its row and its wallet. paths: of all resellers, by id."""

    account: Account
    balance: Decimal
    paths: Mapping[UUID, str]

    def value(self, key: str) -> Any:
        """What a key of the filter stands on; None: nothing."""
        match key:
            case "balance":
                return self.balance
            case "availableBalance":
                return self.balance + self.account.credit_limit
            case "expired":
                expires_at = self.account.expires_at
                return expires_at is not None and expires_at <= datetime.now(UTC)
            case "search":
                texts = (getattr(self.account, name) or "" for name in (*SEARCHED, "reference"))
                return " ".join(texts)
        return getattr(self.account, to_snake_case(key))


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter as GraphQL writes it, and whether a customer matches it."""

    where: dict[str, Any]
    holds: Callable[[Listed], bool]


async def everybody() -> list[Listed]:
    """All customers and providers, deleted ones too."""
    wallets = {row.id: row.balance for row in await LedgerAccount.all()}
    accounts = await Account.all()
    paths = {each.id: str(each.path) for each in accounts if each.kind == "RESELLER"}
    shown = [each for each in accounts if each.kind != "RESELLER" and each.id in wallets]
    return [Listed(each, wallets[each.id], paths) for each in shown]


def questions(schema: GraphQLSchema, rows: Sequence[Listed], zone: str) -> Iterator[Asked]:
    """Every operator of every key, with values that some rows have, or are close to."""
    where = schema.type_map["CustomerWhere"]
    assert isinstance(where, GraphQLInputObjectType)
    for key, field in where.fields.items():
        if key in {"and", "or", "not"}:
            continue
        kind = get_named_type(field.type)
        if not isinstance(kind, GraphQLInputObjectType):
            yield from _whole(key, rows)
            continue
        values = sorted({v for row in rows if (v := row.value(key)) is not None}, key=str)
        for operator, operand in kind.fields.items():
            named = get_named_type(operand.type)
            for value in values[len(values) // 2 :][:1]:
                given = _operand(operator, value, zone)
                shown = Word(given) if isinstance(named, GraphQLEnumType) else _shown(key, given)
                listed = [shown] if operator == "in" else shown
                yield Asked({key: {operator: listed}}, _matcher(key, operator, given, zone))


def order_key(field: CustomerOrderField, row: Listed) -> Any:
    """What a row is sorted by; what has no value comes last, or first as a text."""
    account = row.account
    match field:
        case CustomerOrderField.BALANCE:
            return row.balance
        case CustomerOrderField.FIRST_USED_AT | CustomerOrderField.EXPIRES_AT:
            return getattr(account, field.value.lower()) or NEVER
        case CustomerOrderField.FIRST_NAME | CustomerOrderField.LAST_NAME:
            return (getattr(account, field.value.lower()) or "").lower()
        case CustomerOrderField.COMPANY | CustomerOrderField.EMAIL:
            return (getattr(account, field.value.lower()) or "").lower()
    return getattr(account, field.value.lower())


def _whole(key: str, rows: Sequence[Listed]) -> Iterator[Asked]:
    """Keys that have no operators."""
    match key:
        case "expired":
            yield from (Asked({key: flag}, _is(key, value=flag)) for flag in (True, False))
        case "search":
            parts = (rows[0].account.number, (rows[1].account.company or "x")[:3].upper(), "%")
            yield from (Asked({key: part}, _contains(part)) for part in parts)
        case "resellerSubtreeId":
            tops = list(rows[0].paths.items())[:3]
            yield from (Asked({key: global_id("Reseller", top)}, _below(p)) for top, p in tops)
        case _:
            raise AssertionError(key)


def _is(key: str, *, value: bool) -> Callable[[Listed], bool]:
    return lambda row: row.value(key) is value


def _contains(part: str) -> Callable[[Listed], bool]:
    return lambda row: part.lower() in row.value("search").lower()


def _below(path: str) -> Callable[[Listed], bool]:
    def holds(row: Listed) -> bool:
        owner = row.account.reseller_id
        return owner is not None and row.paths.get(owner, "").startswith(path)

    return holds


def _operand(operator: str, value: Any, zone: str) -> Any:
    """Something the operator can be asked with, from a value that a row has."""
    match operator:
        case "contains" | "notContains":
            return value[1:] or value
        case "startsWith":
            return value[:1].upper() + value[1:2] if len(value) > 1 else value
        case "endsWith":
            return value[-1:]
        case "isNull":
            return len(str(value)) % 2 == 0
        case "on" | "notOn" | "since" | "until":
            return value.astimezone(ZoneInfo(zone)).date()
    return value


def _shown(key: str, value: Any) -> Any:
    """A value as the API takes it."""
    if isinstance(value, UUID):
        return global_id(REFERS_TO[key], value)
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool | int) else str(value)


def _matcher(key: str, operator: str, given: Any, zone: str) -> Callable[[Listed], bool]:
    def holds(row: Listed) -> bool:
        value = row.value(key)
        if operator == "isNull":
            return (value is None) is given
        if value is None:
            return operator in {"ne", "notContains", "notOn"}
        if operator in _DAYS:
            return _DAYS[operator](value.astimezone(ZoneInfo(zone)).date(), given)
        folds = isinstance(value, str) and key != "number"
        left, right = (str(value).lower(), str(given).lower()) if folds else (value, given)
        return _OPERATORS[operator](left, right)

    return holds


_DAYS: dict[str, Callable[[Any, Any], bool]] = {
    "on": lambda day, given: day == given,
    "notOn": lambda day, given: day != given,
    "since": lambda day, given: day >= given,
    "until": lambda day, given: day <= given,
}
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "in": lambda a, b: a == b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "contains": lambda a, b: b in a,
    "notContains": lambda a, b: b not in a,
    "startsWith": lambda a, b: a.startswith(b),
    "endsWith": lambda a, b: a.endswith(b),
}
