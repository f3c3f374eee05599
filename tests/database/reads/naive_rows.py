"""The small world's rows in Python, and which of them a viewer sees."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.rules.enums import Role
from models.rules.viewer import Viewer
from schema.scalars import type_and_id
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


def ended(row: Row) -> bool:
    """Whether a person's time is over."""
    return row["ends_at"] is not None and row["ends_at"] <= datetime.now(UTC)


def row_id(text: str) -> UUID | None:
    """The id in a global id."""
    found = type_and_id(text)
    return None if found is None else found[1]
