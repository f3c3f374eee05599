"""Alert thresholds: below which balance an account is told that it runs low.

Crossing is noticed where postings are made; one crossing is one mail.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns


class AlertThreshold(Model):
    """The low-balance alert of one account; without a row the house's default applies."""

    account = columns.one_of("Account", "alert_threshold")
    account_id: UUID
    enabled = fields.BooleanField(default=True)
    balance_below = columns.amount()  # in the account's currency
    # Counts downward crossings: an alert is unique per account and crossing.
    crossings = fields.IntField(default=0)
    below = fields.BooleanField(default=False)  # alerted and not yet back above
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "alert_thresholds"
