"""Credit notes: a part of an invoice, or all of it, given back with its share of the tax.

It lowers what is outstanding; what is beyond that becomes funds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.ids import new_id
from models.money.document import Paper, PaperLine, issue, tax_paper_lines
from models.money.invoice_paper import OpenInvoice
from models.money.ledger import Entry, Ledger
from models.money.party import Party
from models.money.settlement import AllocationReason, NewCredit, Settlement
from models.rules.enums import InvoiceKind, InvoiceStatus, PostingKind
from models.rules.errors import ErrorCode, Problem, Refused
from models.rules.money import ZERO, rounded
from models.rules.movement import AMOUNT, movement_problems, words_violation
from models.rules.payment_chain import LedgerAccountKind, Line, SystemAccount
from models.rules.taxation import TaxShare, split_tax
from models.rules.violation import Violation


@dataclass(frozen=True, slots=True)
class CreditOrder:
    """What is to be given back of an invoice, tax included; the same `id` is the same note."""

    invoice_id: UUID
    amount: Decimal
    reason: str
    actor: str
    at: datetime
    id: UUID = field(default_factory=new_id)


async def credit_invoice(tx: BaseDBAsyncClient, order: CreditOrder) -> UUID:
    """Issue a credit note, post it and settle with it; answers the note, which has `order.id`.

    Raises Refused with all that is wrong: NOT_FOUND, WRONG_STATE (void), OUT_OF_RANGE (not above
    zero, or more than is not yet credited), INVALID, REQUIRED, TOO_LONG.
    """
    invoice = await OpenInvoice.held(tx, order.invoice_id, ("invoiceId",))
    key = f"credit-note/{order.id}"
    known = await Ledger.find(tx, key)
    problems = () if known else tuple(_problems(order, invoice))
    if problems:
        raise Refused(problems)
    tax = _share_of_tax(order.amount, invoice)
    posted = await Ledger.post(tx, _entry(order, key, invoice, tax))
    if not posted.is_repeat:
        party = await Party.of(tx, invoice.account_id)
        taxes = await _tax_lines(tx, invoice, tax)
        await issue(tx, invoice.issuer, [_paper(order, invoice, party, taxes)])
        credit = NewCredit(
            account_id=invoice.account_id,
            posting_id=posted.id,
            amount=order.amount,
            at=order.at,
            reason=AllocationReason.CREDIT_NOTE,
            invoice_id=invoice.id,
        )
        await Settlement.receive(tx, [credit])
    return order.id


def _problems(order: CreditOrder, invoice: OpenInvoice) -> Iterator[Problem]:
    if invoice.status is InvoiceStatus.VOID:
        sentence = "The invoice is void: there is nothing to credit."
        yield Problem(ErrorCode.WRONG_STATE, ("invoiceId",), sentence)
        return
    wrong = movement_problems(order.amount, invoice.currency_code, invoice.currency_code)
    yield from wrong
    left = invoice.total - invoice.credited
    if not wrong and order.amount > left:
        words = f"must not be more than is not yet credited, {left:f}"
        yield Violation(ErrorCode.OUT_OF_RANGE, words).at(*AMOUNT)
    if violation := words_violation(order.reason, is_needed=True):
        yield violation.at("reason")


def _share_of_tax(amount: Decimal, invoice: OpenInvoice) -> Decimal:
    """In proportion; the note that credits the last of an invoice takes the rest of its tax."""
    left = invoice.tax - invoice.credited_tax
    if amount == invoice.total - invoice.credited:
        return left
    share = rounded(amount * invoice.tax / invoice.total, invoice.currency_code)
    return min(share, left)


def _entry(order: CreditOrder, key: str, invoice: OpenInvoice, tax: Decimal) -> Entry:
    currency = invoice.currency_code
    revenue = SystemAccount(LedgerAccountKind.REVENUE, invoice.issuer, currency)
    taxes = SystemAccount(LedgerAccountKind.TAX, invoice.issuer, currency)
    given = (
        Line(invoice.account_id, order.amount, currency),
        Line(revenue, tax - order.amount, currency),
        Line(taxes, -tax, currency),
    )
    return Entry(
        key=key,
        kind=PostingKind.CREDIT_NOTE,
        description=f"Credit of {invoice.number}",
        actor=order.actor,
        occurred_at=order.at,
        lines=tuple(line for line in given if line.amount),
    )


async def _tax_lines(
    tx: BaseDBAsyncClient, invoice: OpenInvoice, tax: Decimal
) -> tuple[PaperLine, ...]:
    """Each tax of the invoice with its share, in the same order on every note."""
    rows = await raw(tx).fetch(_TAXES, invoice.id)
    parts = [(row["tax"], row["tax"] - row["credited"]) for row in rows]
    given = split_tax(tax, parts, invoice.currency_code)
    shares = [TaxShare(row["description"], amount) for row, amount in zip(rows, given, strict=True)]
    return tax_paper_lines(shares)


def _paper(
    order: CreditOrder, invoice: OpenInvoice, party: Party, taxes: tuple[PaperLine, ...]
) -> Paper:
    tax = sum((line.tax for line in taxes), ZERO)
    return Paper(
        kind=InvoiceKind.CREDIT_NOTE,
        account_id=invoice.account_id,
        currency_code=invoice.currency_code,
        issued_at=order.at,
        lines=(PaperLine(f"Credit of {invoice.number}", order.amount - tax), *taxes),
        tax_number=party.tax_number,
        note=order.reason,
        credits_invoice_id=invoice.id,
        id=order.id,
    )


# Notes have the taxes of their invoice one for one, so that each is found again by its place.
_TAXES = """
    WITH placed AS (
        SELECT l.description, l.tax, i.id,
               row_number() OVER (PARTITION BY i.id ORDER BY l.position) AS place
        FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id AND l.is_tax
        WHERE i.id = $1 OR i.credits_invoice_id = $1
    )
    SELECT p.description, p.tax,
           coalesce((SELECT sum(c.tax) FROM placed c WHERE c.id <> $1 AND c.place = p.place), 0)
               AS credited
    FROM placed p WHERE p.id = $1 ORDER BY p.place
"""
