"""The product's own types over fabricated rows of every table: both ways, and plain ORM reads."""

import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLSchema

from models.database import connect, disconnect, read_pool
from models.rules.enums import AccountStatus, CustomerOrderField, OrderDirection, Role
from models.rules.permissions import CATALOGUE
from models.rules.viewer import Viewer
from schema import root
from schema.reads.facts import python_name, source_of
from schema.reads.forms import Value, form_of
from schema.scalars import global_id
from tests.database.reads.conftest import Shop, same
from tests.database.reads.customer_filters import everybody, order_key, questions
from tests.database.reads.documents import document, roots
from tests.database.reads.fabricate import Fabric, fabricate
from tests.database.reads.generate import Drawn
from tests.database.reads.orm import Orm
from tests.database.reads.test_reads_equal import Word, literal
from tests.database.reads.world import World

SCHEMA: GraphQLSchema = root.build()._schema
ALL = frozenset(CATALOGUE)
SEEDS = 40
IDS = "{ nodes { id } }"
# Of what every row has, and of numbers that all begin alike.
ALL_OR_NOTHING = {
    *((key, "isNull") for key in ("createdAt", "currencyCode", "firstName", "id", "number")),
    ("number", "startsWith"),
}
GUARANTEED = {
    "JobRow.outcome": "only rows that have one are listed",
    "Reseller.realm": "the table checks that resellers have one",
    "SignInAlert.alerted_at": "only refusals that were told of are alerts",
}


@pytest.fixture(scope="module")
async def product(cluster: dict[str, str]) -> AsyncIterator[tuple[Shop, Fabric]]:
    """A database with rows in every table, and viewers of every kind."""
    name = f"product_{uuid4().hex}"
    maintenance = await asyncpg.connect(cluster["maintenance"])
    await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{cluster["template"]}"')
    dsn = cluster["maintenance"].removesuffix("/postgres") + f"/{name}"
    writing = await asyncpg.create_pool(dsn, min_size=1, max_size=1)
    fabric = await fabricate(writing, SCHEMA, {"": 30})
    await writing.close()
    await connect(dsn, pool_size=2, read_pool_size=2)
    yield Shop(SCHEMA, read_pool(), World(fabric.rows, viewers(fabric))), fabric
    await disconnect()
    await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await maintenance.close()


def viewers(fabric: Fabric) -> dict[str, Viewer]:
    """Staff, two resellers with what is below them, and a customer."""
    accounts = fabric.rows["accounts"]
    resellers = [row for row in accounts if row["kind"] == "RESELLER"]
    top, alone = resellers[0]["id"], resellers[-1]["id"]
    customer = next(row["id"] for row in accounts if row["kind"] == "CUSTOMER")

    def viewer(role: Role, account_id: UUID | None, subtree: tuple[UUID, ...] = ()) -> Viewer:
        principal = account_id or fabric.rows["staff"][0]["id"]
        return Viewer(role, principal, account_id, ALL, subtree, "UTC", "Who")

    return {
        "staff": viewer(Role.ADMIN, None),
        "reseller": viewer(Role.RESELLER, top, subtree(resellers, top)),
        "another reseller": viewer(Role.RESELLER, alone, subtree(resellers, alone)),
        "customer": viewer(Role.CUSTOMER, customer),
    }


def subtree(resellers: list[dict[str, Any]], top: UUID) -> tuple[UUID, ...]:
    """A reseller and all below it; in fabricated rows somebody may stand below himself."""
    found = {top}
    while more := {r["id"] for r in resellers if r["reseller_id"] in found} - found:
        found |= more
    return tuple(found)


def values(fabric: Fabric, chance: random.Random) -> Any:
    """Arguments: ids of rows that exist; of the others those that are required."""
    ids = [
        global_id(type_.name, row["id"])
        for type_, table in tables()
        if type_.interfaces
        for row in fabric.rows.get(table, [])[:6]
        if isinstance(row.get("id"), UUID)
    ]

    def value(name: str, _given: list[str]) -> str:
        if name == "ids":
            return "[" + ", ".join(f'"{chance.choice(ids)}"' for _ in range(4)) + "]"
        if name.lower().endswith("id"):
            return f'"{chance.choice(ids)}"'
        return '"x"' if name == "number" else "null"

    return value


def tables() -> Iterator[tuple[GraphQLObjectType, str]]:
    """Each type with rows, and its table."""
    for type_ in SCHEMA.type_map.values():
        source = source_of(type_)
        if isinstance(type_, GraphQLObjectType) and source is not None:
            yield type_, source.table


