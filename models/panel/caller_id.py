"""Caller IDs: the numbers an account may present, and the one it always presents.

Which of them a call shows is decided by `models.rules.cli_pool`.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns, versions
from models.access import audit
from models.accounts.account import Account
from models.constraints import understood
from models.database import transaction
from models.ids import new_id
from models.panel.entry import held_entry, refuse_customers
from models.rules.enums import ActiveStatus
from models.rules.errors import Refused
from models.rules.panel import LineDraft
from models.rules.phone import comparable
from models.rules.viewer import Viewer


class CallerId(Model):
    """One white-listed caller ID. Heading: Caller IDs."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    account = columns.belongs_to("Account", "caller_ids")
    account_id: UUID
    number = fields.CharField(max_length=21)  # as given
    digits = fields.CharField(max_length=20, unique=True)  # what a call's CLI is compared with
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "caller_ids"

    @property
    def subject(self) -> audit.Subject:
        """The caller ID in the audit trail."""
        return audit.Subject("CallerId", self.id, self.number, self.account_id)

    @classmethod
    async def enlist(
        cls, viewer: Viewer, account_id: UUID, draft: LineDraft, status: ActiveStatus
    ) -> UUID:
        """Let an account present a number. Raises Refused; TAKEN when any account has it."""
        refuse_customers(viewer)
        with understood():
            async with transaction():
                await Account.held_for(viewer, account_id)
                if problems := draft.problems():
                    raise Refused(problems)
                row = await cls.create(
                    id=new_id(),
                    account_id=account_id,
                    number=draft.number,
                    digits=comparable(draft.number),
                    status=status,
                )
                change = audit.FieldChange("number", None, draft.number)
                await audit.record(viewer, "callerIdCreate", row.subject, [change])
                return row.id

    @classmethod
    async def switch(
        cls, viewer: Viewer, caller_id: UUID, expected: int | None, status: ActiveStatus
    ) -> None:
        """Take a caller ID into use or out of it. Raises NOT_FOUND, VERSION_CONFLICT."""
        refuse_customers(viewer)
        async with transaction():
            row, _ = await held_entry(viewer, cls, caller_id)
            versions.expect(row.version, expected)
            if row.status is not status:
                change = audit.FieldChange("status", row.status, status)
                await audit.record(viewer, "callerIdUpdate", row.subject, [change])
                row.status, row.version = status, row.version + 1
                await row.save()

    @classmethod
    async def strike(cls, viewer: Viewer, caller_id: UUID) -> None:
        """No longer let the account present the number. Raises NOT_FOUND."""
        refuse_customers(viewer)
        async with transaction():
            row, _ = await held_entry(viewer, cls, caller_id)
            change = audit.FieldChange("number", row.number, None)
            await audit.record(viewer, "callerIdDelete", row.subject, [change])
            await row.delete()


class ForceCallerId(Model):
    """The one caller ID an account's calls always present. Heading: Force Caller ID."""

    account = columns.one_of("Account", "force_caller_id")
    account_id: UUID
    name = fields.CharField(max_length=80, null=True)
    number = fields.CharField(max_length=21)
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "force_caller_ids"

    @classmethod
    async def impose(
        cls, viewer: Viewer, account_id: UUID, draft: LineDraft, status: ActiveStatus
    ) -> None:
        """Let all calls of an account present one number, whatever it was. Raises Refused."""
        refuse_customers(viewer)
        async with transaction():
            account = await Account.held_for(viewer, account_id)
            if problems := draft.problems():
                raise Refused(problems)
            row = await cls.get_or_none(account_id=account_id)
            old = {"number": row.number, "name": row.name, "status": row.status} if row else {}
            new = {"number": draft.number, "name": draft.name or None, "status": status}
            if changes := audit.differences(old, new):
                await cls.update_or_create(account_id=account_id, defaults=new)
                await audit.record(viewer, "forceCallerIdSet", account.subject, changes)

    @classmethod
    async def lift(cls, viewer: Viewer, account_id: UUID) -> None:
        """Let calls present what their CLI pool says again; a second time changes nothing."""
        refuse_customers(viewer)
        async with transaction():
            account = await Account.held_for(viewer, account_id)
            row = await cls.get_or_none(account_id=account_id)
            if row is not None:
                change = audit.FieldChange("number", row.number, None)
                await audit.record(viewer, "forceCallerIdClear", account.subject, [change])
                await row.delete()
