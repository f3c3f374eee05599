"""Documents: receipts, invoices and credit notes, with lines, frozen once issued.

Only what is still open of one changes. The money itself is in the ledger; these are its papers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import columns
from models.ids import new_id
from models.money.credit_note import CreditOrder, credit_invoice
from models.money.invoice_payment import PaymentOrder, pay_invoice
from models.money.invoice_voiding import void_invoice
from models.money.invoicing import InvoiceOrder, Raised, raise_invoices
from models.rules.enums import InvoiceKind, InvoiceStatus


class Invoice(Model):
    """One document of any of the three kinds, as it was printed."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = columns.word(InvoiceKind)
    status = columns.word(InvoiceStatus)
    account = columns.belongs_to("Account", "invoices")
    account_id: UUID
    # The issuer at that time: the account's owner; null is the administration.
    reseller = columns.belongs_to("Account", "issued_invoices", null=True)
    reseller_id: UUID | None
    number = fields.CharField(max_length=40)  # prefix and sequence, as printed
    sequence = fields.BigIntField()  # without a gap for each issuer and kind
    period_start: datetime | None = fields.DatetimeField(null=True)  # INVOICE only
    period_end: datetime | None = fields.DatetimeField(null=True)  # exclusive
    issued_at = fields.DatetimeField()
    due_at: datetime | None = fields.DatetimeField(null=True)  # INVOICE only
    currency_code = fields.CharField(max_length=3)
    net = columns.amount()
    tax = columns.amount()
    total = columns.amount()
    # INVOICE: total minus its allocations, always. Paid documents are born with 0.
    outstanding = columns.amount()
    note = fields.CharField(max_length=500, null=True)
    tax_number = fields.CharField(max_length=32, null=True)  # the account's, when it was issued
    # CREDIT_NOTE only: the invoice it credits.
    credits_invoice = columns.belongs_to("Invoice", "credit_notes", null=True)
    credits_invoice_id: UUID | None
    # The issuer and the account as they were on the day of issue: papers are drawn from these.
    letterhead = columns.belongs_to("Letterhead", "documents")
    letterhead_id: UUID
    addressee = fields.JSONField[dict[str, Any]]()
    void_reason = fields.CharField(max_length=255, null=True)
    voided_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "invoices"

    @staticmethod
    async def raise_for(tx: BaseDBAsyncClient, orders: Sequence[InvoiceOrder]) -> list[Raised]:
        """Bill periods of postpaid accounts, each once; see `invoicing.raise_invoices`."""
        return await raise_invoices(tx, orders)

    @staticmethod
    async def pay(tx: BaseDBAsyncClient, order: PaymentOrder) -> UUID:
        """Book money received for one invoice; see `invoice_payment.pay_invoice`."""
        return await pay_invoice(tx, order)

    @staticmethod
    async def credit(tx: BaseDBAsyncClient, order: CreditOrder) -> UUID:
        """Give a part of one back; see `credit_note.credit_invoice`."""
        return await credit_invoice(tx, order)

    @staticmethod
    async def void(
        tx: BaseDBAsyncClient, invoice_id: UUID, *, actor: str, at: datetime, reason: str
    ) -> None:
        """Take an unpaid one back; see `invoice_voiding.void_invoice`."""
        await void_invoice(tx, invoice_id, actor=actor, at=at, reason=reason)


class InvoiceLine(Model):
    """A printed line; each tax has one of its own, with its amount in `tax` and 0 in `net`."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    invoice = columns.belongs_to("Invoice", "lines", db_index=True)
    invoice_id: UUID
    position = fields.SmallIntField()  # from 1
    description = fields.CharField(max_length=255)
    quantity: Decimal = columns.amount()  # minutes, pieces or 1
    net = columns.amount()
    tax = columns.amount()
    is_tax = fields.BooleanField(default=False)  # a tax may come to nothing, and is printed as one

    class Meta:
        table = "invoice_lines"
