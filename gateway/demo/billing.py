"""Refills and charges by hand, and the invoices of the last two months with some payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from gateway.demo.cast import BILLED, FULL, DemoCustomer, customers
from gateway.demo.people import refill
from gateway.demo.stage import Stage, account_ids
from models.database import transaction
from models.money.by_hand import (
    AskedMovement,
    AskedSettlement,
    charge_account,
    record_payment,
)
from models.money.invoice import Invoice
from models.money.invoicing import InvoiceOrder
from models.rules.billing_calendar import local_date, months_later
from models.rules.enums import AccountType, InvoiceKind, InvoiceStatus
from models.rules.money import rounded

MONTHS_BACK = (2, 1)
HABITS = 3  # how customers pay: both invoices, half of one, none


async def bill(stage: Stage) -> None:
    """Move money by hand, then close the last two months."""
    known = await account_ids()
    await _refill_some(stage, known)
    await _charge_some(stage, known)
    postpaid = [c for c in customers() if c.type is AccountType.POSTPAID]
    now = datetime.now(UTC)
    for months in MONTHS_BACK:
        await _close_month(postpaid, known, now, months)
    await _pay_some(stage, postpaid, known)
    stage.say(f"{await Invoice.filter(kind=InvoiceKind.INVOICE).count()} invoices")


async def _refill_some(stage: Stage, known: dict[str, UUID]) -> None:
    for customer in customers():
        if customer.type is AccountType.PREPAID and customer.position % 4 == 0:
            of, code = known[customer.number], customer.owner.currency_code
            await refill(stage, of, Decimal(25), code, "Bank transfer", key="second")
    await refill(stage, known[FULL], Decimal(10), "USD", "Voucher", key="third")


async def _charge_some(stage: Stage, known: dict[str, UUID]) -> None:
    for number in (FULL, BILLED):
        asked = AskedMovement(
            account_id=known[number],
            amount=Decimal("5.00"),
            currency_code="USD",
            key=f"demo/{number}/visit",
        )
        await charge_account(stage.viewer, asked, "Technician's visit", is_forced=False)


async def _close_month(
    postpaid: Sequence[DemoCustomer], known: dict[str, UUID], now: datetime, months: int
) -> None:
    orders = [_order(customer, known[customer.number], now, months) for customer in postpaid]
    async with transaction() as tx:
        await Invoice.raise_for(tx, orders)


def _order(customer: DemoCustomer, account_id: UUID, now: datetime, months: int) -> InvoiceOrder:
    zone = customer.owner.time_zone
    first = local_date(zone, now).replace(day=1)
    begin, end = (months_later(zone, first, -back) for back in (months, months - 1))
    return InvoiceOrder(account_id, (begin, end), end)


async def _pay_some(stage: Stage, postpaid: Sequence[DemoCustomer], known: dict[str, UUID]) -> None:
    """Of three customers one pays both, one half of one, one nothing yet."""
    for position, customer in enumerate(postpaid):
        invoices = await Invoice.filter(
            account_id=known[customer.number], kind=InvoiceKind.INVOICE
        ).order_by("period_start")
        paying = position % HABITS
        for invoice in invoices[: 2 - paying]:
            if invoice.status is InvoiceStatus.OPEN:
                amount = rounded(invoice.outstanding / (paying + 1), invoice.currency_code)
                key = f"demo/{invoice.id}"
                asked = AskedSettlement(invoice_id=invoice.id, amount=amount, key=key)
                await record_payment(stage.viewer, asked)