@pytest.mark.parametrize("name", [name for name, _ in roots(SCHEMA)])
async def test_everything_below_a_root_is_answered_alike_both_ways(
    product: tuple[Shop, Fabric], name: str
) -> None:
    shop, _ = product
    text = document(name, dict(roots(SCHEMA))[name], depth=3)
    for viewer in shop.world.viewers.values():
        await shop.both(text, viewer)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_any_document_of_the_product_is_answered_alike_both_ways(
    product: tuple[Shop, Fabric], seed: int
) -> None:
    shop, fabric = product
    chance = random.Random(seed)
    drawn = Drawn(chance, SCHEMA, values(fabric, chance))
    text = drawn.text([name for name, _ in roots(SCHEMA)])
    variables = {name: value for name, (_, value) in drawn.variables.items()}
    for viewer in shop.world.viewers.values():
        await shop.both(text, viewer, **variables)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_any_document_is_answered_as_plain_reads_of_the_orm_answer_it(
    product: tuple[Shop, Fabric], seed: int
) -> None:
    shop, fabric = product
    orm, chance = Orm(SCHEMA), random.Random(seed)
    drawn = Drawn(chance, SCHEMA, values(fabric, chance), allowed=orm.covers)
    query = SCHEMA.query_type
    assert query is not None
    text = drawn.text([name for name, field in roots(SCHEMA) if orm.covers(query, field)])
    variables = {name: value for name, (_, value) in drawn.variables.items()}
    answer = await shop.both(text, shop.world.viewers["staff"], **variables)
    expected = await orm.answer(text, variables)
    assert same(answer, expected), (text, variables)


async def test_every_operator_of_every_key_of_the_customer_list_finds_what_it_says(
    product: tuple[Shop, Fabric],
) -> None:
    shop, _ = product
    staff = replace(shop.world.viewers["staff"], time_zone="Pacific/Auckland")
    rows = await everybody()
    told, fruitful = set(), set()
    for asked in questions(SCHEMA, rows, staff.time_zone):
        [(key, given)] = asked.where.items()
        shown = {"status": {"in": [Word(each) for each in AccountStatus]}}
        where = literal({"and": [asked.where, shown]})
        answer = await shop.as_bytes(f"{{ customers(first: 100, where: {where}) {IDS} }}", staff)
        found = {node["id"] for node in answer["customers"]["nodes"]}
        wanted = {global_id("Customer", row.account.id) for row in rows if asked.holds(row)}
        assert found == wanted, asked.where
        operators = [*given] if isinstance(given, dict) else [""]
        told |= {(key, operator) for operator in operators}
        fruitful |= {(key, operator) for operator in operators if 0 < len(found) < len(rows)}
    assert told - fruitful == ALL_OR_NOTHING


@pytest.mark.parametrize("field", CustomerOrderField)
async def test_every_order_of_the_customer_list_sorts_and_goes_on_by_its_cursors(
    product: tuple[Shop, Fabric], field: CustomerOrderField
) -> None:
    shop, _ = product
    rows = [row for row in await everybody() if row.account.status != "DELETED"]
    for direction in OrderDirection:
        ordered = sorted(rows, key=lambda row: (order_key(field, row), row.account.id))
        if direction is OrderDirection.DESC:
            ordered.reverse()
        order = literal({"field": Word(field), "direction": Word(direction)})
        shown: list[str] = []
        place: str | None = ""
        while place is not None:
            text = f"{{ customers(first: 5, orderBy: {order}{place}) {{ nodes {{ id }} pageInfo"
            text += " { hasNextPage endCursor } } }"
            page = (await shop.as_bytes(text, shop.world.viewers["staff"]))["customers"]
            shown += [node["id"] for node in page["nodes"]]
            info = page["pageInfo"]
            place = f', after: "{info["endCursor"]}"' if info["hasNextPage"] else None
        assert shown == [global_id("Customer", row.account.id) for row in ordered], direction


def plain_columns() -> Iterator[tuple[str, str, str, GraphQLField]]:
    """Type, table and column of every field that is just a column."""
    for type_, table in tables():
        for compiled in type_.fields.values():
            form = form_of(compiled)
            if isinstance(form, Value):
                name = (form.sql or python_name(compiled)).removeprefix("{t}.")
                if name.isidentifier():
                    yield type_.name, table, name, compiled


async def test_a_field_that_is_never_null_stands_on_a_column_that_is_never_null(
    product: tuple[Shop, Fabric],
) -> None:
    shop, _ = product
    rows = await shop.pool.fetch(
        "SELECT c.relname AS table, attname AS name FROM pg_attribute"
        " JOIN pg_class c ON c.oid = attrelid WHERE (attnotnull OR relkind = 'v') AND attnum > 0"
    )
    required = {(row["table"], row["name"]) for row in rows}
    wrong = [
        f"{type_name}.{name}"
        for type_name, table, name, compiled in plain_columns()
        if isinstance(compiled.type, GraphQLNonNull) and (table, name) not in required
    ]
    assert sorted(wrong) == sorted(GUARANTEED)
