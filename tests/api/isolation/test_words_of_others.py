"""What stands in others' things is found by nobody else; only what is unique is ever TAKEN."""

from __future__ import annotations

from typing import Any

import asyncpg

from schema.scalars import global_id
from tests.api.isolation.furnishing import Label
from tests.api.isolation.probing import VISITS
from tests.api.isolation.searches import searches, words
from tests.api.isolation.world import World
from tests.api.product import Product
from tests.digest import everything
from tests.people import Person

NOBODY = Label("Wombat", "9", None)
PIN = "402915"
# Keys of which every owner has the same, or nothing; new ones stand here or find something.
ALIKE = {"action", "countryCode", "currencyCode", "template"}
ALIKE_AT = {("invoices", "number"), ("auditEvents", "actor"), ("signInAlerts", "subject")}
BY_NUMBER = "query($number: String!) { customerByNumber(number: $number) { __typename id } }"


async def test_words_of_others_find_what_words_of_nobody_find(world: World) -> None:
    told_apart = []
    for person, others in _prying(world):
        product = Product()
        for search in searches():
            nothing = [await search.found(product, person, each) for each in search.asked(NOBODY)]
            for label in others:
                for asked, none in zip(search.asked(label), nothing, strict=True):
                    if await search.found(product, person, asked) != none:
                        told_apart.append((person.login, str(search), asked))
    assert told_apart == []


async def test_ones_own_words_find_something_by_every_key(world: World) -> None:
    """Else nothing would be proven above."""
    person, label = world.child.owner, world.child.label
    product, fruitful = Product(), set()
    for search in searches():
        nothing = await search.found(product, person, search.asked(NOBODY)[0])
        found = [await search.found(product, person, asked) for asked in search.asked(label)]
        if found != [nothing] * len(found):
            fruitful.add((search.root, search.key))
    keys = {(search.root, search.key) for search in searches() if search.key not in ALIKE}
    assert keys - ALIKE_AT - fruitful == set()


async def test_a_number_of_others_is_nobodys(world: World) -> None:
    for person, others in _prying(world):
        for label in others:
            for number in words(label):
                found = await Product().ask(person, BY_NUMBER, number=number)
                assert found == {"customerByNumber": None}, (person.login, number)


async def test_what_is_unique_is_taken_and_nothing_more_is_said(
    world: World, world_url: str
) -> None:
    product, foreign = Product(), world.foreign.owner
    theirs = global_id("Customer", world.child.customer.id)
    await product.mutate(world.admin, "customerPinReset { customer { id } }", id=theirs, pin=PIN)
    connection = await asyncpg.connect(world_url)
    before = await everything(connection, VISITS)
    for call, given, field in _unique(world):
        payload = await product.mutate(foreign, call, **given)
        assert [(e["code"], e["field"]) for e in payload["userErrors"]] == [("TAKEN", [field])]
        sentence = payload["userErrors"][0]["message"].casefold()
        assert not [sign for sign in world.child.label.signs if sign in sentence]
    assert await everything(connection, VISITS) == before
    await connection.close()


def _unique(world: World) -> list[tuple[str, dict[str, Any], str]]:
    """A mutation, an input with something of the child's in it, and the field that is taken."""
    mine = {"customerId": global_id("Customer", world.foreign.customer.id)}
    customer = {"firstName": "A", "type": "PREPAID", "email": "a@a.example"}
    customer |= {"rateGroupId": world.foreign.picks["rateGroupId"]}
    reseller = {"firstName": "A", "email": "b@a.example"}
    opened, sold = "customerCreate { customer { id } }", "resellerCreate { reseller { id } }"
    return [
        (opened, customer | {"number": "okapi-CUSTOMER"}, "number"),
        (opened, customer | {"email": "Customer@okapi.example"}, "email"),
        (opened, customer | {"email": "okapi@okapi.example"}, "email"),
        (opened, customer | {"pin": PIN}, "pin"),
        (sold, reseller | {"number": "Okapi-reseller"}, "number"),
        (sold, reseller | {"email": "customer@okapi.example"}, "email"),
        (sold, reseller | {"realm": "okapi.sip"}, "realm"),
        (
            "ipSettingCreate { ipSetting { id } }",
            mine | {"name": "A", "network": "9.8.3.0/25"},
            "network",
        ),
        ("callerIdCreate { callerId { id } }", mine | {"number": "4955773001"}, "number"),
    ]


def _prying(world: World) -> list[tuple[Person, list[Label]]]:
    """Who looks for whose words."""
    quagga, okapi, numbat, dugong = (tenant.label for tenant in world.tenants[1:])
    return [
        (world.foreign.owner, [quagga, okapi, numbat]),
        (world.sibling.owner, [quagga, okapi, dugong]),
        (world.child.customer, [quagga, numbat, dugong]),
        (world.foreign.customer, [okapi]),
    ]
