"""Pages of a list: nothing twice, nothing left out, in both directions and every order."""

from typing import Any

import pytest

from models.rules.viewer import Viewer
from tests.database.reads.conftest import Shop
from tests.database.reads.naive_rows import KEYS

PAGE = """
query Page($first: Int, $after: Cursor, $last: Int, $before: Cursor, $order: PersonOrder) {
  customers(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {
    totalCount nodes { id } edges { cursor }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


async def page(shop: Shop, viewer: Viewer, **variables: Any) -> Any:
    return (await shop.both(PAGE, viewer, **variables))["customers"]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", KEYS)
@pytest.mark.parametrize("eyes", ["staff", "reseller"])
async def test_walking_either_way_meets_every_item_once(
    the_shop: Shop, eyes: str, field: str, direction: str
) -> None:
    viewer = the_shop.world.viewers[eyes]
    order = {"field": field, "direction": direction}
    whole = await page(the_shop, viewer, first=100, order=order)
    ids = [node["id"] for node in whole["nodes"]]
    assert len(set(ids)) == len(ids) == whole["totalCount"] > 7
    forward: list[str] = []
    backward: list[str] = []
    after = before = None
    while True:
        found = await page(the_shop, viewer, first=3, after=after, order=order)
        forward += [node["id"] for node in found["nodes"]]
        assert found["pageInfo"]["hasPreviousPage"] is (after is not None)
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    while True:
        found = await page(the_shop, viewer, last=4, before=before, order=order)
        backward = [node["id"] for node in found["nodes"]] + backward
        assert found["pageInfo"]["hasNextPage"] is (before is not None)
        before = found["pageInfo"]["startCursor"]
        if not found["pageInfo"]["hasPreviousPage"]:
            break
    assert forward == ids
    assert backward == ids


async def test_a_page_of_none_is_empty_but_knows_what_there_is(the_shop: Shop) -> None:
    viewer = the_shop.world.viewers["staff"]
    found = await page(the_shop, viewer, first=0)
    assert found["nodes"] == found["edges"] == []
    assert found["totalCount"] > 0
    assert found["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }
    assert (await page(the_shop, viewer, last=0))["nodes"] == []


async def test_a_page_behind_the_last_item_is_empty_and_still_counts(the_shop: Shop) -> None:
    viewer = the_shop.world.viewers["staff"]
    whole = await page(the_shop, viewer, first=100)
    behind = await page(the_shop, viewer, first=5, after=whole["pageInfo"]["endCursor"])
    assert behind["nodes"] == []
    assert behind["totalCount"] == whole["totalCount"]
    assert behind["pageInfo"]["hasNextPage"] is False
    assert behind["pageInfo"]["hasPreviousPage"] is True


async def test_a_span_between_two_cursors_holds_what_lies_between(the_shop: Shop) -> None:
    viewer = the_shop.world.viewers["staff"]
    edges = (await page(the_shop, viewer, first=100))["edges"]
    ids = [node["id"] for node in (await page(the_shop, viewer, first=100))["nodes"]]
    span = {"after": edges[2]["cursor"], "before": edges[9]["cursor"]}
    assert [n["id"] for n in (await page(the_shop, viewer, first=50, **span))["nodes"]] == ids[3:9]
    assert [n["id"] for n in (await page(the_shop, viewer, last=2, **span))["nodes"]] == ids[7:9]


async def test_a_page_is_25_items_unless_it_says_otherwise(the_shop: Shop) -> None:
    found = await page(the_shop, the_shop.world.viewers["staff"])
    assert len(found["nodes"]) == min(25, found["totalCount"])


async def test_what_is_not_listed_shows_when_a_filter_names_it(the_shop: Shop) -> None:
    viewer = the_shop.world.viewers["staff"]
    text = "query ($w: PersonWhere) { customers(first: 100, where: $w) { nodes { state } } }"
    states = {"ON", "OFF"}
    assert {n["state"] for n in (await the_shop.both(text, viewer))["customers"]["nodes"]} == states
    for where in (
        {"state": {"in": ["GONE"]}},
        {"or": [{"state": {"eq": "GONE"}}]},
        {"not": {"state": {"ne": "GONE"}}},
    ):
        found = await the_shop.both(text, viewer, w=where)
        assert {node["state"] for node in found["customers"]["nodes"]} == {"GONE"}
