"""The small world read naively: rows in Python, one resolver a field, no statement but the copy.

It shares nothing with the compiler but the contract, so that equal answers mean something.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from graphql import GraphQLResolveInfo, GraphQLSchema, execute, parse
from strawberry.utils.str_converters import to_snake_case

from models.rules.enums import Role
from models.rules.viewer import Viewer
from schema.scalars import global_id, type_and_id
from tests.database.reads.world import Row, World

NEVER = datetime.max.replace(tzinfo=UTC)
TABLE_OF = {
    "Customer": "shop_people",
    "Owner": "shop_people",
    "Plan": "shop_plans",
    "Device": "shop_devices",
    "Call": "shop_calls",
    "Tax": "shop_taxes",
}
KEYS: dict[str, Callable[[Any, Row], Any]] = {
    "NUMBER": lambda _, row: row["number"],
    "COMPANY": lambda _, row: row["company"] or "",
    "BALANCE": lambda naive, row: naive.balance(row),
    "ENDS_AT": lambda _, row: row["ends_at"] or NEVER,
    "MADE_AT": lambda _, row: row["made_at"],
    "CALLS": lambda _, row: row["calls"],
    "ACTIVE": lambda _, row: row["active"],
}


@dataclass(frozen=True, slots=True)
class Item:
    """A row as an object of a type."""

    kind: str
    row: Row


@dataclass(frozen=True, slots=True)
class Page:
    """A list, and what is asked of it."""

    items: list[Item]
    order: str
    arguments: dict[str, Any]


@dataclass(slots=True)
class Naive:
    """One viewer's reads. places: the row id behind each cursor that was handed out."""

    world: World
    viewer: Viewer
    places: dict[str, UUID]

    def answer(self, schema: GraphQLSchema, text: str, variables: dict[str, Any]) -> Any:
        """The answer to a document."""
        result = execute(
            schema,
            parse(text),
            variable_values=variables,
            context_value=self,
            field_resolver=_resolve,
            type_resolver=lambda value, *_: value.kind,
        )
        assert not hasattr(result, "__await__")
        assert result.errors is None, result.errors
        return result.data

    def rows(self, kind: str) -> list[Item]:
        """Every visible row of a type."""
        rows = self.world.tables[TABLE_OF[kind]]
        return [Item(kind, row) for row in rows if self.sees(kind, row)]

    def sees(self, kind: str, row: Row) -> bool:
        """Whether the viewer sees a row as an object of this type."""
        if kind in {"Plan", "Tax"}:
            return True
        if kind in {"Device", "Call"}:
            return self._sees_person(self.person(row["person_id"]))
        if row["kind"] != kind.upper():
            return False
        if kind == "Owner":
            return self.viewer.is_staff or row["id"] in self.viewer.reseller_ids
        return self._sees_person(row)

    def _sees_person(self, row: Row) -> bool:
        if self.viewer.role is Role.CUSTOMER:
            return bool(row["id"] == self.viewer.account_id)
        subtree = self.viewer.reseller_ids
        return self.viewer.is_staff or row["owner_id"] in subtree or row["id"] in subtree

    def person(self, row_id: UUID | None) -> Row:
        """A person whoever looks."""
        return next(row for row in self.world.tables["shop_people"] if row["id"] == row_id)

    def find(self, kind: str, row_id: object) -> Item | None:
        """The visible row with this id."""
        return next((item for item in self.rows(kind) if item.row["id"] == row_id), None)

    def balance(self, row: Row) -> Decimal:
        """What a person has."""
        wallets = self.world.tables["shop_wallets"]
        found: Decimal = next(w["balance"] for w in wallets if w["person_id"] == row["id"])
        return found


def _resolve(source: Any, info: GraphQLResolveInfo[Naive], **arguments: Any) -> Any:
    naive = info.context
    if source is None:
        return _ROOTS[info.field_name](naive, arguments)
    if isinstance(source, Page):
        return _of_page(naive, source, info.field_name)
    if isinstance(source, Item):
        return _of_item(naive, source, info.field_name, arguments)
    return source[info.field_name]


# ------------------------------------------------------------------------------------ fields


def _of_item(naive: Naive, item: Item, name: str, arguments: dict[str, Any]) -> Any:
    special = _FIELDS.get(name)
    if special is not None:
        return special(naive, item, arguments)
    return _told(item.row[to_snake_case(name)])


def _told(value: Any) -> Any:
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, datetime):
        text = f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"
        return text.rstrip("0").rstrip(".") + "Z"
    return value


def _decimal(value: Decimal) -> str:
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _ended(row: Row) -> bool:
    return row["ends_at"] is not None and row["ends_at"] <= datetime.now(UTC)


