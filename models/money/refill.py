"""Money coming in: one row for each refill or payment, beside its posting and its receipt.

How it is asked for and funded stands in `refilling`.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.rules.enums import RefillMethod


class Refill(Model):
    """Money that came into one account. Requirement heading: Refill Report."""

    # From the principal, mutation and idempotency key, so that a repeat is the same refill.
    id = fields.UUIDField(primary_key=True)
    account = columns.belongs_to("Account", "refills")
    account_id: UUID
    posting = columns.belongs_to("Posting", "refills", unique=True)
    posting_id: UUID
    invoice = columns.belongs_to("Invoice", "refills", null=True)  # the receipt; prepaid only
    invoice_id: UUID | None
    amount = columns.amount()
    currency_code = fields.CharField(max_length=3)
    method = columns.word(RefillMethod)
    # GATEWAY: the payment's name at the gateway, so that it is booked once.
    external_id = fields.CharField(max_length=120, null=True, unique=True)
    note = fields.CharField(max_length=255, null=True)
    refilled_by = fields.CharField(max_length=254)
    created_at = fields.DatetimeField()

    class Meta:
        table = "refills"
