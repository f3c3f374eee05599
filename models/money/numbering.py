"""Document numbers without gaps: one counter for each issuer and kind, raised when documents are.

A number drawn in a transaction that does not commit is drawn again, so it never leaves a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import columns
from models.database import raw
from models.money.reader import Reader
from models.rules.enums import InvoiceKind

DIGITS = 6  # numbers are padded to this width and grow beyond it when needed


class NumberCounter(Model):
    """How far one issuer's series of one kind of document has come."""

    id = fields.BigIntField(primary_key=True, generated=True)
    reseller = columns.belongs_to("Account", "number_counters", null=True)  # null: administration
    reseller_id: UUID | None
    kind = columns.word(InvoiceKind)
    first_number = fields.BigIntField(default=1)
    last_number = fields.BigIntField(default=0)  # first_number - 1 while nothing is issued

    class Meta:
        table = "number_counters"


@dataclass(frozen=True, slots=True)
class NumberBlock:
    """Consecutive numbers of one series, drawn together."""

    prefix: str
    first: int

    def text(self, position: int) -> str:
        """The printed number at a position of the block, counted from 0."""
        return f"{self.prefix}{self.first + position:0{DIGITS}d}"


@dataclass(frozen=True, slots=True)
class NumberGap:
    """A series that does not hold each of its numbers exactly once."""

    reseller_id: UUID | None
    kind: InvoiceKind
    missing: int


class Numbering:
    """The series of all issuers."""

    @staticmethod
    async def draw(
        tx: BaseDBAsyncClient, issuer: UUID | None, kind: InvoiceKind, count: int = 1
    ) -> NumberBlock:
        """Take the next `count` numbers; everyone else waits until this transaction ends.

        So it belongs last in a transaction, right before its documents are written.
        """
        row = await raw(tx).fetchrow(_DRAW, issuer, kind.value, count)
        assert row is not None  # noqa: S101 - an upsert always answers
        return NumberBlock(row["prefix"], row["last_number"] - count + 1)

    @staticmethod
    async def start_at(
        tx: BaseDBAsyncClient, issuer: UUID | None, kind: InvoiceKind, number: int
    ) -> bool:
        """Let a series begin at `number`; False when it has already issued one."""
        status = await raw(tx).execute(_START, issuer, kind.value, number)
        return status != "INSERT 0 0"

    @staticmethod
    async def gaps(connection: Reader) -> Sequence[NumberGap]:
        """Every series with a number missing, drawn twice or beyond its counter; none when well."""
        rows = await connection.fetch(_GAPS)
        return [
            NumberGap(row["reseller_id"], InvoiceKind(row["kind"]), row["missing"]) for row in rows
        ]


_DRAW = """
    WITH drawn AS (
        INSERT INTO number_counters AS c (reseller_id, kind, first_number, last_number)
        VALUES ($1::uuid, $2::text, 1, $3::bigint)
        ON CONFLICT (reseller_id, kind)
        DO UPDATE SET last_number = c.last_number + $3::bigint
        RETURNING last_number
    )
    SELECT drawn.last_number,
           CASE $2::text
               WHEN 'INVOICE' THEN coalesce(p.invoice_prefix, 'INV-')
               WHEN 'RECEIPT' THEN coalesce(p.receipt_prefix, 'REC-')
               ELSE coalesce(p.credit_note_prefix, 'CN-')
           END AS prefix
    FROM drawn LEFT JOIN issuer_profiles p ON p.reseller_id IS NOT DISTINCT FROM $1::uuid
"""

_START = """
    INSERT INTO number_counters AS c (reseller_id, kind, first_number, last_number)
    VALUES ($1::uuid, $2::text, $3::bigint, $3::bigint - 1)
    ON CONFLICT (reseller_id, kind)
    DO UPDATE SET first_number = $3::bigint, last_number = $3::bigint - 1
    WHERE c.last_number < c.first_number
"""

_GAPS = """
    WITH issued AS (
        SELECT reseller_id, kind, count(*) AS documents, min(sequence) AS first_number,
               max(sequence) AS last_number
        FROM invoices GROUP BY reseller_id, kind
    )
    SELECT coalesce(c.reseller_id, i.reseller_id) AS reseller_id,
           coalesce(c.kind, i.kind) AS kind,
           coalesce(c.last_number - c.first_number + 1, 0) - coalesce(i.documents, 0) AS missing
    FROM number_counters c
    FULL JOIN issued i ON i.kind = c.kind AND i.reseller_id IS NOT DISTINCT FROM c.reseller_id
    WHERE coalesce(c.last_number - c.first_number + 1, 0) <> coalesce(i.documents, 0)
       OR i.last_number <> c.last_number OR i.first_number <> c.first_number
"""