def _alert(_: Naive, item: Item, __: Any) -> Any:
    alert = item.row["alert"]
    return None if alert is None else {"below": _decimal(alert), "active": item.row["active"]}


def _note(note: Row) -> Row:
    amount = note["amount"]
    return {**note, "amount": None if amount is None else _decimal(Decimal(amount))}


def _subject(naive: Naive, item: Item, _: Any) -> Any:
    kind = item.row["subject_kind"]
    return None if kind is None else naive.find(kind, item.row["subject_id"])


def _person(naive: Naive, item: Item, _: Any) -> Any:
    row_id = item.row["person_id"]
    return naive.find("Customer", row_id) or naive.find("Owner", row_id)


def _reference(_: Naive, item: Item, __: Any) -> Any:
    plan_id = item.row["plan_id"]
    return None if plan_id is None else global_id("Plan", plan_id)


def _owned(naive: Naive, kind: str, item: Item, key: str = "person_id") -> list[Item]:
    return [found for found in naive.rows(kind) if found.row[key] == item.row["id"]]


def _calls(naive: Naive, item: Item, arguments: dict[str, Any]) -> list[Item]:
    between = arguments.get("between")
    calls = _owned(naive, "Call", item)
    if between is None:
        return calls
    start, end = (datetime.fromisoformat(between[name]) for name in ("from", "to"))
    return [call for call in calls if start <= call.row["at"] < end]


def _recent_calls(naive: Naive, item: Item, arguments: dict[str, Any]) -> Page:
    calls = _calls(naive, item, arguments)
    if arguments.get("between") is None:
        now = datetime.now(ZoneInfo(item.row["zone"]))
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        calls = [call for call in calls if day <= call.row["at"] < day + timedelta(days=1)]
    if (longer := arguments.get("longerThan")) is not None:
        calls = [call for call in calls if call.row["seconds"] > longer]
    return Page(calls, "-at", arguments)


def _call_totals(naive: Naive, item: Item, arguments: dict[str, Any]) -> Row:
    calls = _calls(naive, item, arguments)
    cost = sum((call.row["cost"] for call in calls), Decimal(0))
    return {"calls": len(calls), "cost": _decimal(cost)}


def _taxes(naive: Naive, item: Item, _: Any) -> list[Item]:
    links = naive.world.tables["shop_person_taxes"]
    ids = {link["tax_id"] for link in links if link["person_id"] == item.row["id"]}
    taxes = [tax for tax in naive.rows("Tax") if tax.row["id"] in ids]
    return sorted(taxes, key=lambda tax: tax.row["priority"])


_FIELDS: dict[str, Callable[[Naive, Item, dict[str, Any]], Any]] = {
    "id": lambda _, item, __: global_id(item.kind, item.row["id"]),
    "balance": lambda naive, item, _: {
        "amount": _decimal(naive.balance(item.row)),
        "currencyCode": "EUR",
    },
    "owner": lambda naive, item, _: naive.find("Owner", item.row["owner_id"]),
    "plan": lambda naive, item, _: naive.find("Plan", item.row["plan_id"]),
    "planRef": _reference,
    "ended": lambda _, item, __: _ended(item.row),
    "address": lambda _, item, __: {"line1": item.row["line1"], "city": item.row["city"]},
    "alert": _alert,
    "notes": lambda _, item, __: [_note(note) for note in item.row["notes"]],
    "subject": _subject,
    "devices": lambda naive, item, args: Page(_owned(naive, "Device", item), "-made_at", args),
    "recentCalls": _recent_calls,
    "allCalls": lambda naive, item, args: Page(_calls(naive, item, args), "seconds", args),
    "callTotals": _call_totals,
    "taxes": _taxes,
    "customer": lambda naive, item, _: naive.find("Customer", item.row["person_id"]),
    "person": _person,
    "customers": lambda naive, item, args: _customers(
        naive, args, _owned(naive, "Customer", item, "owner_id")
    ),
}


# ------------------------------------------------------------------------------------- pages


def _of_page(naive: Naive, page: Page, name: str) -> Any:
    match name:
        case "totalCount":
            return len(page.items)
        case "totals":
            return _totals(naive, page)
    shown, info = _cut(naive, page)
    match name:
        case "nodes":
            return shown
        case "edges":
            return [{"cursor": "?", "node": item} for item in shown]
    return info


def _totals(naive: Naive, page: Page) -> list[Row]:
    totals: dict[str, list[Decimal]] = {}
    for item in page.items:
        totals.setdefault(item.row["state"], []).append(naive.balance(item.row))
    return [
        {"state": state, "people": len(found), "balance": _decimal(sum(found, Decimal(0)))}
        for state, found in sorted(totals.items())
    ]


