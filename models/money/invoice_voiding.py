"""Taking an unpaid invoice back: as if it had never been, but its number stays used.

A paid one is credited instead (`credit_note`).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.ids import new_id
from models.money.invoice_paper import OpenInvoice
from models.money.late_billing import make_late_due
from models.money.ledger import Ledger
from models.money.settlement import AllocationReason, Settlement
from models.rules.enums import InvoiceStatus, PostingKind
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.movement import words_violation


async def void_invoice(
    tx: BaseDBAsyncClient, invoice_id: UUID, *, actor: str, at: datetime, reason: str
) -> None:
    """Take back taxes and rounding, and leave the rest for the next invoice; twice is once.

    Raises NOT_FOUND, Refused for the reason, and WRONG_STATE when something of it is settled or
    credited.
    """
    if violation := words_violation(reason, is_needed=True):
        raise Refused((violation.at("reason"),))
    invoice = await OpenInvoice.held(tx, invoice_id, ("id",))
    if invoice.status is InvoiceStatus.VOID:
        return
    if invoice.outstanding != invoice.total or invoice.credited:
        message = "Something of this invoice is settled; make a credit note instead."
        raise DomainError(ErrorCode.WRONG_STATE, ("id",), message)
    for kind in (PostingKind.TAX, PostingKind.ROUNDING):
        posting_id = await Ledger.find(tx, f"invoice-{kind.lower()}/{invoice_id}")
        if posting_id is not None:
            await Ledger.reverse(
                tx, posting_id, actor=actor, occurred_at=at, reason=f"{invoice.number} is void"
            )
    connection = raw(tx)
    await connection.execute(_UNBILL, invoice_id)
    await make_late_due(tx, [invoice.account_id])
    if invoice.total:
        reason_word = AllocationReason.VOID.value
        await connection.execute(_ALLOCATE, new_id(), invoice_id, reason_word, invoice.total, at)
    await connection.execute(_VOID, invoice_id, reason, at)
    await Settlement.settle(tx, [invoice.account_id], at)  # a suspension for it is over


_UNBILL = "UPDATE billable_lines SET invoice_id = NULL WHERE invoice_id = $1"
_ALLOCATE = """
    INSERT INTO invoice_allocations (id, invoice_id, reason, amount, created_at)
    VALUES ($1, $2, $3, $4, $5)
"""
_VOID = """
    UPDATE invoices SET status = 'VOID', outstanding = 0, void_reason = $2, voided_at = $3
    WHERE id = $1
"""
