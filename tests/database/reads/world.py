"""Rows of the small world, the same in every run, and the eyes that look at them."""

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from models.rules.enums import Role
from models.rules.viewer import Viewer
from tests.database.reads.shop_tables import TABLES

Row = dict[str, Any]
NAMES = ("Plain", 'Quote "q" \\ back', "Müller 漢字 🙂", "100%_sure", "line\nbreak\ttab", "Ünï", "")
ZONE = "America/New_York"  # the viewers'
PERMISSIONS = frozenset({"customers:read", "devices:write"})


@dataclass(frozen=True, slots=True)
class World:
    """All rows by table, for whoever reads them naively, and the viewers."""

    tables: dict[str, list[Row]]
    viewers: dict[str, Viewer] = field(default_factory=dict)


def world(seed: int = 7) -> World:
    """The rows."""
    chance = random.Random(seed)
    plans = [{"id": _id(chance), "name": f"Plan {n}", "price": Decimal(n)} for n in range(1, 4)]
    owners = [_person(chance, "OWNER", n, None, None) for n in range(3)]
    owners[1]["owner_id"] = owners[0]["id"]
    tables: dict[str, list[Row]] = {
        "shop_plans": plans,
        "shop_people": list(owners),
        "shop_taxes": [
            {"id": _id(chance), "name": f"Tax {n}", "priority": 3 - n} for n in range(3)
        ],
        **{name: [] for name in ("shop_wallets", "shop_devices", "shop_calls")},
        "shop_person_taxes": [],
    }
    for number in range(40):
        owner: Row | None = chance.choice([None, *owners])
        plan: Row | None = chance.choice([None, *plans])
        _add_customer(chance, tables, number, None if owner is None else owner["id"], plan)
    for person in tables["shop_people"]:
        balance = Decimal(chance.randrange(-50_000_000, 50_000_000)) / 1_000_000
        tables["shop_wallets"].append({"person_id": person["id"], "balance": balance})
    _point_at_subjects(chance, tables)
    return World(tables, _viewers(tables, owners))


async def write(pool: "asyncpg.Pool[asyncpg.Record]", world: World) -> None:
    """Make the tables and their rows."""
    await pool.execute(TABLES)
    for table, rows in world.tables.items():
        columns = list(rows[0])
        records = [
            tuple(json.dumps(row[c]) if c == "notes" else row[c] for c in columns) for row in rows
        ]
        names = ", ".join(columns)
        places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
        await pool.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({places})",
            records,
        )


def _viewers(tables: dict[str, list[Row]], owners: list[Row]) -> dict[str, Viewer]:
    customer = next(p for p in tables["shop_people"] if p["owner_id"] == owners[1]["id"])
    return {
        "staff": _viewer(Role.ADMIN, None),
        "reseller": _viewer(Role.RESELLER, owners[0]["id"], (owners[0]["id"], owners[1]["id"])),
        "sub-reseller": _viewer(Role.RESELLER, owners[1]["id"], (owners[1]["id"],)),
        "foreign reseller": _viewer(Role.RESELLER, owners[2]["id"], (owners[2]["id"],)),
        "customer": _viewer(Role.CUSTOMER, customer["id"]),
    }


def _viewer(role: Role, account_id: UUID | None, subtree: tuple[UUID, ...] = ()) -> Viewer:
    return Viewer(role, account_id or UUID(int=1), account_id, PERMISSIONS, subtree, ZONE, "Who")


def _id(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def _instant(chance: random.Random) -> datetime:
    micros = chance.choice([0, 0, 500_000, 123_456, 120])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return start + timedelta(seconds=chance.randrange(50_000_000), microseconds=micros)


def _person(
    chance: random.Random, kind: str, number: int, owner: UUID | None, plan: UUID | None
) -> Row:
    return {
        "id": _id(chance),
        "kind": kind,
        "number": f"{kind[0]}{number:03}",
        "state": chance.choice(["ON", "ON", "OFF", "GONE"]) if kind == "CUSTOMER" else "ON",
        "owner_id": owner,
        "plan_id": plan,
        "name": chance.choice(NAMES),
        "company": chance.choice([None, "ACME", "acme", "Beta", ""]),
        "calls": chance.randrange(5),
        "rate": chance.choice([None, 0.5, 1e20, 3.0]),
        "active": chance.random() < 0.5,
        "trusted": chance.choice([None, True, False]),
        "credit": Decimal(chance.choice(["0", "10.5", "1000000", "0.000001"])),
        "ends_at": chance.choice([None, _instant(chance), datetime(2020, 2, 29, tzinfo=UTC)]),
        "made_at": _instant(chance) if chance.random() < 0.8 else datetime(2026, 3, 1, tzinfo=UTC),
        "line1": chance.choice([None, "Street 1"]),
        "city": chance.choice([None, "Köln"]),
        "zone": chance.choice(["UTC", "Pacific/Kiritimati", "Europe/Berlin"]),
        "tags": chance.choice([[], ["a", 'b"c', "{}"]]),
        "limits": chance.choice([[], [1, 2, 3]]),
        "notes": [_note(chance, n) for n in range(chance.randrange(3))],
        "alert": chance.choice([None, Decimal(5)]),
        "found": "",
        "subject_kind": None,
        "subject_id": None,
    }


def _note(chance: random.Random, number: int) -> Row:
    return {
        "word": chance.choice(["ON", "OFF"]),
        "text": chance.choice([None, 'x"y', "z"]),
        "path": chance.choice([[], ["a", "b"]]),
        "amount": chance.choice([None, "1.500000"]),
        "number": number,
    }


def _add_customer(
    chance: random.Random,
    tables: dict[str, list[Row]],
    number: int,
    owner: UUID | None,
    plan: Row | None,
) -> None:
    person = _person(chance, "CUSTOMER", number, owner, None if plan is None else plan["id"])
    person["found"] = f"{person['number']} {person['name']} {person['company'] or ''}".lower()
    tables["shop_people"].append(person)
    for n in range(chance.randrange(5)):
        tables["shop_devices"].append(
            {
                "id": _id(chance),
                "person_id": person["id"],
                "name": f"d{n}",
                "state": chance.choice(["ON", "OFF"]),
                "made_at": _instant(chance),
            }
        )
    for _ in range(chance.randrange(4)):
        today = datetime.now(UTC) - timedelta(seconds=chance.randrange(100_000))
        tables["shop_calls"].append(
            {
                "id": len(tables["shop_calls"]) + 1,
                "person_id": person["id"],
                "at": today,
                "seconds": chance.randrange(3) * 60,
                "cost": Decimal(chance.randrange(100)) / 8,
            }
        )
    for tax in chance.sample(tables["shop_taxes"], chance.randrange(3)):
        tables["shop_person_taxes"].append({"person_id": person["id"], "tax_id": tax["id"]})


def _point_at_subjects(chance: random.Random, tables: dict[str, list[Row]]) -> None:
    kinds = {"Customer": "shop_people", "Device": "shop_devices", "Plan": "shop_plans"}
    for person in tables["shop_people"]:
        kind = chance.choice([None, *kinds])
        if kind is not None:
            rows = tables[kinds[kind]]
            person["subject_kind"] = kind
            person["subject_id"] = chance.choice(rows)["id"]
