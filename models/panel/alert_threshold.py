"""Alert thresholds: below which balance an account is told that it runs low.

Crossing is noticed where postings are made; one crossing is one mail.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.access import audit
from models.accounts.account import Account
from models.database import transaction
from models.money.low_balance import notice_balances
from models.money.settlement import Settlement
from models.rules.errors import Refused
from models.rules.panel import AlertThresholdDraft
from models.rules.viewer import Viewer


class AlertThreshold(Model):
    """The low-balance alert of one account; without a row the house's default applies."""

    account = columns.one_of("Account", "alert_threshold")
    account_id: UUID
    enabled = fields.BooleanField(default=True)
    balance_below = columns.amount(
        null=True
    )  # in the account's currency; null: the house's default
    # Counts downward crossings: an alert is unique per account and crossing.
    crossings = fields.IntField(default=0)
    below = fields.BooleanField(default=False)  # alerted and not yet back above
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "alert_thresholds"

    @classmethod
    async def assign(cls, viewer: Viewer, account_id: UUID, draft: AlertThresholdDraft) -> None:
        """Set when an account is told that its funds run low. Raises Refused, DomainError."""
        async with transaction() as tx:
            account = await Account.held_for(viewer, account_id)
            if problems := draft.problems(account.currency_code):
                raise Refused(problems)
            row = await cls.get_or_none(account_id=account_id)
            old = {"enabled": row.enabled, "balanceBelow": row.balance_below} if row else {}
            new = {"enabled": draft.enabled, "balanceBelow": draft.balance_below}
            changes = audit.differences(old, new)
            if not changes:
                return
            await cls.update_or_create(
                account_id=account_id,
                defaults={"enabled": draft.enabled, "balance_below": draft.balance_below},
            )
            await Settlement.lock(tx, [account_id])
            await notice_balances(tx, [account_id])
            await audit.record(viewer, "alertThresholdSet", account.subject, changes)
