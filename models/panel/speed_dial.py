"""Speed dials: one digit that stands for a number.

They take effect in the call decision.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.access import audit
from models.accounts.account import Account
from models.database import transaction
from models.ids import new_id
from models.rules.errors import Refused
from models.rules.panel import SpeedDialDraft, key_problems
from models.rules.viewer import Viewer


class SpeedDial(Model):
    """What one key 0-9 dials for one account. Heading: Speed Dial."""

    id = fields.UUIDField(primary_key=True)
    account = columns.belongs_to("Account", "speed_dials")
    account_id: UUID
    key = fields.SmallIntField()  # 0-9
    number = fields.CharField(max_length=21)  # as given

    class Meta:
        table = "speed_dials"

    @classmethod
    async def assign(cls, viewer: Viewer, account_id: UUID, draft: SpeedDialDraft) -> None:
        """Let a key dial a number, whatever it dialled before. Raises Refused, DomainError."""
        async with transaction():
            account = await Account.held_for(viewer, account_id)
            if problems := draft.problems():
                raise Refused(problems)
            row = await cls.filter(account_id=account_id, key=draft.key).first()
            if row is not None and row.number == draft.number:
                return
            await audit.record(
                viewer,
                "speedDialSet",
                account.subject,
                [audit.FieldChange(f"speedDial{draft.key}", row and row.number, draft.number)],
            )
            if row is None:
                row = cls(id=new_id(), account_id=account_id, key=draft.key)
            row.number = draft.number
            await row.save()

    @classmethod
    async def unassign(cls, viewer: Viewer, account_id: UUID, key: int) -> None:
        """Let a key dial nothing; a second time changes nothing."""
        async with transaction():
            account = await Account.held_for(viewer, account_id)
            if problems := key_problems(key):
                raise Refused(problems)
            row = await cls.filter(account_id=account_id, key=key).first()
            if row is not None:
                change = audit.FieldChange(f"speedDial{key}", row.number, None)
                await audit.record(viewer, "speedDialClear", account.subject, [change])
                await row.delete()
