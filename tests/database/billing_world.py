"""Postpaid people who owe something, for the tests of invoices."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from models.accounts.tax import AccountTax, Tax
from models.database import read_pool, transaction
from models.ids import new_id
from models.money.invoice import Invoice
from models.money.invoice_payment import PaymentOrder
from models.money.invoicing import InvoiceOrder, Raised
from models.money.ledger import Entry, Ledger
from models.rules.enums import PostingKind
from models.rules.payment_chain import Member, charge_lines
from tests.database.money_world import (
    CLERK,
    NOW,
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


async def tax(account_id: UUID, percent: int = 19, fixed: int = 0, name: str = "VAT") -> None:
    rate = await Tax.create(
        id=new_id(), name=name, rate_percent=Decimal(percent), fixed_amount=Decimal(fixed)
    )
    await AccountTax.create(id=new_id(), account_id=account_id, tax_id=rate.id)


async def state(invoice_id: UUID) -> tuple[object, ...]:
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


async def pay(invoice_id: UUID, amount: str) -> UUID:
    async with transaction() as tx:
        return await Invoice.pay(tx, PaymentOrder(invoice_id, Decimal(amount), CLERK, MAY))
