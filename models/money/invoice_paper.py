"""An issued invoice as what is done to it needs it: read under its account's lock.

Nothing is changed here; see `invoice_payment`, `invoice_voiding` and `credit_note`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.money.settlement import Settlement
from models.rules.enums import InvoiceKind, InvoiceStatus
from models.rules.errors import DomainError, ErrorCode


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice nobody else can settle, void or credit until this transaction ends."""

    id: UUID
    account_id: UUID
    issuer: UUID | None
    number: str
    status: InvoiceStatus
    currency_code: str
    tax: Decimal
    total: Decimal
    outstanding: Decimal
    credited: Decimal  # by its credit notes so far, with tax
    credited_tax: Decimal

    @staticmethod
    async def held(tx: BaseDBAsyncClient, invoice_id: UUID, field: tuple[str, ...]) -> OpenInvoice:
        """Lock and read an invoice. Raises NOT_FOUND, and WRONG_STATE for other documents."""
        query = "SELECT account_id FROM invoices WHERE id = $1"
        account_id = await raw(tx).fetchval(query, invoice_id)
        if account_id is None:
            raise DomainError(ErrorCode.NOT_FOUND, field, "There is no such invoice.")
        await Settlement.lock(tx, [account_id])
        row = await raw(tx).fetchrow(_INVOICE, invoice_id)
        if row is None or row["kind"] != InvoiceKind.INVOICE:
            raise DomainError(ErrorCode.WRONG_STATE, field, "This document is not an invoice.")
        return OpenInvoice(
            id=invoice_id,
            account_id=account_id,
            issuer=row["reseller_id"],
            number=row["number"],
            status=InvoiceStatus(row["status"]),
            currency_code=row["currency_code"],
            tax=row["tax"],
            total=row["total"],
            outstanding=row["outstanding"],
            credited=row["credited"],
            credited_tax=row["credited_tax"],
        )


_INVOICE = """
    SELECT i.kind, i.reseller_id, i.number, i.status, i.currency_code, i.tax, i.total,
           i.outstanding, coalesce(c.total, 0) AS credited, coalesce(c.tax, 0) AS credited_tax
    FROM invoices i
    LEFT JOIN LATERAL (
        SELECT sum(total) AS total, sum(tax) AS tax FROM invoices
        WHERE credits_invoice_id = i.id
    ) c ON true
    WHERE i.id = $1
"""
