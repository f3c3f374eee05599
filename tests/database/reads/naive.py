"""The small world read naively: rows in Python, one resolver a field, no statement but the copy.

It shares nothing with the compiler but the contract, so that equal answers mean something.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from graphql import GraphQLResolveInfo, GraphQLSchema, execute, parse
from strawberry.utils.str_converters import to_snake_case

from models.rules.enums import Role
from schema.scalars import global_id, type_and_id
from tests.database.reads.naive_filters import matches, names_state
from tests.database.reads.naive_rows import KEYS, Item, Naive, Page, ended
from tests.database.reads.world import Row


def naive_answer(naive: Naive, schema: GraphQLSchema, text: str, variables: dict[str, Any]) -> Any:
    """The answer to a document."""
    result = execute(
        schema,
        parse(text),
        variable_values=variables,
        context_value=naive,
        field_resolver=_resolve,
        type_resolver=lambda value, *_: value.kind,
    )
    assert not hasattr(result, "__await__")
    assert result.errors is None, result.errors
    return result.data


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
    by_length = _by_length(calls)
    told = _TOLD[naive.viewer.role]
    return {
        "calls": len(calls),
        "cost": _decimal(cost),
        "byLength": [_money(cost, str(seconds)) for seconds, cost in by_length],
        "toldOf": [_money(cost, "EUR") for seconds, cost in by_length if seconds in told],
    }


_TOLD = {Role.ADMIN: (0, 60), Role.RESELLER: (60, 120), Role.CUSTOMER: ()}


def _by_length(calls: list[Item]) -> list[tuple[int, Decimal]]:
    costs: dict[int, Decimal] = {}
    for call in calls:
        costs[call.row["seconds"]] = costs.get(call.row["seconds"], Decimal(0)) + call.row["cost"]
    return sorted(costs.items())


def _money(amount: Decimal, currency: str) -> Row:
    return {"amount": _decimal(amount), "currencyCode": currency}


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
    "ended": lambda _, item, __: ended(item.row),
    "address": lambda _, item, __: {"line1": item.row["line1"], "city": item.row["city"]},
    "alert": _alert,
    "notes": lambda _, item, __: [_note(note) for note in item.row["notes"]],
    "subject": _subject,
    "devices": lambda naive, item, args: Page(_owned(naive, "Device", item), "-made_at", args),
    "recentCalls": _recent_calls,
    "allCalls": lambda naive, item, args: Page(_calls(naive, item, args), "seconds", args),
    "callTotals": _call_totals,
    "taxes": _taxes,
    "gadget": lambda naive, item, _: min(
        _owned(naive, "Device", item), key=lambda device: device.row["id"], default=None
    ),
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
    if not names_state(where):
        items = [item for item in items if item.row["state"] != "GONE"]
    order = arguments.get("orderBy")
    sign = "-" if order is None or order["direction"] == "DESC" else ""
    return Page(
        [item for item in items if matches(naive, item.row, where)],
        sign + ("MADE_AT" if order is None else order["field"]),
        arguments,
    )


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
