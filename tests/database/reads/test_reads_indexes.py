"""Lists stand on indexes: no statement of a list reads a big table from end to end."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    parse,
)
from graphql.execution.values import VariableValues

from models.rules.enums import CustomerOrderField
from models.rules.filters import Kind
from models.rules.viewer import Viewer
from schema import root
from schema.reads import prepare, statements
from schema.reads.facts import source_of
from schema.reads.forms import Listing, RootList, form_of
from schema.reads.lists import is_connection, item_of
from schema.reads.plan import Request
from schema.scalars import global_id
from tests.database.reads.fabricate import Fabric, fabricate
from tests.database.reads.test_reads_product import viewers

SCHEMA: GraphQLSchema = root.build()._schema
BIG = dict.fromkeys(
    (
        "audit_events",
        "blocked_codes",
        "caller_ids",
        "cdrs",
        "dids",
        "emails",
        "invoices",
        "ip_settings",
        "job_rows",
        "posting_lines",
        "postings",
        "product_orders",
        "refills",
        "sip_devices",
    ),
    1500,
) | {"accounts": 3000, "ledger_accounts": 3000}


@pytest.fixture(scope="module")
async def big(cluster: dict[str, str]) -> AsyncIterator[tuple[Any, Fabric]]:
    """A database with thousands of rows in each table that grows."""
    name = f"big_{uuid4().hex}"
    maintenance = await asyncpg.connect(cluster["maintenance"])
    await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{cluster["template"]}"')
    dsn = cluster["maintenance"].removesuffix("/postgres") + f"/{name}"
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=1)
    fabric = await fabricate(pool, SCHEMA, BIG | {"": 40})
    await pool.execute("VACUUM")
    yield pool, fabric
    await pool.close()
    await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await maintenance.close()


def root_lists() -> Iterator[str]:
    """Every list at the root, its first page with cursors."""
    assert SCHEMA.query_type is not None
    for name, field in SCHEMA.query_type.fields.items():
        if isinstance(form_of(field), RootList) and "(" not in str(field.type):
            required = [a for a, spec in field.args.items() if str(spec.type).endswith("!")]
            if not required:
                yield f"{{ {name}{_page(field)} }}"


def owned_lists() -> Iterator[str]:
    """Every list below a customer, a reseller and a job."""
    for owner in ("Customer", "Reseller", "Job"):
        type_ = SCHEMA.type_map[owner]
        assert isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items():
            if isinstance(form_of(field), Listing):
                yield f'{{ {owner.lower()}(id: "{owner}") {{ {name}{_page(field)} }} }}'


def _page(field: GraphQLField) -> str:
    target = get_named_type(field.type)
    if isinstance(target, GraphQLObjectType) and is_connection(target):
        return " { pageInfo { hasNextPage endCursor } nodes { __typename } }"
    return " { __typename }"


def ordered_lists() -> Iterator[str]:
    """The customer list in each order."""
    for field in CustomerOrderField.__members__:
        for direction in ("ASC", "DESC"):
            order = f"orderBy: {{field: {field}, direction: {direction}}}"
            yield f"{{ customers({order}) {{ nodes {{ id }} pageInfo {{ hasNextPage }} }} }}"


def found_customers() -> Iterator[str]:
    """The customer list by what it is usually searched for."""
    for where in (
        'number: {eq: "n17"}',
        'number: {startsWith: "n10"}',
        'email: {eq: "E17"}',
        'email: {startsWith: "e10"}',
        'firstName: {startsWith: "f10"}',
        'lastName: {startsWith: "l10"}',
        'company: {startsWith: "c10"}',
        'reference: {eq: "r17"}',
        'id: {eq: "Customer"}',
    ):
        yield f"{{ customers(where: {{{where}}}) {{ nodes {{ id }} }} }}"


def read_whole(plan: dict[str, Any]) -> Iterator[str]:
    """The tables that a plan reads from end to end."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from read_whole(inner)


def ways_to(plan: dict[str, Any], table: str) -> Iterator[tuple[str, str]]:
    """How a plan comes to the rows of a table, and by which index."""
    if plan.get("Relation Name") == table:
        yield plan["Node Type"], plan.get("Index Name", "")
    for inner in plan.get("Plans", ()):
        yield from ways_to(inner, table)


async def tables_read_whole(
    big: tuple[Any, Fabric], text: str, viewer: Viewer
) -> tuple[set[str], str]:
    """The big tables that answering a document reads from end to end, and the plan."""
    found, explained = await explain(big, text, viewer)
    whole = {name.replace("cdrs_any", "cdrs") for name in read_whole(found)}
    return whole & BIG.keys(), explained


