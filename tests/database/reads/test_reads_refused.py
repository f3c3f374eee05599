"""What is refused: pages, cursors and texts that cannot be, and what a viewer may not read."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from graphql import ExecutionResult, OperationDefinitionNode, parse

from models.rules.viewer import Viewer
from schema.reads import answer, prepare
from tests.database.reads.conftest import Shop

CUSTOMERS = "customers(first: 1) { nodes { number devices(first: 1) { nodes { name } } } }"


async def refused(
    shop: Shop, text: str, viewer: Viewer | None, **variables: Any
) -> ExecutionResult:
    """What graphql-core says of a document that the statement alone does not answer."""
    document = parse(text)
    (operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    prepared = prepare(shop.schema, document, operation)
    assert prepared is not None
    assert await answer(prepared, variables, viewer, shop.pool) is None
    result: ExecutionResult = await shop.as_objects(text, viewer, **variables)
    return result


def codes(result: ExecutionResult) -> list[Any]:
    return [(error.extensions or {}).get("code") for error in result.errors or []]


@pytest.mark.parametrize(
    "page", ["first: 101", "first: -1", "last: 101", "first: 1, last: 1", "first: 2147483647"]
)
async def test_a_page_that_cannot_be_is_the_callers_mistake(the_shop: Shop, page: str) -> None:
    text = "{ customers(%s) { nodes { id } } plans { name } }" % page
    result = await refused(the_shop, text, the_shop.world.viewers["staff"])
    assert codes(result) == ["BAD_USER_INPUT"]


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


async def a_cursor(shop: Shop) -> str:
    text = "{ customers(first: 1) { pageInfo { endCursor } } }"
    found = await shop.as_bytes(text, shop.world.viewers["staff"])
    return str(found["customers"]["pageInfo"]["endCursor"])


async def test_a_cursor_that_nobody_made_is_the_callers_mistake(the_shop: Shop) -> None:
    cursor = await a_cursor(the_shop)
    made = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    mark = made[:9]
    for broken in (
        "",
        "x",
        "ä",
        "=" * 10,
        encoded("2" + made[1:]),
        encoded(mark),
        encoded(mark + "[]"),
        encoded(mark + '["2026-01-01 00:00:00+00"]'),
        encoded(mark + '["yesterday", "00000000-0000-0000-0000-000000000000"]'),
        encoded(mark + '["2026-01-01 00:00:00", "00000000-0000-0000-0000-000000000000"]'),
        encoded(mark + '["2026-01-01 00:00:00+00", "nobody"]'),
        encoded(mark + '["2026-01-01 00:00:00+00", null]'),
        encoded(mark + '{"a": 1}'),
        encoded(mark + "[" * 3000),
        encoded(made) + "A" * 100_000,
    ):
        text = "query ($after: Cursor) { customers(after: $after) { nodes { id } } }"
        result = await refused(the_shop, text, the_shop.world.viewers["staff"], after=broken)
        assert codes(result) == ["BAD_USER_INPUT"], broken


async def test_a_cursor_of_another_ordering_or_type_is_the_callers_mistake(the_shop: Shop) -> None:
    cursor = await a_cursor(the_shop)
    viewer = the_shop.world.viewers["staff"]
    for arguments in (
        "orderBy: {field: MADE_AT, direction: ASC}",
        "orderBy: {field: NUMBER, direction: DESC}",
    ):
        text = '{ customers(after: "%s", %s) { nodes { id } } }' % (cursor, arguments)
        assert codes(await refused(the_shop, text, viewer)) == ["BAD_USER_INPUT"]
    text = '{ customers { nodes { devices(after: "%s") { nodes { id } } } } }' % cursor
    assert codes(await refused(the_shop, text, viewer)) == ["BAD_USER_INPUT"]
    text = '{ customers(after: "%s", orderBy: {field: MADE_AT, direction: DESC}) { nodes { id } } }'
    assert await the_shop.both(text % cursor, viewer)


async def test_a_text_that_no_database_holds_is_the_callers_mistake(the_shop: Shop) -> None:
    viewer = the_shop.world.viewers["staff"]
    for where in (
        {"number": {"eq": "a\0"}},
        {"name": {"in": ["a", "\0"]}},
        {"company": {"contains": "\0"}},
        {"search": "\0"},
    ):
        text = "query ($w: PersonWhere) { customers(where: $w) { nodes { id } } }"
        assert codes(await refused(the_shop, text, viewer, w=where)) == ["BAD_USER_INPUT"]
    text = "query ($n: String!) { customerByNumber(number: $n) { id } }"
    assert codes(await refused(the_shop, text, viewer, n="\0")) == ["BAD_USER_INPUT"]


async def test_more_than_100_ids_at_once_are_the_callers_mistake(the_shop: Shop) -> None:
    text = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    viewer = the_shop.world.viewers["staff"]
    assert codes(await refused(the_shop, text, viewer, ids=["x"] * 101)) == ["BAD_USER_INPUT"]
    assert (await the_shop.both(text, viewer, ids=["x"] * 100))["nodes"] == [None] * 100


async def test_more_than_100_comparisons_are_the_callers_mistake(the_shop: Shop) -> None:
    text = "query($w: PersonWhere) { customers(where: $w) { nodes { id } } }"
    staff = the_shop.world.viewers["staff"]
    some = [{"number": {"eq": str(i), "ne": "0"}} for i in range(25)]
    most = {"or": some, "not": {"and": some}}
    assert (await the_shop.as_objects(text, staff, w=most)).errors is None
    result = await refused(the_shop, text, staff, w={**most, "number": {"eq": "1"}})
    assert codes(result) == ["BAD_USER_INPUT"]


async def test_a_field_one_may_not_read_is_refused_where_it_stands(the_shop: Shop) -> None:
    viewer = replace(the_shop.world.viewers["staff"], permissions=frozenset({"customers:read"}))
    result = await refused(the_shop, "{ %s plans { name } }" % CUSTOMERS, viewer)
    assert codes(result) == ["FORBIDDEN"]
    assert (result.errors or [])[0].path == ["customers", "nodes", 0, "devices"]
    viewer = replace(viewer, permissions=frozenset())
    result = await refused(the_shop, "{ me { id } %s }" % CUSTOMERS, viewer)
    assert codes(result) == ["FORBIDDEN"]
    assert (result.errors or [])[0].path == ["customers"]


async def test_what_one_may_not_read_is_left_out_of_an_interface(the_shop: Shop) -> None:
    staff = the_shop.world.viewers["staff"]
    text = "{ customers(first: 100) { nodes { subject { __typename } devices { nodes { id } } } } }"
    nodes = (await the_shop.both(text, staff))["customers"]["nodes"]
    assert any((node["subject"] or {}).get("__typename") == "Device" for node in nodes)
    device = next(d["id"] for node in nodes for d in node["devices"]["nodes"])
    text = '{ node(id: "%s") { id } nodes(ids: ["%s"]) { id } }' % (device, device)
    assert (await the_shop.both(text, staff))["node"] == {"id": device}
    viewer = replace(staff, permissions=frozenset({"customers:read"}))
    assert await the_shop.both(text, viewer) == {"node": None, "nodes": [None]}
    text = "{ customers(first: 100) { nodes { subject { __typename } } } }"
    nodes = (await the_shop.both(text, viewer))["customers"]["nodes"]
    kinds = {(node["subject"] or {}).get("__typename") for node in nodes}
    assert kinds == {None, "Customer", "Plan"}


async def test_a_stranger_is_told_to_sign_in(the_shop: Shop) -> None:
    result = await the_shop.as_objects("{ plans { name } customers { totalCount } }", None)
    assert codes(result) == ["UNAUTHENTICATED"]
    assert result.data is None


async def test_an_interface_of_nothing_one_may_read_is_refused_where_it_stands(
    the_shop: Shop,
) -> None:
    viewer = replace(the_shop.world.viewers["staff"], permissions=frozenset({"customers:read"}))
    text = "{ customers(first: 1) { nodes { number gadget { id } } } }"
    result = await refused(the_shop, text, viewer)
    assert codes(result) == ["FORBIDDEN"]
    assert (result.errors or [])[0].path == ["customers", "nodes", 0, "gadget"]
    assert await the_shop.both(text, the_shop.world.viewers["staff"])