def _cut(naive: Naive, page: Page) -> tuple[list[Item], Row]:
    items = sorted(page.items, key=lambda item: _key(naive, page, item))
    if page.order.startswith("-"):
        items.reverse()
    given = page.arguments
    first, last = given.get("first"), given.get("last")
    after, before = given.get("after"), given.get("before")
    rest = [
        item
        for item in items
        if (after is None or _lies_behind(naive, page, item, after))
        and (before is None or _lies_behind(naive, page, item, before, turned=True))
    ]
    size = last if last is not None else 25 if first is None else first
    shown = (rest[-size:] if size else []) if last is not None else rest[:size]
    more = len(rest) > size
    return shown, {
        "hasNextPage": before is not None if last is not None else more,
        "hasPreviousPage": more if last is not None else after is not None,
        "startCursor": "?" if shown else None,
        "endCursor": "?" if shown else None,
    }


def _lies_behind(
    naive: Naive, page: Page, item: Item, cursor: str, *, turned: bool = False
) -> bool:
    place = Item(item.kind, naive.person(naive.places[cursor]))
    descends = page.order.startswith("-") is not turned
    here, there = _key(naive, page, item), _key(naive, page, place)
    return bool(here < there if descends else here > there)


def _key(naive: Naive, page: Page, item: Item) -> Any:
    name = page.order.lstrip("-")
    key = KEYS[name](naive, item.row) if name in KEYS else item.row[name]
    return key, item.row["id"]


def _customers(naive: Naive, arguments: dict[str, Any], items: list[Item]) -> Page:
    where = arguments.get("where") or {}
    if not _names_state(where):
        items = [item for item in items if item.row["state"] != "GONE"]
    order = arguments.get("orderBy")
    sign = "-" if order is None or order["direction"] == "DESC" else ""
    return Page(
        [item for item in items if _matches(naive, item.row, where)],
        sign + ("MADE_AT" if order is None else order["field"]),
        arguments,
    )


# ------------------------------------------------------------------------------------ filters


def _names_state(where: Any) -> bool:
    inner = [*(where.get("and") or []), *(where.get("or") or []), where.get("not") or {}]
    return where.get("state") is not None or any(_names_state(w) for w in inner if w)


def _matches(naive: Naive, row: Row, where: dict[str, Any]) -> bool:
    return all(_holds(naive, row, key, value) for key, value in where.items() if value is not None)


def _holds(naive: Naive, row: Row, key: str, value: Any) -> bool:
    match key:
        case "and":
            return all(_matches(naive, row, inner) for inner in value)
        case "or":
            return any(_matches(naive, row, inner) for inner in value)
        case "not":
            return not _matches(naive, row, value)
        case "ended":
            return _ended(row) is value
        case "ownedBy":
            return row["owner_id"] == _row_id(value)
        case "search":
            return value.lower() in row["found"]
    found = naive.balance(row) if key == "balance" else row[to_snake_case(key)]
    return all(
        _compares(key, found, operator, operand)
        for operator, operand in value.items()
        if operand is not None
    )


def _row_id(text: str) -> UUID | None:
    found = type_and_id(text)
    return None if found is None else found[1]


def _operand(key: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_operand(key, item) for item in value]
    match key:
        case "id" | "planId":
            return _row_id(value)
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
        return operator in {"ne", "notContains"}
    left = found.lower() if key in {"name", "company"} else found
    return _OPERATORS[operator](left, _operand(key, operand))


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


# -------------------------------------------------------------------------------------- roots


def _node(naive: Naive, text: str) -> Item | None:
    kind, row_id = type_and_id(text) or ("", None)
    return (
        naive.find(kind, row_id) if kind in {"Customer", "Owner", "Plan", "Device", "Tax"} else None
    )


def _of_kinds(naive: Naive, text: str, *kinds: str) -> Item | None:
    found = _node(naive, text)
    return found if found is not None and found.kind in kinds else None


def _by_number(naive: Naive, number: str) -> Item | None:
    return next((c for c in naive.rows("Customer") if c.row["number"] == number), None)


_ROOTS: dict[str, Callable[[Naive, dict[str, Any]], Any]] = {
    "customers": lambda naive, args: _customers(naive, args, naive.rows("Customer")),
    "customer": lambda naive, args: _of_kinds(naive, args["id"], "Customer"),
    "customerByNumber": lambda naive, args: _by_number(naive, args["number"]),
    "person": lambda naive, args: _of_kinds(naive, args["id"], "Customer", "Owner"),
    "me": lambda naive, _: naive.find("Customer", naive.viewer.account_id),
    "plans": lambda naive, _: sorted(naive.rows("Plan"), key=lambda plan: plan.row["price"]),
    "node": lambda naive, args: _node(naive, args["id"]),
    "nodes": lambda naive, args: [_node(naive, text) for text in args["ids"]],
}
