"""Rows for every table that a type of the API stands on, made from the catalogue alone.

They keep types, NOT NULL and references; rules beyond that are switched off, since reads know none.
"""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import asyncpg
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_list_type,
)
from tortoise.fields.data import CharEnumFieldInstance

from schema.reads.facts import python_name, source_of
from schema.reads.forms import JsonItems, Value, form_of
from tests.database.reads.orm import MODELS

COLUMNS: Final = """
SELECT c.relname AS table, a.attname AS name, t.typname AS type, a.attnotnull AS required,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique
                  AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) AS is_unique,
       CASE WHEN t.typname = 'varchar' AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS length,
       a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval%', false)
           AS counted
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
 ORDER BY c.relname, a.attnum
"""
REFERENCES: Final = """
SELECT conrelid::regclass::text AS table, a.attname AS name,
       confrelid::regclass::text AS target, b.attname AS key
  FROM pg_constraint JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
  JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = confkey[1]
 WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND cardinality(conkey) = 1
"""
UNCHECKED: Final = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
  FROM pg_constraint
 WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND conparentid = 0
"""
# References that the tables keep without a constraint.
LOOSE: Final = {
    "account_id": ("accounts", "id"),
    "posting_id": ("postings", "id"),
    "ledger_account_id": ("ledger_accounts", "id"),
}
# One row for each of another table, under its key.
SHARED_KEY: Final = {"ledger_accounts": "accounts"}
# Keys that are not called `id`.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {"currencies": ("code",)}
# What is nullable for other rows of the table than those that the API shows.
ALWAYS: Final = {
    ("accounts", "realm"),
    ("accounts", "path"),
    ("accounts", "permissions"),
    ("posting_lines", "entry_no"),
    ("posting_lines", "balance_after"),
}
OF_ANY_ACCOUNT: Final = {"credits", "emails", "invoices", "posting_lines", "refills", "sessions"}
FEW: Final = {"settings": 1}
_NOT_OURS: Final = ("tortoise", "cdrs_")  # the migrations' own table, and partitions of another

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """What the catalogue says of a column."""

    name: str
    type: str
    required: bool
    is_unique: bool
    length: int | None
    target: tuple[str, str] | None


@dataclass(slots=True)
class Fabric:
    """All rows by table; `id` first where there is one."""

    chance: random.Random
    words: dict[tuple[str, str], list[str]]
    json: dict[tuple[str, str], list[dict[str, Any]]]
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def _fits(self, table: str, name: str, account: Row) -> bool:
        """References to accounts are to resellers or to customers, and some to either."""
        if "reseller" in name or "issuer" in name:
            return bool(account["kind"] == "RESELLER")
        return table in OF_ANY_ACCOUNT or bool(account["kind"] != "RESELLER")

    def value(self, table: str, column: Column, number: int) -> object:
        """A value for one column of one row."""
        always = column.required or (table, column.name) in ALWAYS
        if not always and self.chance.random() < 0.25:
            return None
        if column.target is not None:
            target, key = column.target
            rows = self.rows[target]
            if column.is_unique:
                return rows[number - 1][key]
            if target == "accounts":
                rows = [row for row in rows if self._fits(table, column.name, row)]
            return self.chance.choice(rows)[key]
        if (table, column.name) in self.words:
            return self.chance.choice(self.words[table, column.name])
        if (table, column.name) in self.json:
            return json.dumps(self.json[table, column.name][: self.chance.randrange(3)])
        made: object = _MAKERS[column.type](self.chance, column.name, number)
        return made[: column.length] if isinstance(made, str) else made


def _instant(chance: random.Random, *_: object) -> datetime:
    back = timedelta(seconds=chance.randrange(90 * 86_400), microseconds=chance.choice([0, 120]))
    return datetime.now(UTC) - back


def _text(chance: random.Random, name: str, number: int) -> str:
    return f"{name[:8]}{number}" + chance.choice(["", '"', "ü"])


_MAKERS: Final[Mapping[str, Any]] = {
    "uuid": lambda chance, *_: UUID(int=chance.getrandbits(128), version=4),
    "text": _text,
    "varchar": lambda _, name, number: f"{name[:1]}{number}",
    "int2": lambda chance, *_: chance.randrange(9),
    "int4": lambda _, __, number: number,
    "int8": lambda _, __, number: number,
    "float8": lambda chance, *_: chance.random(),
    "bool": lambda chance, *_: chance.random() < 0.5,
    "numeric": lambda chance, *_: Decimal(chance.randrange(10**6)) / 1000,
    "timestamptz": _instant,
    "date": lambda chance, *_: _instant(chance).date(),
    "jsonb": lambda *_: "[]",
    "json": lambda *_: "[]",
    "bytea": lambda *_: b"\0",
    "_text": lambda chance, *_: chance.choice([[], ["a", 'b"']]),
    "_varchar": lambda *_: [],
    "_int4": lambda *_: [1, 2],
    "_numeric": lambda *_: [Decimal(1)],
    "_uuid": lambda *_: [],
    "inet": lambda *_: "192.0.2.1",
    "cidr": lambda *_: "192.0.2.0/24",
}


async def fabricate(
    pool: "asyncpg.Pool[asyncpg.Record]", schema: GraphQLSchema, counts: Mapping[str, int]
) -> Fabric:
    """Fill every table; counts: how many rows it gets, those not named as many as ""."""
    for statement in await pool.fetch(UNCHECKED):
        await pool.execute(statement[0])
    await pool.execute("CREATE TABLE IF NOT EXISTS cdrs_any PARTITION OF cdrs DEFAULT")
    tables = await _columns(pool)
    fabric = Fabric(random.Random(3), dict(_words(schema)), dict(_json(schema)))
    async with pool.acquire() as connection:
        await connection.execute("SET session_replication_role = replica")
        for table, columns in tables.items():
            await connection.execute(f'TRUNCATE "{table}" CASCADE')
            fabric.rows[table] = _rows_of(
                table, columns, fabric, FEW.get(table, counts.get(table, counts[""]))
            )
        for table, columns in tables.items():
            _fill(fabric, table, columns)
            await _copy(connection, table, columns, fabric.rows[table])
        await connection.execute("SET session_replication_role = DEFAULT")
    await pool.execute("ANALYZE")
    return fabric


async def _columns(pool: "asyncpg.Pool[asyncpg.Record]") -> dict[str, list[Column]]:
    targets = {
        (r["table"], r["name"]): (r["target"], r["key"]) for r in await pool.fetch(REFERENCES)
    }
    tables: dict[str, list[Column]] = {}
    for row in await pool.fetch(COLUMNS):
        if row["counted"]:
            continue
        target = targets.get((row["table"], row["name"])) or LOOSE.get(row["name"])
        facts = {name: row[name] for name in ("name", "type", "required", "is_unique", "length")}
        tables.setdefault(row["table"], []).append(Column(**facts, target=target))
    return {name: found for name, found in tables.items() if not name.startswith(_NOT_OURS)}


def _rows_of(table: str, columns: list[Column], fabric: Fabric, count: int) -> list[Row]:
    """The rows with nothing but ids, so that others may refer to them already."""
    keys = [
        column for column in columns if column.name == "id" or column.name in KEYS.get(table, ())
    ]
    rows = [
        {key.name: _MAKERS[key.type](fabric.chance, key.name, number) for key in keys}
        for number in range(1, count + 1)
    ]
    for row in rows if table == "accounts" else ():
        row["kind"] = fabric.chance.choice(fabric.words["accounts", "kind"])
    return rows


def _fill(fabric: Fabric, table: str, columns: list[Column]) -> None:
    shared = SHARED_KEY.get(table)
    for number, row in enumerate(fabric.rows[table], 1):
        for column in columns:
            if column.name not in row:
                row[column.name] = fabric.value(table, column, number)
        if shared is not None:
            owner = fabric.rows[shared][number - 1]["id"]
            row |= {"id": owner, "account_id": owner}


async def _copy(
    connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]",
    table: str,
    columns: list[Column],
    rows: list[Row],
) -> None:
    """Rows that a unique index refuses are left out; nothing refers to them by its key."""
    names = ", ".join(f'"{column.name}"' for column in columns)
    places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    await connection.executemany(
        f'INSERT INTO "{table}" ({names}) VALUES ({places}) ON CONFLICT DO NOTHING',
        [tuple(row[column.name] for column in columns) for row in rows],
    )


def _fields(schema: GraphQLSchema) -> Iterator[tuple[str, str, GraphQLField]]:
    """Table and column of each field that stands on one column."""
    for type_ in schema.type_map.values():
        source = source_of(type_)
        if not isinstance(type_, GraphQLObjectType) or source is None:
            continue
        for compiled in type_.fields.values():
            form = form_of(compiled)
            if isinstance(form, Value | JsonItems):
                name = form.sql.removeprefix("{t}.") or python_name(compiled)
                if name.isidentifier():
                    yield source.table, name, compiled


def _words(schema: GraphQLSchema) -> Iterator[tuple[tuple[str, str], list[str]]]:
    for table, model in MODELS.items():
        for column in model._meta.fields_map.values():
            if isinstance(column, CharEnumFieldInstance):
                yield (
                    (table, str(column.source_field or column.model_field_name)),
                    [word.value for word in column.enum_type],
                )
    for table, name, compiled in _fields(schema):
        kind = get_named_type(compiled.type)
        if isinstance(kind, GraphQLEnumType) and not is_list_type(compiled.type):
            yield (table, name), [*kind.values]
    yield ("accounts", "kind"), ["CUSTOMER", "CUSTOMER", "PROVIDER", "RESELLER"]


def _json(schema: GraphQLSchema) -> Iterator[tuple[tuple[str, str], list[dict[str, Any]]]]:
    for table, name, compiled in _fields(schema):
        item = get_named_type(compiled.type)
        if isinstance(form_of(compiled), JsonItems) and isinstance(item, GraphQLObjectType):
            yield (table, name), [_item(item, number) for number in range(3)]


def _item(type_: GraphQLObjectType, number: int) -> dict[str, Any]:
    return {python_name(inner): _json_value(inner, number) for inner in type_.fields.values()}


def _json_value(compiled: GraphQLField, number: int) -> Any:
    kind = get_named_type(compiled.type)
    if "[" in str(compiled.type):
        return ["a", "b"][:number]
    if isinstance(kind, GraphQLEnumType):
        return [*kind.values][number % len(kind.values)]
    return {"Int": number, "Boolean": True, "Decimal": "1.50"}.get(kind.name, f"x{number}")
