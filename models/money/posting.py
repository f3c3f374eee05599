"""What has moved: postings, their lines, and which lines still wait for an invoice.

Rows are written by `Ledger.post` only and never changed; a correction is another posting.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.rules.enums import PostingKind


class Posting(Model):
    """One journal entry. Its lines sum to zero in each currency, which the database checks."""

    id = fields.UUIDField(primary_key=True)
    # What makes a repeat harmless: "refill/<id>", "cdr/<node>/<unique id>", "reversal/<posting>".
    key = fields.CharField(max_length=255, unique=True)
    kind = columns.word(PostingKind)
    occurred_at = fields.DatetimeField()  # a call's end, a period's start: decides the invoice
    recorded_at = fields.DatetimeField()  # when it was written: decides the order of history
    description = fields.CharField(max_length=255)
    actor = fields.CharField(max_length=254)  # the principal's name then, or the part of the house
    # Set on a REVERSAL: what it takes back. Unique, so that nothing is taken back twice.
    reverses: fields.OneToOneNullableRelation[Posting] = fields.OneToOneField(
        "models.Posting", related_name="reversal", null=True, on_delete=fields.RESTRICT
    )
    reverses_id: UUID | None

    class Meta:
        table = "postings"


class PostingLine(Model):
    """One side of a posting; on a wallet also a line of its charge history."""

    id = fields.UUIDField(primary_key=True)
    # Neither has a foreign key: its check would lock the system accounts' rows, on which all
    # postings meet, and take a quarter of a batch's time. The trigger that sums the lines of a
    # statement checks both at once, and nothing of the ledger is ever deleted.
    posting = columns.belongs_to("Posting", "lines", db_index=True, db_constraint=False)
    posting_id: UUID
    ledger_account = columns.belongs_to("LedgerAccount", "lines", db_constraint=False)
    ledger_account_id: UUID
    amount = columns.amount()
    currency_code = fields.CharField(max_length=3)
    # Units of this currency for one of the base; only in a posting that crosses currencies.
    rate: Decimal | None = fields.DecimalField(20, 10, null=True)
    # Wallets only: 1, 2, 3… without a gap, and the balance after this line.
    entry_no: int | None = fields.BigIntField(null=True)
    balance_after: Decimal | None = columns.amount(null=True)
    recorded_at: datetime = fields.DatetimeField()  # the posting's, repeated so history is a range

    class Meta:
        table = "posting_lines"


class BillableLine(Model):
    """A postpaid payer's line that belongs on an invoice; on none yet while `invoice` is null."""

    line = columns.one_of("PostingLine", "billing")
    line_id: UUID
    account = columns.belongs_to("Account", "billable_lines")
    account_id: UUID
    occurred_at = fields.DatetimeField()
    # The invoice's line that this one adds to, and how much of it: all calls of a type share one.
    label = fields.CharField(max_length=255)
    quantity = columns.amount()
    invoice = columns.belongs_to("Invoice", "billed_lines", null=True)
    invoice_id: UUID | None

    class Meta:
        table = "billable_lines"
