"""Issuing documents: numbers drawn in one block, papers and lines written in two statements.

What stands on them is decided by the caller; money moves elsewhere, before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.ids import new_id
from models.money.letterhead import Letterhead, addressees
from models.money.numbering import Numbering
from models.rules.enums import InvoiceKind, InvoiceStatus
from models.rules.money import ZERO
from models.rules.taxation import TaxShare

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A printed line. A tax's line has its amount in `tax`, which may be 0, and 0 in `net`."""

    description: str
    net: Decimal
    quantity: Decimal = ONE
    tax: Decimal = ZERO
    is_tax: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """A document before it has a number; `lines` with those of the taxes."""

    kind: InvoiceKind
    account_id: UUID
    currency_code: str
    issued_at: datetime
    lines: tuple[PaperLine, ...]
    tax_number: str | None = None
    note: str | None = None
    period: tuple[datetime, datetime] | None = None
    due_at: datetime | None = None
    credits_invoice_id: UUID | None = None
    id: UUID = field(default_factory=new_id)

    @property
    def net(self) -> Decimal:
        """The sum of the lines without taxes."""
        return sum((line.net for line in self.lines), ZERO)

    @property
    def tax(self) -> Decimal:
        """The sum of the taxes."""
        return sum((line.tax for line in self.lines), ZERO)


@dataclass(frozen=True, slots=True)
class Issued:
    """A document that exists, under its printed number."""

    id: UUID
    number: str
    total: Decimal


def tax_paper_lines(shares: Sequence[TaxShare]) -> tuple[PaperLine, ...]:
    """One line for each tax of a document."""
    return tuple(PaperLine(share.name, ZERO, tax=share.amount, is_tax=True) for share in shares)


async def issue(
    tx: BaseDBAsyncClient, issuer: UUID | None, papers: Sequence[Paper]
) -> list[Issued]:
    """Issue documents of one issuer and kind; every later one waits until `tx` ends.

    Receipts and credit notes are settled when they are born; an invoice owes its total.
    """
    if not papers:
        return []
    letterhead = await Letterhead.of(tx, issuer)
    known = await addressees(tx, [paper.account_id for paper in papers])
    block = await Numbering.draw(tx, issuer, papers[0].kind, len(papers))
    rows = [
        (
            *_row(paper, issuer, block.first + position, block.text(position)),
            *(letterhead, known[paper.account_id]),
        )
        for position, paper in enumerate(papers)
    ]
    lines = [
        (
            *(new_id(), paper.id, position, line.description, line.quantity),
            *(line.net, line.tax, line.is_tax),
        )
        for paper in papers
        for position, line in enumerate(paper.lines, start=1)
    ]
    await raw(tx).copy_records_to_table("invoices", records=rows, columns=_COLUMNS)
    await raw(tx).copy_records_to_table("invoice_lines", records=lines, columns=_LINE_COLUMNS)
    return [
        Issued(paper.id, block.text(position), paper.net + paper.tax)
        for position, paper in enumerate(papers)
    ]


def _row(paper: Paper, issuer: UUID | None, sequence: int, number: str) -> tuple[Any, ...]:
    start, end = paper.period or (None, None)
    net, tax = paper.net, paper.tax
    owed = net + tax if paper.kind is InvoiceKind.INVOICE else ZERO
    status = InvoiceStatus.OPEN if owed else InvoiceStatus.PAID
    return (
        *(paper.id, paper.kind.value, status.value, paper.account_id, issuer, number, sequence),
        *(start, end, paper.issued_at, paper.due_at, paper.currency_code, net, tax, net + tax),
        *(owed, paper.note, paper.tax_number, paper.credits_invoice_id),
    )


_COLUMNS = (
    *("id", "kind", "status", "account_id", "reseller_id", "number", "sequence"),
    *("period_start", "period_end", "issued_at", "due_at", "currency_code", "net", "tax", "total"),
    *("outstanding", "note", "tax_number", "credits_invoice_id", "letterhead_id", "addressee"),
)
_LINE_COLUMNS = (
    *("id", "invoice_id", "position", "description", "quantity", "net", "tax", "is_tax"),
)
