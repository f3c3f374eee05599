"""Networks of accounts through the API: who lists which, and who is refused without being told why.

What the switches make of them is tested beside the views.
"""

from __future__ import annotations

from typing import Any

import pytest

from schema.scalars import global_id
from tests import people
from tests.api.product import Product, refusals
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

SET_NETWORK = "ipSettingCreate { ipSetting { id network prefix } }"


def _id(person: Person) -> str:
    return str(global_id("Customer", person.id))


async def test_customers_list_networks_only_when_they_manage_their_own() -> None:
    admin, product = await people.administrator(), Product()
    plain = await people.customer(admin)
    trusted = await people.customer(admin, manages_own_ips=True)
    given = {"name": "Home", "network": "9.9.9.0/29"}
    answer = await product.mutate(plain, SET_NETWORK, customerId=_id(plain), **given)
    assert refusals(answer) == [("FORBIDDEN", [])]
    answer = await product.mutate(trusted, SET_NETWORK, customerId=_id(trusted), **given)
    assert answer["ipSetting"]["network"] == "9.9.9.0/29"


@pytest.mark.parametrize(
    ("network", "code"),
    [
        ("0.0.0.0/0", "INVALID"),
        ("127.0.0.1", "INVALID"),
        ("224.0.0.0/24", "INVALID"),
        ("9.9.9.9/24", "INVALID"),
        ("::ffff:9.9.9.9", "INVALID"),
        ("::/0", "INVALID"),
        ("10.0.0.0/28", "INVALID"),
        ("9.9.0.0/23", "OUT_OF_RANGE"),
        ("2a00::/32", "OUT_OF_RANGE"),
        ("nonsense", "INVALID"),
    ],
)
async def test_networks_that_are_nobodys_own_are_refused(network: str, code: str) -> None:
    admin, product = await people.administrator(), Product()
    reseller = await people.reseller(admin)
    customer = await people.customer(admin, reseller)
    answer = await product.mutate(
        reseller, SET_NETWORK, customerId=_id(customer), name="N", network=network
    )
    assert refusals(answer) == [(code, ["network"])]


async def test_a_network_overlaps_no_other_accounts_under_the_same_prefix() -> None:
    admin, product = await people.administrator(), Product()
    one, two = await people.customer(admin), await people.customer(admin)

    async def listed(person: Person, network: str, prefix: str = "") -> list[tuple[str, list[str]]]:
        given = {"name": "N", "network": network, "prefix": prefix}
        return refusals(await product.mutate(admin, SET_NETWORK, customerId=_id(person), **given))

    assert await listed(one, "9.9.9.0/24") == []
    assert await listed(two, "9.9.9.128/25") == [("TAKEN", ["network"])]
    assert await listed(two, "9.9.9.128/25", "88") == []
    assert await listed(one, "9.9.9.64/26") == []
    assert await listed(one, "9.9.9.64/26") == [("TAKEN", ["network"])]


async def test_only_staff_share_a_network_between_accounts_told_apart_by_a_prefix() -> None:
    admin, product = await people.administrator(), Product()
    trusted = await people.customer(admin, manages_own_ips=True)
    given = {"name": "N", "network": "9.9.9.9"}
    first = await people.customer(admin)
    await product.mutate(admin, SET_NETWORK, customerId=_id(first), **given)

    own = {**given, "customerId": _id(trusted), "prefix": "88"}
    assert refusals(await product.mutate(trusted, SET_NETWORK, **own)) == [("TAKEN", ["network"])]
    shared = (await product.mutate(admin, SET_NETWORK, **own))["ipSetting"]["id"]

    async def changed(**words: Any) -> list[tuple[str, list[str]]]:
        call = "ipSettingUpdate { ipSetting { version } }"
        return refusals(await product.mutate(trusted, call, id=shared, **words))

    assert await changed(prefix="89") == [("TAKEN", ["network"])]
    assert await changed(name="Home", status="INACTIVE") == []
    assert await changed(status="ACTIVE") == [("TAKEN", ["network"])]
