"""The panels of the customer screen through the API: what goes in comes out, for whom it may."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from tortoise import Tortoise

from schema.scalars import global_id
from tests import people
from tests.api.product import Product, refusals
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

SCREEN = """query($id: ID!) { customer(id: $id) {
    ipSettings { totalCount nodes { id version name network prefix status } }
    callerIds { nodes { id version number status } }
    forceCallerId { name number status }
    speedDials { key number }
    blockedCodes { nodes { id prefix destination } }
    alertThreshold { enabled balanceBelow { amount currencyCode } }
    dids { nodes { number nextRenewalAt } }
    products { nodes { quantity price { amount } product { name } terminatedAt } }
    balance { amount }
    charges { nodes { kind amount { amount } } }
} }"""
SET_NETWORK = "ipSettingCreate { ipSetting { id network prefix } }"
TABLES: tuple[str, ...] = (
    "ip_settings",
    "caller_ids",
    "force_caller_ids",
    "speed_dials",
    "blocked_codes",
)
TABLES += ("alert_thresholds", "dids", "product_orders", "postings")

# One call for each mutation that puts something on a customer's panel.
CALLS: Mapping[str, dict[str, Any]] = {
    "ipSettingCreate { ipSetting { id } }": {"name": "Office", "network": "9.9.9.9"},
    "callerIdCreate { callerId { id } }": {"number": "+4930123"},
    "forceCallerIdSet { customer { id } }": {"number": "4930999"},
    "speedDialSet { customer { id } }": {"key": 3, "number": "4930111"},
    "blockedCodeCreate { blockedCode { id } }": {"prefix": "900"},
    "alertThresholdSet { customer { id } }": {"enabled": True, "balanceBelow": "7.50"},
}


async def _counts() -> dict[str, int]:
    connection = Tortoise.get_connection("default")
    rows = await connection.execute_query_dict(
        "SELECT " + ", ".join(f"(SELECT count(*) FROM {t}) AS {t}" for t in TABLES)
    )
    return dict(rows[0])


def _id(person: Person) -> str:
    return str(global_id("Customer", person.id))


async def test_what_is_put_on_the_panels_is_read_back_in_one_request() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    for call, given in CALLS.items():
        assert refusals(await product.mutate(admin, call, customerId=_id(customer), **given)) == []
    screen = (await product.ask(customer, SCREEN, id=_id(customer)))["customer"]
    assert screen["ipSettings"]["nodes"][0]["network"] == "9.9.9.9/32"
    assert screen["callerIds"]["nodes"][0]["number"] == "+4930123"
    assert screen["forceCallerId"] == {"name": None, "number": "4930999", "status": "ACTIVE"}
    assert screen["speedDials"] == [{"key": 3, "number": "4930111"}]
    assert screen["blockedCodes"]["nodes"][0]["prefix"] == "900"
    assert screen["alertThreshold"] == {
        "enabled": True,
        "balanceBelow": {"amount": "7.5", "currencyCode": "USD"},
    }


async def test_an_account_without_a_threshold_of_its_own_has_the_houses() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    screen = (await product.ask(admin, SCREEN, id=_id(customer)))["customer"]
    assert screen["alertThreshold"]["balanceBelow"] == {"amount": "5", "currencyCode": "USD"}


@pytest.mark.parametrize("call", CALLS)
async def test_a_stranger_to_the_account_is_told_what_is_told_of_one_that_never_was(
    call: str,
) -> None:
    admin, product = await people.administrator(), Product()
    mine, foreign = await people.reseller(admin), await people.reseller(admin)
    customer = await people.customer(admin, mine)
    before = await _counts()
    for target in (customer, foreign):
        answer = await product.mutate(foreign, call, customerId=_id(target), **CALLS[call])
        assert refusals(answer) == [("NOT_FOUND", ["customerId"])]
    assert await _counts() == before


@pytest.mark.parametrize("call", [name for name in CALLS if "allerId" in name])
async def test_customers_do_not_choose_what_their_calls_present(call: str) -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    before = await _counts()
    answer = await product.mutate(customer, call, customerId=_id(customer), **CALLS[call])
    assert refusals(answer) == [("FORBIDDEN", [])]
    assert await _counts() == before


async def test_null_clears_where_nothing_is_a_value_and_is_refused_elsewhere() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    network = await product.mutate(
        admin, SET_NETWORK, customerId=_id(customer), name="N", network="9.9.9.9", prefix="8"
    )
    did = await product.mutate(
        admin, "didCreate { did { id } }", number="4930", currencyCode="USD", city="Berlin"
    )
    offer = await product.mutate(
        admin,
        "productCreate { product { id } }",
        name="Line",
        category="PACKAGE",
        description="A line",
        currencyCode="USD",
        price="1",
        billing="ONE_TIME",
    )
    changes: tuple[tuple[str, str, str, str], ...] = (
        ("ipSettingUpdate", "ipSetting", "prefix", network["ipSetting"]["id"]),
        ("didUpdate", "did", "city", did["did"]["id"]),
        ("productUpdate", "product", "description", offer["product"]["id"]),
    )
    for call, kind, field, row in changes:
        answer = await product.mutate(
            admin, f"{call} {{ {kind} {{ {field} }} }}", id=row, **{field: None}
        )
        assert answer[kind] == {field: None}
    for call, kind, field, row in (
        *((c, k, "status", row) for c, k, _, row in changes),
        ("ipSettingUpdate", "ipSetting", "name", network["ipSetting"]["id"]),
        ("didUpdate", "did", "monthlyFee", did["did"]["id"]),
        ("productUpdate", "product", "price", offer["product"]["id"]),
    ):
        answer = await product.mutate(
            admin, f"{call} {{ {kind} {{ id }} }}", id=row, **{field: None}
        )
        assert refusals(answer) == [("REQUIRED", [field])]


async def test_a_stale_version_changes_nothing() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    made = await product.mutate(
        admin, SET_NETWORK, customerId=_id(customer), name="N", network="9.9.9.9"
    )
    call = "ipSettingUpdate { ipSetting { version name } }"
    changed = await product.mutate(
        admin, call, id=made["ipSetting"]["id"], expectedVersion=1, name="Office"
    )
    assert changed["ipSetting"] == {"version": 2, "name": "Office"}
    stale = await product.mutate(
        admin, call, id=made["ipSetting"]["id"], expectedVersion=1, name="Other"
    )
    assert refusals(stale) == [("VERSION_CONFLICT", ["expectedVersion"])]


async def test_a_did_is_charged_through_the_chain_and_goes_to_one_of_many() -> None:
    admin, product = await people.administrator(), Product()
    reseller = await people.reseller(admin, opening_balance=Decimal(100))
    customers = [
        await people.customer(admin, reseller, opening_balance=Decimal(20)) for _ in range(2)
    ]
    did = await product.mutate(
        admin,
        "didCreate { did { id } }",
        number="+49301234",
        currencyCode="USD",
        setupFee="5",
        monthlyFee="3",
    )
    did_id = did["did"]["id"]
    price = "resellerPriceSet { reseller { number } }"
    seller = str(global_id("Reseller", reseller.id))
    answer = await product.mutate(
        reseller, price, resellerId=seller, didId=did_id, price="4", setupFee="6"
    )
    assert refusals(answer) == []
    calls = [
        product.mutate(
            admin, "didAssign { did { number } }", didId=did_id, customerId=_id(customer)
        )
        for customer in customers * 5
    ]
    answers = [refusals(answer) for answer in await asyncio.gather(*calls)]
    assert sorted(answers) == [[]] + [[("TAKEN", ["didId"])]] * 9
    balances = sorted(
        [(await product.ask(admin, SCREEN, id=_id(each)))["customer"] for each in customers],
        key=lambda screen: len(screen["dids"]["nodes"]),
    )
    assert [screen["balance"]["amount"] for screen in balances] == ["20", "10"]
    assert balances[1]["dids"]["nodes"][0]["nextRenewalAt"] is not None
    wallet = await product.ask(reseller, "{ viewer { reseller { balance { amount } } } }")
    # 100 less the two opening balances of 20, plus 10 from the customer, less 8 to the house.
    assert wallet["viewer"]["reseller"]["balance"]["amount"] == "62"


async def test_an_account_without_funds_gets_no_number_and_nothing_moves() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    did = await product.mutate(
        admin, "didCreate { did { id } }", number="4930", currencyCode="USD", monthlyFee="3"
    )
    before = await _counts()
    answer = await product.mutate(
        admin, "didAssign { did { id } }", didId=did["did"]["id"], customerId=_id(customer)
    )
    assert refusals(answer) == [("INSUFFICIENT_BALANCE", ["didId"])]
    assert await _counts() == before


async def test_an_order_keeps_the_price_of_its_day_and_ends_once() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin, opening_balance=Decimal(50))
    offer = await product.mutate(
        admin,
        "productCreate { product { id } }",
        name="Line",
        category="SUBSCRIPTION",
        currencyCode="USD",
        price="4",
        setupFee="1",
        billing="RECURRING",
        billingDays=30,
    )
    product_id = offer["product"]["id"]
    ordered = await product.mutate(
        admin,
        "productOrder { productOrder { id price { amount } nextRenewalAt } }",
        productId=product_id,
        customerId=_id(customer),
        quantity=3,
        idempotencyKey="once",
    )
    order = ordered["productOrder"]
    assert order["price"] == {"amount": "4"}
    assert order["nextRenewalAt"] is not None
    raised = await product.mutate(
        admin, "productUpdate { product { version } }", id=product_id, price="9"
    )
    assert raised["product"] == {"version": 2}
    screen = (await product.ask(customer, SCREEN, id=_id(customer)))["customer"]
    assert screen["products"]["nodes"][0]["price"] == {"amount": "4"}
    assert screen["balance"]["amount"] == "37"
    end = "productOrderTerminate { productOrder { terminationNote } }"
    ended = await product.mutate(admin, end, id=order["id"], note="moved away")
    assert ended["productOrder"] == {"terminationNote": "moved away"}
    assert refusals(await product.mutate(admin, end, id=order["id"])) == [("ALREADY_DONE", ["id"])]
