"""Raising invoices: everything unbilled until the end of a period, each period once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from models.accounts.account import Account
from models.database import read_pool, transaction
from models.money.ledger import Ledger
from models.rules.enums import AccountType, InvoiceKind, PostingKind
from tests.database.billing_world import (
    APRIL,
    MARCH,
    MAY,
    bill,
    billed,
    document,
    owe,
    pay,
    state,
    tax,
)
from tests.database.money_world import (
    CLERK,
    assert_books_add_up,
    balance,
    count,
    crowd,
    open_account,
    open_reseller,
    system_balance,
)


@pytest.fixture
async def customer(database: str) -> UUID:
    assert database
    return await open_account(AccountType.POSTPAID, credit_limit=1000)


async def test_an_invoice_takes_what_is_unbilled_before_the_periods_end(customer: UUID) -> None:
    await owe(customer, "10", at=MARCH - timedelta(days=40))
    await owe(customer, "5")
    await owe(customer, "7", at=APRIL)
    (raised,) = await bill(customer)
    assert await state(document(raised)) == ("OPEN", 15, 15)
    (next_,) = await bill(customer, start=APRIL, end=MAY)
    assert await state(document(next_)) == ("OPEN", 7, 7)
    await assert_books_add_up()


async def test_calls_of_a_type_share_a_line_with_their_count(customer: UUID) -> None:
    for amount in ("1.1", "2.2", "0.3"):
        await owe(customer, amount, kind=PostingKind.CALL, label="Standard calls")
    await owe(customer, "4", label="Router")
    (raised,) = await bill(customer)
    lines = await read_pool().fetch(
        """SELECT description, quantity, net FROM invoice_lines
           WHERE invoice_id = $1 ORDER BY position""",
        document(raised),
    )
    assert [tuple(line) for line in lines] == [
        ("Standard calls (3), minutes", 3, Decimal("3.6")),
        ("Router", 1, 4),
    ]


async def test_the_same_period_again_answers_the_first_invoice(customer: UUID) -> None:
    await owe(customer, "10")
    (first,) = await bill(customer)
    await owe(customer, "3")
    (second,) = await bill(customer)
    assert second == replace(first, is_repeat=True)
    assert await count("invoices") == 1


async def test_taxes_and_rounding_make_the_wallet_owe_what_is_printed(customer: UUID) -> None:
    await tax(customer, 19, fixed=1)
    await owe(customer, "10.004999", label="A")
    await owe(customer, "0.006", label="B")
    (raised,) = await bill(customer)
    assert await state(document(raised)) == ("OPEN", Decimal("12.91"), Decimal("12.91"))
    assert await balance(customer) == Decimal("-12.91")
    assert await system_balance("TAX") == Decimal("2.90")
    assert await system_balance("ROUNDING") == Decimal("-0.000999")
    await assert_books_add_up()


async def test_nothing_to_bill_makes_an_invoice_only_where_it_is_wanted(customer: UUID) -> None:
    assert (await bill(customer))[0].document is None
    await Account.filter(id=customer).update(invoices_zero_amounts=True)
    (raised,) = await bill(customer)
    assert await state(document(raised)) == ("PAID", 0, 0)


async def test_more_taken_back_than_charged_makes_a_credit_note_that_the_next_invoice_uses(
    customer: UUID,
) -> None:
    await tax(customer)
    posting = await owe(customer, "10")
    first = document((await bill(customer))[0])
    await pay(first, "11.90")
    async with transaction() as tx:
        await Ledger.reverse(tx, posting, actor=CLERK, occurred_at=APRIL, reason="Never delivered")
    (note,) = await bill(customer, start=APRIL, end=MAY)
    assert note.kind is InvoiceKind.CREDIT_NOTE
    assert note.document is not None
    assert note.document.total == Decimal("11.90")
    assert await balance(customer) == Decimal("11.90")
    await owe(customer, "20", at=MAY)
    (third,) = await bill(customer, start=MAY, end=MAY + timedelta(days=31))
    assert await state(document(third)) == ("PARTIALLY_PAID", Decimal("23.80"), Decimal("11.90"))
    await assert_books_add_up()


async def test_each_issuer_has_its_own_series(customer: UUID) -> None:
    reseller = await open_reseller()
    of_reseller = await open_account(AccountType.POSTPAID, owner=reseller, credit_limit=100)
    for account in (customer, of_reseller):
        await owe(account, "10")
    raised = await bill(customer, of_reseller)
    assert [r.document.number for r in raised if r.document] == ["INV-000001", "INV-000001"]


async def test_two_sweeps_at_once_raise_one_invoice_each(database_url: str) -> None:
    async with crowd(database_url, 8):
        accounts = [await open_account(AccountType.POSTPAID) for _ in range(20)]
        for account in accounts:
            await owe(account, "10")
        await asyncio.gather(*(bill(*accounts) for _ in range(8)))
        assert await count("invoices") == 20
        assert [await balance(account) for account in accounts] == [-10] * 20
        await assert_books_add_up()


async def test_the_database_refuses_a_second_invoice_for_a_period(
    customer: UUID, database: str
) -> None:
    await billed(customer, "10")
    connection = await asyncpg.connect(database)
    second = """
        INSERT INTO invoices (id, kind, status, account_id, number, sequence, period_start,
                              issued_at, currency_code, net, tax, total, outstanding,
                              letterhead_id, addressee)
        SELECT gen_random_uuid(), kind, status, account_id, 'X', 99, period_start, issued_at,
               currency_code, net, tax, total, outstanding, letterhead_id, addressee
        FROM invoices
    """
    with pytest.raises(asyncpg.UniqueViolationError, match="invoices_period"):
        await connection.execute(second)
    await connection.close()