async def explain(
    big: tuple[Any, Fabric], text: str, viewer: Viewer, bitmaps: str = "on"
) -> tuple[dict[str, Any], str]:
    """The plan by which a document of one root field is answered, and its text.

    bitmaps: "off" shows what an index can do that a small table does not need.
    """
    pool, fabric = big
    for owner, table in (("Customer", "accounts"), ("Reseller", "accounts"), ("Job", "jobs")):
        row_id = _row_of(fabric, owner, table)
        text = text.replace(f'"{owner}"', f'"{global_id(owner, row_id)}"')
    document = parse(text)
    (operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    prepared = prepare(SCHEMA, document, operation)
    assert prepared is not None
    (plan,) = statements(prepared, {}, viewer)
    values = plan.values(Request(VariableValues({}, {}), viewer))
    async with pool.acquire() as connection:
        await connection.execute("SET plan_cache_mode = force_custom_plan")
        await connection.execute("SET random_page_cost = 1.1")  # as the pool of reads has it
        await connection.execute(f"SET enable_bitmapscan = {bitmaps}")
        explained = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {plan.sql}", *values)
    (found,) = json.loads(explained)
    return found["Plan"], explained


def _row_of(fabric: Fabric, owner: str, table: str) -> UUID:
    kind = {"Customer": "CUSTOMER", "Reseller": "RESELLER"}.get(owner)
    rows = fabric.rows[table]
    found: UUID = next(row["id"] for row in rows if kind is None or row["kind"] == kind)
    return found


@pytest.mark.parametrize("text", [*root_lists(), *ordered_lists(), *found_customers()])
async def test_a_list_at_the_root_reads_no_big_table_whole(
    big: tuple[Any, Fabric], text: str
) -> None:
    whole, plan = await tables_read_whole(big, text, viewers(big[1])["staff"])
    assert not whole, plan


@pytest.mark.parametrize("text", [*owned_lists()])
@pytest.mark.parametrize("eyes", ["staff", "reseller", "customer"])
async def test_a_list_below_an_object_reads_no_big_table_whole(
    big: tuple[Any, Fabric], text: str, eyes: str
) -> None:
    whole, plan = await tables_read_whole(big, text, viewers(big[1])[eyes])
    assert not whole, plan


@pytest.mark.parametrize("text", [*root_lists()])
@pytest.mark.parametrize("eyes", ["another reseller", "customer"])
async def test_a_list_of_ones_own_reads_no_big_table_whole(
    big: tuple[Any, Fabric], text: str, eyes: str
) -> None:
    whole, plan = await tables_read_whole(big, text, viewers(big[1])[eyes])
    assert not whole, plan


@pytest.mark.parametrize("status", ["in: [ACTIVE, DELETED]", "ne: ACTIVE", "eq: DELETED"])
async def test_deleted_customers_of_a_subtree_are_found_without_everybody(
    big: tuple[Any, Fabric], status: str
) -> None:
    text = f"{{ customers(where: {{status: {{{status}}}}}) {{ nodes {{ id }} }} }}"
    whole, plan = await tables_read_whole(big, text, viewers(big[1])["reseller"])
    assert not whole, plan


@pytest.mark.parametrize(
    ("eyes", "where"),
    [
        ("staff", "{}"),
        ("reseller", "{}"),
        ("staff", "{kind: {eq: PROVIDER}}"),
        ("staff", "{type: {eq: PREPAID}}"),
        ("reseller", "{status: {eq: ACTIVE}}"),
        ("staff", "{type: {in: [PREPAID, POSTPAID]}, status: {ne: DELETED}}"),
        ("reseller", "{kind: {eq: CUSTOMER}, status: {ne: DELETED}}"),
    ],
)
async def test_customers_are_counted_in_an_index_alone(
    big: tuple[Any, Fabric], eyes: str, where: str
) -> None:
    text = f"{{ customers(where: {where}) {{ totalCount }} }}"
    plan, explained = await explain(big, text, viewers(big[1])[eyes], bitmaps="off")
    ways = dict(ways_to(plan, "accounts"))
    assert ways.keys() == {"Index Only Scan"}, (ways, explained)


def filtered_words() -> Iterator[tuple[str, str]]:
    """Every column of a closed list of words that a filter names, with its table."""
    for type_ in SCHEMA.type_map.values():
        for field in type_.fields.values() if isinstance(type_, GraphQLObjectType) else ():
            form = form_of(field)
            listing = form.listing if isinstance(form, RootList) else form
            if isinstance(listing, Listing):
                source = source_of(_item(field))
                for criterion in listing.criteria.values():
                    if source is not None and criterion.kind is Kind.WORD:
                        yield source.table, criterion.sql.removeprefix("{t}.")


def _item(field: GraphQLField) -> GraphQLObjectType:
    target = get_named_type(field.type)
    assert isinstance(target, GraphQLObjectType)
    return item_of(target) if is_connection(target) else target


async def test_a_word_that_is_filtered_by_is_never_null(big: tuple[Any, Fabric]) -> None:
    rows = await big[0].fetch(
        "SELECT attrelid::regclass::text, attname FROM pg_attribute WHERE attnotnull"
    )
    words = set(filtered_words())
    assert ("accounts", "status") in words
    assert not words - {tuple(row) for row in rows}
