"""Whole balances: set and changed, given back to the owner, written off."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import pytest

from models.accounts.account import Account
from models.database import transaction
from models.ids import new_id
from models.money.balance import Balance, BalanceChange, Moved, Occasion
from models.rules.enums import AccountType
from models.rules.errors import DomainError, ErrorCode
from tests.database.billing_world import bill, billed, document, owe, pay, state
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
OCCASION = Occasion(CLERK, NOW)


def change(account_id: UUID, amount: str, *, is_difference: bool = True) -> BalanceChange:
    return BalanceChange(str(new_id()), account_id, Decimal(amount), is_difference)


async def adjust(*changes: BalanceChange) -> list[Moved]:
    async with transaction() as tx:
        return await Balance.adjust(tx, changes, OCCASION)


async def write_off(accounts: Sequence[UUID]) -> list[Moved]:
    async with transaction() as tx:
        return await Balance.write_off(tx, accounts, OCCASION)


async def return_to_owner(accounts: Sequence[UUID]) -> list[Moved]:
    async with transaction() as tx:
        return await Balance.return_to_owner(tx, accounts, OCCASION)


async def test_a_balance_is_raised_lowered_and_set_at_its_owners_cost() -> None:
    reseller = await open_reseller()
    first, second = await open_account(owner=reseller), await open_account(owner=reseller)
    await fund(reseller, "100")
    await fund(first, "10")
    moved = await adjust(change(first, "-4"), change(second, "30", is_difference=False))
    assert moved == [Moved(first, Decimal(10), Decimal(6)), Moved(second, Decimal(0), Decimal(30))]
    assert await balances(reseller, first, second) == [64, 6, 30]
    await assert_books_add_up()


async def test_the_same_change_again_changes_nothing() -> None:
    account = await open_account()
    raised = change(account, "5")
    await adjust(raised)
    assert await adjust(raised) == [Moved(account, Decimal(5), Decimal(5))]
    assert await balance(account) == 5


async def test_a_balance_is_not_lowered_below_what_is_there() -> None:
    account = await open_account()
    await fund(account, "5")
    with pytest.raises(DomainError) as refused:
        await adjust(change(account, "-5.01"))
    assert (refused.value.code, refused.value.field) == (
        ErrorCode.INSUFFICIENT_BALANCE,
        ("balance",),
    )
    assert await balance(account) == 5


async def test_what_is_left_goes_back_to_the_owner_once() -> None:
    reseller = await open_reseller()
    rich, poor = await open_account(owner=reseller), await open_account(owner=reseller)
    await fund(reseller, "100")
    await fund(rich, "30")
    await return_to_owner([rich, poor])
    await return_to_owner([rich, poor])
    assert await balances(reseller, rich, poor) == [100, 0, 0]
    assert await count("postings") == 3
    await assert_books_add_up()


async def test_a_postpaid_accounts_unspent_credit_goes_back_with_its_balance() -> None:
    account = await open_account(AccountType.POSTPAID)
    invoice = await billed(account, "10")
    await fund(account, "25")
    await return_to_owner([account])
    assert await balance(account) == 0
    assert await state(invoice) == ("PAID", 10, 0)
    assert await system_balance("CASH") == -10
    await assert_books_add_up()


@pytest.mark.parametrize("is_difference", [True, False])
async def test_a_postpaid_balance_that_is_raised_settles_what_is_open(
    *, is_difference: bool
) -> None:
    account = await open_account(AccountType.POSTPAID)
    invoice = await billed(account, "50")
    await Account.filter(id=account).update(suspended_for_debt_at=NOW)
    await adjust(change(account, "50" if is_difference else "0", is_difference=is_difference))
    assert await balance(account) == 0
    assert await state(invoice) == ("PAID", 50, 0)
    assert (await Account.get(id=account)).suspended_for_debt_at is None
    assert await system_balance("CASH") == -50
    await assert_books_add_up()


async def test_what_a_postpaid_balance_is_raised_beyond_its_invoices_pays_the_next_one() -> None:
    account = await open_account(AccountType.POSTPAID)
    raised = change(account, "30")
    await adjust(raised)
    await adjust(raised)
    assert await state(await billed(account, "10")) == ("PAID", 10, 0)
    assert await balance(account) == 20
    await assert_books_add_up()


async def test_credit_that_is_taken_out_again_settles_nothing() -> None:
    account = await open_account(AccountType.POSTPAID)
    await fund(account, "25")
    await adjust(change(account, "5", is_difference=False))
    invoice = await billed(account, "10")
    assert await state(invoice) == ("PARTIALLY_PAID", 10, 5)
    assert await balance(account) == -5
    await assert_books_add_up()


async def test_what_is_given_back_leaves_the_credit_that_unbilled_charges_will_need() -> None:
    account = await open_account(AccountType.POSTPAID)
    await fund(account, "25")
    await owe(account, "10")
    await return_to_owner([account])
    assert await balance(account) == 0
    (raised,) = await bill(account)
    assert await state(document(raised)) == ("PAID", 10, 0)
    await assert_books_add_up()


async def test_writing_off_settles_what_is_open_against_the_issuers_books() -> None:
    account = await open_account(AccountType.POSTPAID)
    invoice = await billed(account, "10")
    await pay(invoice, "4")
    await write_off([account])
    await write_off([account])
    assert await balance(account) == 0
    assert await state(invoice) == ("PAID", 10, 0)
    assert await system_balance("WRITE_OFF") == -6
    await assert_books_add_up()
