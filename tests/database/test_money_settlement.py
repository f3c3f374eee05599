"""How invoices are settled: by payments and credit notes, or taken back while unpaid."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from models.accounts.account import Account
from models.database import transaction
from models.ids import new_id
from models.money.credit_note import CreditOrder
from models.money.invoice import Invoice
from models.money.invoice_payment import PaymentOrder
from models.rules.enums import AccountType
from models.rules.errors import DomainError, ErrorCode
from tests.database.billing_world import (
    APRIL,
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
    fund,
    open_account,
    system_balance,
)


async def credit(invoice_id: UUID, amount: str, reason: str = "Goodwill") -> UUID:
    order = CreditOrder(invoice_id, Decimal(amount), reason, CLERK, MAY)
    async with transaction() as tx:
        return await Invoice.credit(tx, order)


async def void(invoice_id: UUID, reason: str = "Wrong address") -> None:
    async with transaction() as tx:
        await Invoice.void(tx, invoice_id, actor=CLERK, at=MAY, reason=reason)


@pytest.fixture
async def customer(database: str) -> UUID:
    assert database
    return await open_account(AccountType.POSTPAID, credit_limit=1000)


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


@pytest.mark.usefixtures("database")
async def test_an_unknown_invoice_cannot_be_paid() -> None:
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


@pytest.mark.parametrize(
    ("reason", "code"),
    [(" ", ErrorCode.REQUIRED), ("x" * 256, ErrorCode.TOO_LONG), ("a\x1bb", ErrorCode.INVALID)],
)
async def test_who_takes_back_says_why(customer: UUID, reason: str, code: ErrorCode) -> None:
    invoice = await billed(customer, "10")
    for verb in (void(invoice, reason), credit(invoice, "1", reason)):
        with pytest.raises(DomainError) as refused:
            await verb
        assert [(p.code, p.field) for p in refused.value.problems] == [(code, ("reason",))]
    assert await state(invoice) == ("OPEN", 10, 10)


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
