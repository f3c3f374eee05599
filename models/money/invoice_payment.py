"""A payment of one invoice: posted, and taken off what is outstanding of it.

Payments of an account as a whole are refills (`refill`), which settle the oldest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.ids import new_id
from models.money.currency import CurrencyRate
from models.money.invoice_paper import OpenInvoice
from models.money.ledger import Entry, Ledger
from models.money.party import Party
from models.money.settlement import NewCredit, Settlement
from models.rules.enums import InvoiceStatus, PostingKind
from models.rules.errors import ErrorCode, Problem, Refused
from models.rules.movement import AMOUNT, movement_problems, words_violation
from models.rules.payment_chain import refill_lines
from models.rules.violation import Violation

INVOICE = ("invoiceId",)


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """Money received for an invoice, in its currency; the same `id` again is the same payment."""

    invoice_id: UUID
    amount: Decimal
    actor: str
    at: datetime
    note: str | None = None
    id: UUID = field(default_factory=new_id)


async def pay_invoice(tx: BaseDBAsyncClient, order: PaymentOrder) -> UUID:
    """Post a payment and settle its invoice with it; answers the posting.

    Raises Refused with all that is wrong: NOT_FOUND, WRONG_STATE (void or paid), OUT_OF_RANGE
    (not above zero, or more than is outstanding), INVALID.
    """
    invoice = await OpenInvoice.held(tx, order.invoice_id, INVOICE)
    key = f"payment/{order.id}"
    known = await Ledger.find(tx, key)
    problems = () if known else tuple(_problems(order, invoice))
    if problems:
        raise Refused(problems)
    party = await Party.of(tx, invoice.account_id)
    rates = await CurrencyRate.between(tx, [party.chain[:2]])
    entry = Entry(
        key=key,
        kind=PostingKind.INVOICE_PAYMENT,
        description=f"Payment of {invoice.number}",
        actor=order.actor,
        occurred_at=order.at,
        lines=refill_lines(party.chain, order.amount, rates),
    )
    posted = await Ledger.post(tx, entry)
    if not posted.is_repeat:
        credit = NewCredit(
            invoice.account_id, posted.id, order.amount, order.at, invoice_id=invoice.id
        )
        await Settlement.receive(tx, [credit])
    return posted.id


def _problems(order: PaymentOrder, invoice: OpenInvoice) -> Iterator[Problem]:
    if invoice.status in {InvoiceStatus.VOID, InvoiceStatus.PAID}:
        sentence = f"The invoice is {invoice.status.lower()} and takes no more payments."
        yield Problem(ErrorCode.WRONG_STATE, INVOICE, sentence)
        return
    wrong = movement_problems(order.amount, invoice.currency_code, invoice.currency_code)
    yield from wrong
    if not wrong and order.amount > invoice.outstanding:
        words = f"must not be more than is outstanding, {invoice.outstanding:f}"
        yield Violation(ErrorCode.OUT_OF_RANGE, words).at(*AMOUNT)
    if violation := words_violation(order.note, is_needed=False):
        yield violation.at("note")
