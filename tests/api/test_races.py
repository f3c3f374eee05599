"""Twenty at once who want what only one can have: exactly one gets it, the rest are told TAKEN."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from schema.scalars import global_id
from tests import people
from tests.api.product import Product, refusals
from tests.database.money_world import crowd
from tests.people import Person

CROWD = 20
CREATE = {"firstName": "A", "type": "PREPAID"}
DEVICE, NETWORK = "sipDeviceCreate { sipDevice { id } }", "ipSettingCreate { ipSetting { id } }"
CUSTOMER, PIN = "customerCreate { customer { id } }", "customerPinReset { customer { id } }"
RESELLER, STAFF = "resellerCreate { reseller { id } }", "staffCreate { staffMember { id } }"
PROVIDER, UPDATE = "providerCreate { customer { id } }", "customerUpdate { customer { id } }"

Attempt = tuple[str, dict[str, Any]]


@pytest.fixture
async def admin(database_url: str) -> AsyncIterator[Person]:
    """The administrator of a house with a connection for each of the crowd."""
    async with crowd(database_url, CROWD):
        yield await people.administrator()


async def _customers(admin: Person) -> list[str]:
    return [global_id("Customer", (await people.customer(admin)).id) for _ in range(CROWD)]


async def _winners(admin: Person, attempts: list[Attempt], field: str) -> int:
    """How many of twenty had their way; the others must have been told what is taken."""
    product = Product()
    calls = (product.mutate(admin, call, **given) for call, given in attempts)
    answers = [refusals(answer) for answer in await asyncio.gather(*calls)]
    assert len(answers) == CROWD
    assert [answer for answer in answers if answer not in ([], [("TAKEN", [field])])] == []
    return answers.count([])


async def test_one_of_twenty_gets_a_user_name_of_a_realm(admin: Person) -> None:
    names = ["alice", "ALICE", "Alice", "aLICE"] * 5
    given = zip(await _customers(admin), names, strict=True)
    attempts = [(DEVICE, {"customerId": each, "username": name}) for each, name in given]
    assert await _winners(admin, attempts, "username") == 1


async def test_one_of_twenty_gets_a_network_and_every_network_that_overlaps_it(
    admin: Person,
) -> None:
    networks = ["9.9.9.0/24", "9.9.9.128/25", "9.9.9.129", "9.9.9.128/26"]
    given = zip(await _customers(admin), (n for n in networks for _ in range(5)), strict=True)
    attempts = [
        (NETWORK, {"customerId": each, "name": "N", "network": network}) for each, network in given
    ]
    assert await _winners(admin, attempts, "network") == 1


async def test_one_of_twenty_gets_a_caller_id_however_it_is_written(admin: Person) -> None:
    numbers = ["+49301234", "49301234", "0049301234", "49301234"] * 5
    given = zip(await _customers(admin), numbers, strict=True)
    call = "callerIdCreate { callerId { id } }"
    attempts = [(call, {"customerId": each, "number": number}) for each, number in given]
    assert await _winners(admin, attempts, "number") == 1


async def test_one_of_twenty_gets_a_pin_for_new_accounts_and_old_ones(admin: Person) -> None:
    group = global_id("RateGroup", await people.rate_group(admin))
    attempts: list[Attempt] = [
        (PIN, {"id": each, "pin": "402915"}) for each in (await _customers(admin))[:10]
    ]
    attempts += [
        (CUSTOMER, CREATE | {"rateGroupId": group, "email": f"p{n}@a.example", "pin": "402915"})
        for n in range(10)
    ]
    assert await _winners(admin, attempts, "pin") == 1


async def test_one_of_twenty_gets_an_address_among_customers_resellers_and_staff(
    admin: Person,
) -> None:
    group = global_id("RateGroup", await people.rate_group(admin))
    told = [{"email": "one@a.example"}, {"email": "ONE@A.example"}]
    attempts: list[Attempt] = [(UPDATE, {"id": e} | told[0]) for e in (await _customers(admin))[:6]]
    for turn in range(14):
        email = told[turn % 2]
        attempts.append(
            [
                (CUSTOMER, CREATE | {"rateGroupId": group} | email),
                (RESELLER, {"firstName": "A"} | email),
                (STAFF, {"name": "A", "role": "SUB_ADMIN"} | email),
                (PROVIDER, CREATE | {"rateGroupId": group} | email),
            ][turn % 4]
        )
    assert await _winners(admin, attempts, "email") == 1


async def test_one_of_twenty_gets_a_number_among_customers_providers_and_resellers(
    admin: Person,
) -> None:
    group = {"rateGroupId": global_id("RateGroup", await people.rate_group(admin))}
    kinds = [(CUSTOMER, CREATE | group), (PROVIDER, CREATE | group), (RESELLER, {"firstName": "A"})]
    attempts: list[Attempt] = []
    for turn in range(CROWD):
        call, given = kinds[turn % 3]
        number = {"number": ["Ab-1", "aB-1"][turn % 2], "email": f"n{turn}@a.example"}
        attempts.append((call, given | number))
    assert await _winners(admin, attempts, "number") == 1


async def test_one_of_twenty_gets_a_did_into_the_inventory_and_in_somebodys_hands(
    admin: Person,
) -> None:
    call, usd = "didCreate { did { id } }", {"currencyCode": "USD"}
    stock = [(call, usd | {"number": number}) for number in ["+49301", "49301"] * 10]
    assert await _winners(admin, stock, "number") == 1
    did = await Product().ask(admin, "{ dids { nodes { id } } }")
    given = {"didId": did["dids"]["nodes"][0]["id"]}
    call = "didAssign { did { id } }"
    attempts = [(call, given | {"customerId": each}) for each in await _customers(admin)]
    assert await _winners(admin, attempts, "didId") == 1


@pytest.mark.parametrize("noun", ["rateGroup", "localization", "tax"])
async def test_one_of_twenty_gets_the_name_all_are_renamed_to(admin: Person, noun: str) -> None:
    product = Product()
    more: dict[str, dict[str, Any]] = {"tax": {"ratePercent": "7"}, "localization": {"rules": []}}
    ids = []
    for turn in range(CROWD):
        given = {"name": f"Old {turn}"} | more.get(noun, {})
        made = await product.mutate(admin, f"{noun}Create {{ {noun} {{ id }} }}", **given)
        ids.append(made[noun]["id"])
    call = f"{noun}Update {{ {noun} {{ id }} }}"
    names = ["Silver", "SILVER", "silver", "sILVER"] * 5
    attempts = [(call, {"id": e, "name": name}) for e, name in zip(ids, names, strict=True)]
    assert await _winners(admin, attempts, "name") == 1


async def test_one_of_twenty_blocks_a_prefix_for_one_account(admin: Person) -> None:
    mine = {"customerId": global_id("Customer", (await people.customer(admin)).id)}
    call = "blockedCodeCreate { blockedCode { id } }"
    assert await _winners(admin, [(call, mine | {"prefix": "900"})] * CROWD, "prefix") == 1


async def test_a_payment_reported_by_twenty_at_once_is_booked_once(admin: Person) -> None:
    call = "accountRefill { refill { id } }"
    payment = {"amount": "1", "currencyCode": "USD", "method": "GATEWAY", "externalId": "pay-1"}
    attempts = [
        (call, payment | {"accountId": each, "idempotencyKey": f"k{turn}"})
        for turn, each in enumerate(await _customers(admin))
    ]
    assert await _winners(admin, attempts, "externalId") == 1
