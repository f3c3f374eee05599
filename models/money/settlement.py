"""How invoices of postpaid accounts are settled: credits that came in, and where they went.

A credit is a payment or a credit note; what is not allocated waits for the next invoice.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.ids import new_id


class AllocationReason(StrEnum):
    """Why less of an invoice is outstanding."""

    PAYMENT = "PAYMENT"
    CREDIT_NOTE = "CREDIT_NOTE"
    VOID = "VOID"
    WRITE_OFF = "WRITE_OFF"


class Credit(Model):
    """Money that a postpaid account may settle invoices with; its posting is in the ledger."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    account = columns.belongs_to("Account", "credits")
    account_id: UUID
    posting = columns.belongs_to("Posting", "credits")
    posting_id: UUID
    reason = columns.word(AllocationReason)  # PAYMENT or CREDIT_NOTE
    amount = columns.amount()
    remaining = columns.amount()  # amount minus its allocations, always
    created_at = fields.DatetimeField()

    class Meta:
        table = "credits"


class Allocation(Model):
    """A part of an invoice that is settled; never changed, so that outstanding can be retold."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    invoice = columns.belongs_to("Invoice", "allocations", db_index=True)
    invoice_id: UUID
    credit = columns.belongs_to("Credit", "allocations", null=True, db_index=True)
    credit_id: UUID | None  # null: VOID and WRITE_OFF, which need no money
    reason = columns.word(AllocationReason)
    amount = columns.amount()
    created_at = fields.DatetimeField()

    class Meta:
        table = "invoice_allocations"
