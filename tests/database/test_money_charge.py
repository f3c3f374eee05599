"""Charges by hand and for orders: taxed, receipted or left for the invoice, asked for first."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from models.accounts.tax import AccountTax, Tax
from models.database import read_pool, transaction
from models.ids import new_id
from models.money.charge import Charge, Charged, ChargeOrder, ManualCharge
from models.money.currency import CurrencyRate
from models.money.ledger import Ledger
from models.money.posting import Posting
from models.rules.enums import AccountType, PostingKind
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


def manual(account_id: UUID, amount: str = "10") -> ManualCharge:
    return ManualCharge(account_id, Decimal(amount), "USD", "Setup by hand", CLERK, NOW)


def product(account_id: UUID, *prices: str) -> ChargeOrder:
    amounts = tuple(Decimal(price) for price in prices)
    key = f"renewal/{new_id()}"
    return ChargeOrder(key, account_id, PostingKind.PRODUCT, amounts, "Flat rate", CLERK, NOW)


async def charge(order: ManualCharge) -> Charged:
    async with transaction() as tx:
        return await Charge.by_hand(tx, order)


async def levy(*orders: ChargeOrder) -> list[Charged]:
    async with transaction() as tx:
        return await Charge.levy(tx, orders)


async def tax(account_id: UUID, percent: int, name: str = "VAT") -> None:
    rate = await Tax.create(id=new_id(), name=name, rate_percent=Decimal(percent))
    await AccountTax.create(id=new_id(), account_id=account_id, tax_id=rate.id)


async def test_a_prepaid_charge_is_taxed_and_receipted_at_once() -> None:
    reseller = await open_reseller()
    customer = await open_account(owner=reseller)
    await fund(reseller, "100")
    await fund(customer, "20")
    await tax(customer, 19)
    charged = await charge(manual(customer))
    assert await balances(customer, reseller) == [Decimal("8.10"), Decimal("91.90")]
    assert await system_balance("TAX", reseller) == Decimal("1.90")
    lines = await read_pool().fetch(
        "SELECT description, net, tax FROM invoice_lines WHERE invoice_id = $1 ORDER BY position",
        charged.receipt_id,
    )
    assert [tuple(line) for line in lines] == [
        ("Setup by hand", 10, 0),
        ("VAT 19 %", 0, Decimal("1.9")),
    ]
    await assert_books_add_up()


async def test_what_a_reseller_gave_is_back_when_it_is_spent_tax_or_no_tax() -> None:
    reseller = await open_reseller(currency_code="EUR")
    customer = await open_account(owner=reseller)
    async with transaction() as tx:
        await CurrencyRate.quote(tx, "EUR", Decimal("0.5"), NOW)
    await fund(reseller, "1000", "EUR")
    await fund(customer, "110")
    assert await balance(reseller) == 945
    await tax(customer, 10)
    await charge(manual(customer, "100"))
    assert await balances(customer, reseller) == [0, 1000]
    assert await system_balance("TAX", reseller) == -await system_balance("CASH", reseller) == 10
    await assert_books_add_up()
    for posting in await Posting.filter(kind__in=["POST_CHARGE", "TAX"]):
        async with transaction() as tx:
            await Ledger.reverse(tx, posting.id, actor=CLERK, occurred_at=NOW, reason="Undone")
    assert await balances(customer, reseller) == [110, 945]
    assert await system_balance("TAX", reseller) == await system_balance("CASH", reseller) == 0
    await assert_books_add_up()


async def test_funds_must_cover_the_net_and_its_taxes() -> None:
    customer = await open_account()
    await fund(customer, "11.89")
    await tax(customer, 19)
    with pytest.raises(DomainError) as refused:
        await charge(manual(customer))
    assert refused.value.code is ErrorCode.INSUFFICIENT_BALANCE
    assert await balance(customer) == Decimal("11.89")
    assert (await count("postings"), await count("invoices")) == (1, 1)
    await charge(replace(manual(customer), is_forced=True))
    assert await balance(customer) == Decimal("-0.01")


async def test_a_postpaid_charge_waits_for_the_invoice_but_needs_room_for_its_tax() -> None:
    customer = await open_account(AccountType.POSTPAID, credit_limit=23)
    await tax(customer, 19)
    first = await charge(manual(customer))
    assert first.receipt_id is None
    assert await balance(customer) == -10
    assert await system_balance("TAX") == 0
    with pytest.raises(DomainError):
        await charge(manual(customer, "11"))
    await charge(manual(customer, "10.92"))
    assert await count("billable_lines") == 2
    await assert_books_add_up()


async def test_a_repeated_charge_answers_the_first_with_the_same_receipt() -> None:
    customer = await open_account()
    await fund(customer, "15")
    order = manual(customer)
    first, second = await charge(order), await charge(order)
    assert second == replace(first, is_repeat=True)
    assert await balance(customer) == 5
    assert await count("invoices") == 2


async def test_an_order_pays_every_level_of_the_chain() -> None:
    top = await open_reseller()
    middle = await open_reseller(owner=top)
    customer = await open_account(owner=middle)
    for account, amount in ((top, "100"), (middle, "50"), (customer, "20")):
        await fund(account, amount)
    await levy(product(customer, "10", "8", "5"))
    assert await balances(customer, middle, top) == [10, 32, 53]
    assert await system_balance("REVENUE") == 5
    await assert_books_add_up()


async def test_every_prepaid_level_is_taxed_and_receipted_for_its_own_price() -> None:
    top = await open_reseller()
    middle = await open_reseller(owner=top)
    customer = await open_account(owner=middle)
    for account, amount in ((top, "100"), (middle, "50"), (customer, "20")):
        await fund(account, amount)
    await tax(top, 20, "Of the house")
    await tax(middle, 10, "Of the top")
    order = product(customer, "10", "8", "5")
    first, second = await levy(order), await levy(order)
    assert [replace(again, is_repeat=False) for again in second] == first
    assert await balances(customer, middle, top) == [10, Decimal("31.20"), Decimal("52.80")]
    assert await system_balance("TAX") == 1
    assert await system_balance("TAX", top) == Decimal("0.80")
    receipts = await read_pool().fetch(
        """SELECT account_id, reseller_id, net, tax FROM invoices i
           WHERE EXISTS (SELECT FROM invoice_lines WHERE invoice_id = i.id
                         AND description = 'Flat rate') ORDER BY net"""
    )
    assert [tuple(row) for row in receipts] == [
        (top, None, 5, 1),
        (middle, top, 8, Decimal("0.80")),
        (customer, middle, 10, 0),
    ]
    await assert_books_add_up()


async def test_an_owner_must_have_the_tax_on_its_price_too() -> None:
    prepaid = await open_reseller()
    postpaid = await open_reseller(AccountType.POSTPAID, credit_limit=8)
    await fund(prepaid, "8")
    for reseller in (prepaid, postpaid):
        await tax(reseller, 10, f"Of {reseller}")
        customer = await open_account(AccountType.POSTPAID, owner=reseller, credit_limit=100)
        with pytest.raises(DomainError, match="owner"):
            await levy(product(customer, "10", "8"))
        await levy(product(customer, "10", "7"))
    assert await balances(prepaid, postpaid) == [Decimal("0.30"), -7]


async def test_an_owner_who_cannot_pay_its_price_refuses_the_order() -> None:
    reseller = await open_reseller()
    customer = await open_account(AccountType.POSTPAID, owner=reseller, credit_limit=100)
    with pytest.raises(DomainError, match="owner"):
        await levy(product(customer, "10", "8"))
    assert await balances(customer, reseller) == [0, 0]


async def test_what_is_free_posts_nothing() -> None:
    customer = await open_account()
    (charged,) = await levy(product(customer, "0"))
    assert charged == Charged(None, None, is_repeat=False)
    assert await count("invoices") == 0


async def test_all_that_is_wrong_with_a_charge_is_told_at_once() -> None:
    customer = await open_account()
    wrong = replace(manual(customer, "-1"), currency_code="EUR", description=" ")
    with pytest.raises(DomainError) as refused:
        await charge(wrong)
    assert [(problem.code, problem.field) for problem in refused.value.problems] == [
        (ErrorCode.OUT_OF_RANGE, ("amount",)),
        (ErrorCode.CURRENCY_MISMATCH, ("currencyCode",)),
        (ErrorCode.REQUIRED, ("description",)),
    ]
