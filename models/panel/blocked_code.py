"""Blocked codes: prefixes an account may not call.

The longest that matches refuses the call, outbound only.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.access import audit
from models.accounts.account import Account
from models.constraints import understood
from models.database import transaction
from models.ids import new_id
from models.panel.entry import held_entry
from models.rules.errors import Refused
from models.rules.panel import BlockedCodeDraft
from models.rules.viewer import Viewer


class BlockedCode(Model):
    """One blocked prefix of one account. Heading: Blocked Codes."""

    id = fields.UUIDField(primary_key=True)
    account = columns.belongs_to("Account", "blocked_codes")
    account_id: UUID
    prefix = fields.CharField(max_length=15)  # digits
    destination = fields.CharField(max_length=80, null=True)  # a name for people
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "blocked_codes"

    @classmethod
    async def block(cls, viewer: Viewer, account_id: UUID, draft: BlockedCodeDraft) -> UUID:
        """Forbid an account a prefix. Raises Refused; TAKEN when it is blocked already."""
        with understood():
            async with transaction():
                account = await Account.held_for(viewer, account_id)
                if problems := draft.problems():
                    raise Refused(problems)
                row = await cls.create(
                    id=new_id(),
                    account_id=account_id,
                    prefix=draft.prefix,
                    destination=draft.destination or None,
                )
                change = audit.FieldChange("prefix", None, draft.prefix)
                await audit.record(viewer, "blockedCodeCreate", account.subject, [change])
                return row.id

    @classmethod
    async def unblock(cls, viewer: Viewer, ids: Sequence[UUID]) -> None:
        """Allow prefixes again, all or none. Raises NOT_FOUND at `ids` for one not seen."""
        async with transaction():
            for code_id in sorted(set(ids)):
                row, account = await held_entry(viewer, cls, code_id, "ids")
                change = audit.FieldChange("prefix", row.prefix, None)
                await audit.record(viewer, "blockedCodeDelete", account.subject, [change])
                await row.delete()
