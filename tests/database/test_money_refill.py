"""Money coming in: who pays for it, which paper it makes, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from models.accounts.account import Account
from models.database import read_pool, transaction
from models.ids import new_id
from models.money.currency import CurrencyRate
from models.money.refill import Refill, Refilled, RefillOrder
from models.rules.enums import AccountStatus, AccountType, RefillMethod
from models.rules.errors import DomainError, ErrorCode
from tests.database.money_world import (
    CLERK,
    NOW,
    assert_books_add_up,
    balance,
    balances,
    count,
    fund,
    open_account,
    open_reseller,
    system_balance,
)

pytestmark = pytest.mark.usefixtures("database")


def order_for(account_id: UUID, amount: str = "25.00") -> RefillOrder:
    return RefillOrder(account_id, Decimal(amount), "USD", CLERK, NOW)


async def receive(order: RefillOrder) -> Refilled:
    async with transaction() as tx:
        return await Refill.receive(tx, order)


async def test_an_opening_balance_comes_from_the_administrations_cash_and_makes_a_receipt() -> None:
    account = await open_account()
    order = replace(order_for(account), method=RefillMethod.OPENING_BALANCE)
    refilled = await receive(order)
    assert await balance(account) == 25
    assert await system_balance("CASH") == -25
    receipt = await read_pool().fetchrow(
        "SELECT * FROM invoices WHERE id = $1", refilled.receipt_id
    )
    assert receipt is not None
    assert (receipt["kind"], receipt["number"], receipt["status"]) == (
        "RECEIPT",
        "REC-000001",
        "PAID",
    )
    assert (receipt["total"], receipt["outstanding"]) == (25, 0)
    await assert_books_add_up()


async def test_a_resellers_wallet_funds_its_customers_refill() -> None:
    reseller = await open_reseller()
    customer = await open_account(owner=reseller)
    await fund(reseller, "100")
    await receive(order_for(customer, "30"))
    assert await balances(reseller, customer) == [70, 30]
    assert await system_balance("CASH") == -100
    await assert_books_add_up()


async def test_an_owner_without_funds_is_named_at_the_field_of_the_caller() -> None:
    reseller = await open_reseller()
    customer = await open_account(owner=reseller)
    await fund(reseller, "10")
    with pytest.raises(DomainError) as refused:
        async with transaction() as tx:
            await Refill.receive(tx, order_for(customer, "10.01"), at=("openingBalance",))
    assert refused.value.code is ErrorCode.INSUFFICIENT_BALANCE
    assert refused.value.field == ("openingBalance",)
    assert await balances(reseller, customer) == [10, 0]
    assert (await count("refills"), await count("postings")) == (1, 1)
    await assert_books_add_up()


async def test_a_postpaid_resellers_credit_limit_counts_as_funds() -> None:
    reseller = await open_reseller(AccountType.POSTPAID, credit_limit=50)
    customer = await open_account(owner=reseller)
    await receive(order_for(customer, "50"))
    assert await balance(reseller) == -50
    with pytest.raises(DomainError, match="owner"):
        await receive(order_for(customer, "0.01"))


async def test_the_same_refill_again_answers_the_first_result() -> None:
    account = await open_account()
    order = order_for(account)
    first, second = await receive(order), await receive(order)
    assert second == replace(first, is_repeat=True)
    assert await balance(account) == 25
    assert (await count("refills"), await count("invoices")) == (1, 1)


async def test_the_same_key_for_another_amount_is_refused() -> None:
    account = await open_account()
    order = order_for(account)
    await receive(order)
    with pytest.raises(DomainError) as refused:
        await receive(replace(order, amount=Decimal(26)))
    assert refused.value.code is ErrorCode.IDEMPOTENCY_KEY_REUSED
    assert await balance(account) == 25


async def test_many_opening_balances_take_one_block_of_numbers() -> None:
    reseller = await open_reseller()
    await fund(reseller, "1000")
    customers = [await open_account(owner=reseller) for _ in range(20)]
    orders = [
        replace(order_for(id_, "5"), method=RefillMethod.OPENING_BALANCE) for id_ in customers
    ]
    async with transaction() as tx:
        await Refill.receive_many(tx, orders)
    async with transaction() as tx:
        repeated = await Refill.receive_many(tx, orders)
    assert all(refilled.is_repeat and refilled.receipt_id for refilled in repeated)
    assert await balance(reseller) == 900
    numbers = await read_pool().fetch(
        "SELECT number FROM invoices WHERE reseller_id = $1 ORDER BY sequence", reseller
    )
    assert [row["number"] for row in numbers] == [f"REC-{n:06d}" for n in range(1, 21)]
    await assert_books_add_up()


async def test_opening_balances_beyond_the_owners_funds_are_all_refused() -> None:
    reseller = await open_reseller()
    await fund(reseller, "14")
    customers = [await open_account(owner=reseller) for _ in range(3)]
    orders = [order_for(id_, "5") for id_ in customers]
    with pytest.raises(DomainError, match="owner"):
        async with transaction() as tx:
            await Refill.receive_many(tx, orders)
    assert [await balance(id_) for id_ in customers] == [0, 0, 0]
    assert await count("refills") == 1


async def test_currencies_meet_in_the_owners_exchange_account_at_the_frozen_rate() -> None:
    reseller = await open_reseller(currency_code="EUR")
    customer = await open_account(owner=reseller)
    await fund(reseller, "100", "EUR")
    with pytest.raises(DomainError, match="EUR") as refused:
        await receive(order_for(customer, "10"))
    assert refused.value.code is ErrorCode.RATE_MISSING
    async with transaction() as tx:
        await CurrencyRate.quote(tx, "EUR", Decimal("0.9"), NOW)
    await receive(order_for(customer, "10"))
    assert await balances(reseller, customer) == [91, 10]
    assert await system_balance("FX", reseller, "EUR") == 9
    assert await system_balance("FX", reseller, "USD") == -10
    await assert_books_add_up()


@pytest.mark.parametrize(
    ("amount", "currency_code", "code", "path"),
    [
        ("0", "USD", ErrorCode.OUT_OF_RANGE, ("amount",)),
        ("-5", "USD", ErrorCode.OUT_OF_RANGE, ("amount",)),
        ("NaN", "USD", ErrorCode.INVALID, ("amount",)),
        ("Infinity", "USD", ErrorCode.INVALID, ("amount",)),
        ("1.001", "USD", ErrorCode.INVALID, ("amount",)),
        ("123456789012345", "USD", ErrorCode.INVALID, ("amount",)),
        ("5", "EUR", ErrorCode.CURRENCY_MISMATCH, ("currencyCode",)),
    ],
)
async def test_an_impossible_amount_is_refused_with_its_path(
    amount: str, currency_code: str, code: ErrorCode, path: tuple[str, ...]
) -> None:
    account = await open_account()
    with pytest.raises(DomainError) as refused:
        await receive(replace(order_for(account, amount), currency_code=currency_code))
    assert [(problem.code, problem.field) for problem in refused.value.problems] == [(code, path)]
    assert await count("postings") == 0


async def test_a_balance_that_no_wallet_can_hold_is_refused() -> None:
    account = await open_account()
    most = "99999999999999.99"
    await fund(account, most)
    with pytest.raises(DomainError) as refused:
        await receive(order_for(account, "0.01"))
    assert (refused.value.code, refused.value.field) == (ErrorCode.OUT_OF_RANGE, ("amount",))
    assert await balance(account) == Decimal(most)
    assert await count("refills") == 1


async def test_an_unknown_account_is_refused() -> None:
    with pytest.raises(DomainError) as refused:
        await receive(order_for(new_id()))
    assert refused.value.code is ErrorCode.NOT_FOUND


async def test_a_gateway_has_to_be_allowed_and_to_name_its_payment() -> None:
    account = await open_account()
    await Account.filter(id=account).update(payment_gateway_allowed=False)
    with pytest.raises(DomainError) as refused:
        await receive(replace(order_for(account), method=RefillMethod.GATEWAY))
    assert [(problem.code, problem.field) for problem in refused.value.problems] == [
        (ErrorCode.FORBIDDEN, ("method",)),
        (ErrorCode.REQUIRED, ("externalId",)),
    ]
    assert await count("postings") == 0


async def test_who_is_deleted_still_pays_what_it_owes_and_gets_no_funds() -> None:
    prepaid, postpaid = await open_account(), await open_account(AccountType.POSTPAID)
    await Account.filter(id__in=[prepaid, postpaid]).update(
        status=AccountStatus.DELETED, deleted_at=NOW
    )
    with pytest.raises(DomainError) as refused:
        await receive(order_for(prepaid))
    assert (refused.value.code, refused.value.field) == (ErrorCode.WRONG_STATE, ("accountId",))
    await receive(order_for(postpaid))
    assert await balances(prepaid, postpaid) == [0, 25]


async def test_a_gateway_payment_is_booked_once() -> None:
    account = await open_account()
    order = replace(order_for(account), method=RefillMethod.GATEWAY, external_id="pay-1")
    await receive(order)
    with pytest.raises(DomainError) as refused:
        await receive(replace(order, id=new_id()))
    assert (refused.value.code, refused.value.field) == (ErrorCode.TAKEN, ("externalId",))
    assert await balance(account) == 25
