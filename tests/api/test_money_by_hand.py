"""Money moved by people through the API: who may, who pays, and nothing twice."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from models.database import read_pool
from models.money.reconciliation import ledger_differences
from models.rules.enums import AccountType
from schema.scalars import global_id
from tests import people
from tests.api.product import Product, refusals
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

REFILL = """accountRefill { refill { id amount { amount } method refilledBy account { number } }
    receipt { number kind status total { amount } } }"""
CHARGE = """accountCharge { charge { id kind amount { amount } balanceAfter { amount } }
    receipt { kind total { amount } } }"""
BALANCE = "query($id: ID!) { node(id: $id) { ... on Account { balance { amount } } } }"


def _id(person: Person, kind: str = "Customer") -> str:
    return str(global_id(kind, person.id))


async def _balance(asker: Person, account: str) -> str:
    found = await Product().ask(asker, BALANCE, id=account)
    return str(found["node"]["balance"]["amount"])


async def _assert_the_books_add_up() -> None:
    async with read_pool().acquire() as connection:
        assert [tally.count for tally in await ledger_differences(connection) if tally.count] == []


def _asked(account: str, amount: str, key: str = "k", **more: Any) -> dict[str, Any]:
    asked = {"accountId": account, "amount": amount, "currencyCode": "USD"}
    return asked | {"idempotencyKey": key} | more


async def test_a_refill_comes_from_the_owner_and_makes_a_receipt() -> None:
    admin, product = await people.administrator(), Product()
    reseller = await people.reseller(admin, opening_balance=Decimal(100))
    customer = await people.customer(admin, reseller)
    made = await product.mutate(reseller, REFILL, **_asked(_id(customer), "30.50", note="cash"))
    assert made["refill"]["amount"] == {"amount": "30.5"}
    assert made["receipt"]["kind"] == "RECEIPT"
    assert made["receipt"]["total"] == {"amount": "30.5"}
    assert await _balance(admin, _id(customer)) == "30.5"
    assert await _balance(admin, _id(reseller, "Reseller")) == "69.5"
    await _assert_the_books_add_up()


async def test_a_hundred_repeats_of_one_key_are_one_refill_with_one_answer() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    calls = [product.mutate(admin, REFILL, **_asked(_id(customer), "5")) for _ in range(100)]
    answers = await asyncio.gather(*calls)
    assert len({answer["refill"]["id"] for answer in answers}) == 1
    assert await _balance(admin, _id(customer)) == "5"


async def test_the_same_key_with_another_amount_is_refused() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    await product.mutate(admin, REFILL, **_asked(_id(customer), "5"))
    again = await product.mutate(admin, REFILL, **_asked(_id(customer), "6"))
    assert refusals(again) == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
    assert await _balance(admin, _id(customer)) == "5"


@pytest.mark.parametrize(
    ("amount", "code"),
    [("-1", "OUT_OF_RANGE"), ("0", "OUT_OF_RANGE"), ("1.234", "INVALID")],
)
async def test_amounts_that_can_not_be_moved_are_refused(amount: str, code: str) -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    for call in (REFILL, CHARGE):
        more = {"description": "x"} if call is CHARGE else {}
        answer = await product.mutate(admin, call, **_asked(_id(customer), amount, **more))
        assert refusals(answer) == [(code, ["amount"])]
    assert await _balance(admin, _id(customer)) == "0"


async def test_nothing_but_an_opening_is_an_opening_balance() -> None:
    admin, product = await people.administrator(), Product()
    asked = _asked(_id(await people.customer(admin)), "5", method="OPENING_BALANCE")
    assert refusals(await product.mutate(admin, REFILL, **asked)) == [("INVALID", ["method"])]


async def test_another_currency_is_refused() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    asked = _asked(_id(customer), "5") | {"currencyCode": "EUR"}
    answer = await product.mutate(admin, REFILL, **asked)
    assert refusals(answer) == [("CURRENCY_MISMATCH", ["currencyCode"])]


async def test_only_staff_and_the_direct_owner_move_an_accounts_money() -> None:
    admin, product = await people.administrator(), Product()
    top = await people.reseller(admin, opening_balance=Decimal(100))
    below = await people.reseller(top, top, opening_balance=Decimal(50))
    foreign = await people.reseller(admin, opening_balance=Decimal(100))
    customer = await people.customer(admin, below)
    target = _id(customer)
    assert refusals(await product.mutate(foreign, REFILL, **_asked(target, "5"))) == [
        ("NOT_FOUND", ["accountId"])
    ]
    assert refusals(await product.mutate(top, REFILL, **_asked(target, "5"))) == [
        ("FORBIDDEN", ["accountId"])
    ]
    own = _asked(_id(below, "Reseller"), "5")
    assert refusals(await product.mutate(below, REFILL, **own)) == [("FORBIDDEN", ["accountId"])]
    assert refusals(await product.mutate(below, REFILL, **_asked(target, "5"))) == []
    assert await _balance(admin, target) == "5"
    await _assert_the_books_add_up()


async def test_a_hundred_charges_at_once_never_overdraw_a_prepaid_account() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin, opening_balance=Decimal(10))
    calls = [
        product.mutate(admin, CHARGE, **_asked(_id(customer), "1", f"k{n}", description="Fee"))
        for n in range(100)
    ]
    answers = [refusals(answer) for answer in await asyncio.gather(*calls)]
    assert answers.count([]) == 10
    assert answers.count([("INSUFFICIENT_BALANCE", ["amount"])]) == 90
    assert await _balance(admin, _id(customer)) == "0"
    await _assert_the_books_add_up()


async def test_only_staff_charge_below_the_limit() -> None:
    admin, product = await people.administrator(), Product()
    reseller = await people.reseller(admin, opening_balance=Decimal(5))
    customer = await people.customer(admin, reseller)
    asked = _asked(_id(customer), "3", description="Fee", force=True)
    assert refusals(await product.mutate(reseller, CHARGE, **asked)) == [("FORBIDDEN", ["force"])]
    made = await product.mutate(admin, CHARGE, **asked)
    assert made["charge"]["balanceAfter"] == {"amount": "-3"}


async def test_a_postpaid_charge_waits_for_the_invoice() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin, type=AccountType.POSTPAID, credit_limit=Decimal(10))
    made = await product.mutate(admin, CHARGE, **_asked(_id(customer), "4", description="Fee"))
    assert made["receipt"] is None
    assert made["charge"]["balanceAfter"] == {"amount": "-4"}
