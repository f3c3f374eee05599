"""How invoices of postpaid accounts are settled: credits that came in, and where they went.

A credit is a payment or a credit note; what is not allocated waits for the next invoice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import asyncpg
from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import columns
from models.access import audit
from models.database import raw
from models.ids import new_id
from models.panel.sip_follow import follow_accounts


class AllocationReason(StrEnum):
    """Why less of an invoice is outstanding, or of a credit unspent."""

    PAYMENT = "PAYMENT"
    CREDIT_NOTE = "CREDIT_NOTE"
    VOID = "VOID"
    WRITE_OFF = "WRITE_OFF"
    RETURN = "RETURN"


class Credit(Model):
    """Money that a postpaid account may settle invoices with; its posting is in the ledger."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    account = columns.belongs_to("Account", "credits")
    account_id: UUID
    # Null: a credit note of billing, whose money came with the postings it is made of.
    posting = columns.belongs_to("Posting", "credits", null=True)
    posting_id: UUID | None
    reason = columns.word(AllocationReason)  # PAYMENT, CREDIT_NOTE or WRITE_OFF
    amount = columns.amount()
    remaining = columns.amount()  # amount minus its allocations, always
    created_at = fields.DatetimeField()

    class Meta:
        table = "credits"


class Allocation(Model):
    """What a credit settled of an invoice; never changed, so that outstanding can be retold."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    # Null: RETURN, which takes from a credit without settling anything.
    invoice = columns.belongs_to("Invoice", "allocations", null=True, db_index=True)
    invoice_id: UUID | None
    credit = columns.belongs_to("Credit", "allocations", null=True, db_index=True)
    credit_id: UUID | None  # null: VOID, which needs no money
    reason = columns.word(AllocationReason)
    amount = columns.amount()
    created_at = fields.DatetimeField()

    class Meta:
        table = "invoice_allocations"


@dataclass(frozen=True, slots=True)
class NewCredit:
    """Money that has just been posted to a postpaid account and may settle its invoices."""

    account_id: UUID
    posting_id: UUID | None
    amount: Decimal
    at: datetime
    reason: AllocationReason = AllocationReason.PAYMENT
    invoice_id: UUID | None = None  # settles this one first
    id: UUID = field(default_factory=new_id)


class Settlement:
    """How credits meet open invoices: the oldest of each first."""

    @staticmethod
    async def lock(tx: BaseDBAsyncClient, account_ids: Sequence[UUID]) -> None:
        """Keep others from posting to these wallets and settling their invoices until `tx` ends."""
        await raw(tx).execute(_LOCK_WALLETS, list(account_ids))

    @staticmethod
    async def receive(tx: BaseDBAsyncClient, credits_: Sequence[NewCredit]) -> None:
        """Take in credits and settle with them: the invoice they name, then the oldest open."""
        if not credits_:
            return
        rows = [
            (c.id, c.account_id, c.posting_id, c.reason.value, c.amount, c.amount, c.at)
            for c in credits_
        ]
        await raw(tx).copy_records_to_table("credits", records=rows, columns=_CREDIT_COLUMNS)
        accounts = [c.account_id for c in credits_]
        await Settlement.lock(tx, accounts)
        for c in credits_:
            if c.invoice_id is not None:
                await raw(tx).execute(_SETTLE, [c.account_id], c.at, c.id, c.invoice_id)
        await Settlement.settle(tx, accounts, credits_[0].at)

    @staticmethod
    async def settle(tx: BaseDBAsyncClient, account_ids: Sequence[UUID], at: datetime) -> None:
        """Let unspent credits of accounts settle their open invoices, the oldest of each first.

        Lifts a suspension for debt where nothing overdue is left.
        """
        await Settlement.lock(tx, account_ids)
        await raw(tx).execute(_SETTLE, list(account_ids), at, None, None)
        lifted = await raw(tx).fetch(_LIFT_SUSPENSIONS, list(account_ids), at)
        if lifted:
            await follow_accounts(raw(tx), [row["id"] for row in lifted])
            await audit.record_many(None, "debtSuspensionLift", map(_lifting, lifted))


def _lifting(row: asyncpg.Record) -> tuple[audit.Subject, list[audit.FieldChange]]:
    change = audit.FieldChange("suspendedForDebtAt", row["suspended_at"], None)
    return audit.Subject(row["kind"], row["id"], row["number"], row["id"]), [change]


_CREDIT_COLUMNS = (
    *("id", "account_id", "posting_id", "reason", "amount", "remaining", "created_at"),
)

# One settler of an account at a time: what is open must not be given away twice.
_LOCK_WALLETS = """
    SELECT FROM ledger_accounts WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE
"""

# $1 accounts, $2 instant, $3 and $4: only this credit, only this invoice (null: all).
# Credits and invoices of an account lie as two rulers side by side, each piece as long as what is
# left of it; where two pieces overlap, that much of the invoice is settled by that credit.
_SETTLE = """
    WITH given AS (
        SELECT id, account_id, reason, remaining,
               sum(remaining) OVER (PARTITION BY account_id ORDER BY created_at, id) AS upto
        FROM credits
        WHERE account_id = ANY ($1::uuid[]) AND remaining > 0 AND id = coalesce($3::uuid, id)
    ), owed AS (
        SELECT id, account_id, outstanding,
               sum(outstanding) OVER (PARTITION BY account_id ORDER BY issued_at, id) AS upto
        FROM invoices
        WHERE account_id = ANY ($1::uuid[]) AND outstanding > 0 AND id = coalesce($4::uuid, id)
    ), matched AS MATERIALIZED (
        SELECT g.id AS credit_id, o.id AS invoice_id, g.reason,
               least(g.upto, o.upto) - greatest(g.upto - g.remaining, o.upto - o.outstanding)
                   AS amount
        FROM given g JOIN owed o ON o.account_id = g.account_id
         AND g.upto - g.remaining < o.upto AND o.upto - o.outstanding < g.upto
    ), allocated AS (
        INSERT INTO invoice_allocations (id, invoice_id, credit_id, reason, amount, created_at)
        SELECT gen_random_uuid(), invoice_id, credit_id, reason, amount, $2::timestamptz
        FROM matched
    ), spent AS (
        UPDATE credits c SET remaining = c.remaining - m.amount
        FROM (SELECT credit_id, sum(amount) AS amount FROM matched GROUP BY credit_id) m
        WHERE c.id = m.credit_id
    )
    UPDATE invoices i
    SET outstanding = i.outstanding - m.amount,
        status = CASE WHEN i.outstanding = m.amount THEN 'PAID' ELSE 'PARTIALLY_PAID' END
    FROM (SELECT invoice_id, sum(amount) AS amount FROM matched GROUP BY invoice_id) m
    WHERE i.id = m.invoice_id
"""

_LIFT_SUSPENSIONS = """
    UPDATE accounts a SET suspended_for_debt_at = NULL, updated_at = $2::timestamptz,
                          version = a.version + 1
    FROM accounts was
    WHERE was.id = a.id AND a.id = ANY ($1::uuid[]) AND a.suspended_for_debt_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM invoices i WHERE i.account_id = a.id AND i.outstanding > 0
                                              AND i.due_at < $2::timestamptz)
    RETURNING a.id, a.number, was.suspended_for_debt_at AS suspended_at,
              CASE a.kind WHEN 'RESELLER' THEN 'Reseller' ELSE 'Customer' END AS kind
"""
