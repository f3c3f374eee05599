"""Objects of Python that hold ids, and fields that Python completes."""

from typing import Any

from schema.scalars import global_id
from tests.database.reads.conftest import Shop

HELD = """
query ($customer: ID, $devices: [ID!], $owner: ID) {
  held(customer: $customer, devices: $devices, owner: $owner) {
    price { amount currencyCode }
    customer { id number told later: toldLater again: toldLater balance { amount } }
    devices { __typename name customer { told } }
    owned(first: 2) {
      totalCount nodes { told number } edges { node { told } } pageInfo { endCursor }
    }
  }
}
"""


async def held(shop: Shop, eyes: str, **variables: Any) -> Any:
    result = await shop.as_objects(HELD, shop.world.viewers[eyes], **variables)
    assert result.errors is None, result.errors
    return result.data["held"]


def rows(shop: Shop, table: str) -> list[dict[str, Any]]:
    return shop.world.tables[table]


async def test_an_object_that_holds_an_id_shows_the_row_of_it(the_shop: Shop) -> None:
    row = next(p for p in rows(the_shop, "shop_people") if p["kind"] == "CUSTOMER" and p["city"])
    found = await held(the_shop, "staff", customer=global_id("Customer", row["id"]))
    assert found["price"] == {"amount": "1.5", "currencyCode": "EUR"}
    assert found["customer"]["number"] == row["number"]
    assert found["customer"]["told"] == f"{row['number']} in {row['city']}"
    assert found["customer"]["later"] == found["customer"]["again"] == row["calls"] + 1
    assert found["devices"] == []
    assert found["owned"] is None


async def test_an_object_that_holds_ids_shows_their_rows_in_that_order(the_shop: Shop) -> None:
    devices = rows(the_shop, "shop_devices")[4::-2]
    ids = [global_id("Device", row["id"]) for row in devices]
    found = await held(the_shop, "staff", devices=ids)
    assert [device["name"] for device in found["devices"]] == [row["name"] for row in devices]
    assert all(device["customer"]["told"] for device in found["devices"])


async def test_an_object_that_holds_an_owner_shows_its_list(the_shop: Shop) -> None:
    owner = rows(the_shop, "shop_people")[0]
    found = await held(the_shop, "reseller", owner=global_id("Owner", owner["id"]))
    people = [p for p in rows(the_shop, "shop_people") if p["owner_id"] == owner["id"]]
    live = [p for p in people if p["kind"] == "CUSTOMER" and p["state"] != "GONE"]
    assert found["owned"]["totalCount"] == len(live)
    assert len(found["owned"]["nodes"]) == min(2, len(live))
    assert all(edge["node"]["told"] for edge in found["owned"]["edges"])


async def test_what_is_held_is_read_with_the_viewers_eyes(the_shop: Shop) -> None:
    people = rows(the_shop, "shop_people")
    foreign = the_shop.world.viewers["foreign reseller"].account_id
    row = next(p for p in people if p["kind"] == "CUSTOMER" and p["owner_id"] != foreign)
    device = rows(the_shop, "shop_devices")[0]
    holder = next(p for p in people if p["id"] == device["person_id"])
    found = await held(
        the_shop,
        "foreign reseller",
        customer=global_id("Customer", row["id"]),
        devices=[global_id("Device", device["id"])],
        owner=global_id("Owner", people[0]["id"]),
    )
    assert found["customer"] is None
    assert len(found["devices"]) == int(holder["owner_id"] == foreign)
    assert found["owned"]["totalCount"] == 0
