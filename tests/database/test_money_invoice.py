"""Invoices: raised once a period, settled by payments, taken back while unpaid, credited after."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg
import pytest

from models.accounts.account import Account
from models.accounts.tax import AccountTax, Tax
from models.database import read_pool, transaction
from models.ids import new_id
from models.money.credit_note import CreditOrder
from models.money.invoice import Invoice
from models.money.invoice_payment import PaymentOrder
from models.money.invoicing import InvoiceOrder, Raised
from models.money.ledger import Entry, Ledger
from models.rules.enums import AccountType, InvoiceKind, PostingKind
from models.rules.errors import DomainError, ErrorCode
from models.rules.payment_chain import Member, charge_lines
from tests.database.money_world import (
    CLERK,
    NOW,
    assert_books_add_up,
    balance,
    count,
    crowd,
    fund,
    open_account,
    open_reseller,
    system_balance,
)

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)


async def owe(
    account_id: UUID,
    amount: str,
    *,
    at: datetime = NOW,
    kind: PostingKind = PostingKind.POST_CHARGE,
    label: str = "Setup",
) -> UUID:
    lines = charge_lines([Member(account_id, False, "USD")], [Decimal(amount)], {})
    entry = Entry(f"test/{uuid4()}", kind, "One of many", CLERK, at, lines, label=label)
    async with transaction() as tx:
        return (await Ledger.post(tx, entry)).id


async def bill(*account_ids: UUID, start: datetime = MARCH, end: datetime = APRIL) -> list[Raised]:
    async with transaction() as tx:
        orders = [InvoiceOrder(id_, (start, end), end) for id_ in account_ids]
        return await Invoice.raise_for(tx, orders)


async def tax(account_id: UUID, percent: int = 19, fixed: int = 0) -> None:
    rate = await Tax.create(
        id=new_id(), name="VAT", rate_percent=Decimal(percent), fixed_amount=Decimal(fixed)
    )
    await AccountTax.create(id=new_id(), account_id=account_id, tax_id=rate.id)


async def pay(invoice_id: UUID, amount: str) -> UUID:
    async with transaction() as tx:
        return await Invoice.pay(tx, PaymentOrder(invoice_id, Decimal(amount), CLERK, MAY))


async def credit(invoice_id: UUID, amount: str) -> UUID:
    order = CreditOrder(invoice_id, Decimal(amount), "Goodwill", CLERK, MAY)
    async with transaction() as tx:
        return await Invoice.credit(tx, order)


async def void(invoice_id: UUID) -> None:
    async with transaction() as tx:
        await Invoice.void(tx, invoice_id, actor=CLERK, at=MAY, reason="Wrong address")


async def state(invoice_id: UUID) -> tuple[str, Decimal, Decimal]:
    row = await read_pool().fetchrow(
        "SELECT status, total, outstanding FROM invoices WHERE id = $1", invoice_id
    )
    assert row is not None
    return row["status"], row["total"], row["outstanding"]


def document(raised: Raised) -> UUID:
    assert raised.document is not None
    return raised.document.id


async def billed(account_id: UUID, amount: str) -> UUID:
    await owe(account_id, amount)
    return document((await bill(account_id))[0])


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
        "SELECT description, quantity, net FROM invoice_lines WHERE invoice_id = $1 ORDER BY position",
        document(raised),
    )
    assert [tuple(line) for line in lines] == [
        ("Standard calls, 3 calls", 3, Decimal("3.6")),
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


async def test_a_payment_of_the_account_settles_the_oldest_invoice_first(customer: UUID) -> None:
    first = await billed(customer, "10")
    await owe(customer, "10", at=APRIL)
    second = document((await bill(customer, start=APRIL, end=MAY))[0])
    await fund(customer, "15")
    assert await state(first) == ("PAID", 10, 0)
    assert await state(second) == ("PARTIALLY_PAID", 10, 5)
    await fund(customer, "8")
    assert await state(second) == ("PAID", 10, 0)
    await owe(customer, "4", at=MAY)
    third = document((await bill(customer, start=MAY, end=MAY + timedelta(days=31)))[0])
    assert await state(third) == ("PARTIALLY_PAID", 4, 1)
    assert await balance(customer) == -1
    await assert_books_add_up()


async def test_paying_an_invoice_moves_it_from_open_to_paid(customer: UUID) -> None:
    invoice = await billed(customer, "10")
    await pay(invoice, "4")
    assert await state(invoice) == ("PARTIALLY_PAID", 10, 6)
    await pay(invoice, "6")
    assert await state(invoice) == ("PAID", 10, 0)
    assert await system_balance("CASH") == -10
    await assert_books_add_up()


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0", ErrorCode.OUT_OF_RANGE),
        ("-1", ErrorCode.OUT_OF_RANGE),
        ("10.01", ErrorCode.OUT_OF_RANGE),
        ("NaN", ErrorCode.INVALID),
        ("0.001", ErrorCode.INVALID),
    ],
)
async def test_an_impossible_payment_is_refused(
    customer: UUID, amount: str, code: ErrorCode
) -> None:
    invoice = await billed(customer, "10")
    with pytest.raises(DomainError) as refused:
        await pay(invoice, amount)
    assert (refused.value.code, refused.value.field) == (code, ("amount",))
    assert await state(invoice) == ("OPEN", 10, 10)


async def test_an_unknown_invoice_cannot_be_paid(customer: UUID) -> None:
    assert customer
    with pytest.raises(DomainError) as refused:
        await pay(new_id(), "1")
    assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, ("invoiceId",))


async def test_the_same_payment_again_is_booked_once(customer: UUID) -> None:
    invoice = await billed(customer, "10")
    order = PaymentOrder(invoice, Decimal(10), CLERK, MAY)
    answers = set()
    for _ in range(2):
        async with transaction() as tx:
            answers.add(await Invoice.pay(tx, order))
    assert len(answers) == 1
    assert await state(invoice) == ("PAID", 10, 0)
    assert await balance(customer) == 0


async def test_a_void_invoice_leaves_everything_for_the_next(customer: UUID) -> None:
    await tax(customer)
    invoice = await billed(customer, "10.004")
    await void(invoice)
    await void(invoice)
    assert await state(invoice) == ("VOID", Decimal("11.90"), 0)
    assert await balance(customer) == Decimal("-10.004")
    assert await system_balance("TAX") == 0
    (again,) = await bill(customer)
    assert not again.is_repeat
    assert again.document is not None
    assert again.document.number == "INV-000002"
    await assert_books_add_up()


async def test_what_is_partly_paid_cannot_be_void(customer: UUID) -> None:
    invoice = await billed(customer, "10")
    await pay(invoice, "1")
    with pytest.raises(DomainError) as refused:
        await void(invoice)
    assert refused.value.code is ErrorCode.WRONG_STATE
    assert await state(invoice) == ("PARTIALLY_PAID", 10, 9)


async def test_a_credit_note_gives_back_its_share_of_the_tax(customer: UUID) -> None:
    await tax(customer)
    invoice = await billed(customer, "10")
    await credit(invoice, "3.57")
    assert await state(invoice) == ("PARTIALLY_PAID", Decimal("11.90"), Decimal("8.33"))
    await credit(invoice, "8.33")
    assert await state(invoice) == ("PAID", Decimal("11.90"), 0)
    assert await balance(customer) == 0
    assert await system_balance("TAX") == 0
    assert await system_balance("REVENUE") == 0
    with pytest.raises(DomainError) as refused:
        await credit(invoice, "0.01")
    assert refused.value.code is ErrorCode.OUT_OF_RANGE
    await assert_books_add_up()


async def test_what_is_credited_beyond_the_outstanding_becomes_funds(customer: UUID) -> None:
    invoice = await billed(customer, "10")
    await pay(invoice, "10")
    await credit(invoice, "4")
    assert await balance(customer) == 4
    await owe(customer, "6", at=APRIL)
    (next_,) = await bill(customer, start=APRIL, end=MAY)
    assert await state(document(next_)) == ("PARTIALLY_PAID", 6, 2)
    await assert_books_add_up()


async def test_a_payment_that_clears_what_is_overdue_lifts_the_suspension(customer: UUID) -> None:
    await billed(customer, "10")
    await Account.filter(id=customer).update(suspended_for_debt_at=APRIL)
    await fund(customer, "4")
    assert (await Account.get(id=customer)).suspended_for_debt_at is None, "nothing is due yet"
    await Account.filter(id=customer).update(suspended_for_debt_at=MAY)
    invoice = (await Invoice.get(account_id=customer)).id
    await pay(invoice, "5")
    assert (await Account.get(id=customer)).suspended_for_debt_at == MAY
    await pay(invoice, "1")
    assert (await Account.get(id=customer)).suspended_for_debt_at is None


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
                              issued_at, currency_code, net, tax, total, outstanding)
        SELECT gen_random_uuid(), kind, status, account_id, 'X', 99, period_start, issued_at,
               currency_code, net, tax, total, outstanding FROM invoices
    """
    with pytest.raises(asyncpg.UniqueViolationError, match="invoices_period"):
        await connection.execute(second)
    await connection.close()
