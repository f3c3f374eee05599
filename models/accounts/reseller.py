"""Resellers: accounts that own others, opened, changed and switched by verbs of their own.

Their rows stand in the table of accounts; one that is off stops all below it, by computation.
"""

from __future__ import annotations

from uuid import UUID

from models import versions
from models.access import audit
from models.accounts.account import Account
from models.accounts.reseller_change import apply, patch_problems
from models.accounts.reseller_opening import OpenedReseller, open_reseller
from models.database import transaction
from models.rules.draft import ResellerDraft
from models.rules.enums import AccountKind, AccountStatus
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.patch import ResellerPatch
from models.rules.viewer import Viewer


class Reseller:
    """The verbs of resellers. Requirement heading: Reseller."""

    @staticmethod
    async def open(viewer: Viewer, draft: ResellerDraft) -> OpenedReseller:
        """Open a reseller below the administration or another one.

        Raises Refused with every rule that the draft breaks, TAKEN when somebody was first.
        """
        return await open_reseller(viewer, draft)

    @staticmethod
    async def change(
        viewer: Viewer, reseller_id: UUID, patch: ResellerPatch, expected_version: int | None = None
    ) -> None:
        """Change a reseller's profile, credit limit, rate group or permissions.

        Raises Refused, NOT_FOUND, VERSION_CONFLICT, TAKEN, and WRONG_STATE for a deleted one.
        """
        async with transaction() as tx:
            row = await _held(viewer, reseller_id, expected_version)
            if problems := await patch_problems(viewer, row, patch):
                raise Refused(problems)
            await apply(tx, viewer, row, patch)

    @staticmethod
    async def activate(
        viewer: Viewer, reseller_id: UUID, expected_version: int | None = None
    ) -> None:
        """Switch a reseller on again; nothing happens when it is on. Raises as `change`."""
        await _switch(viewer, reseller_id, expected_version, AccountStatus.ACTIVE)

    @staticmethod
    async def deactivate(
        viewer: Viewer, reseller_id: UUID, expected_version: int | None = None
    ) -> None:
        """Switch a reseller off, and so everything below it; nothing happens when it is off."""
        await _switch(viewer, reseller_id, expected_version, AccountStatus.INACTIVE)


async def _held(viewer: Viewer, reseller_id: UUID, expected_version: int | None) -> Account:
    row = await Account.held_for(viewer, reseller_id, "id", frozenset({AccountKind.RESELLER}))
    versions.expect(row.version, expected_version)
    return row


async def _switch(
    viewer: Viewer, reseller_id: UUID, expected_version: int | None, status: AccountStatus
) -> None:
    async with transaction():
        row = await _held(viewer, reseller_id, expected_version)
        if row.id == viewer.account_id:
            sentence = "Nobody switches themselves on or off."
            raise DomainError(ErrorCode.FORBIDDEN, ("id",), sentence)
        if row.status is status:
            return
        change = audit.FieldChange("status", row.status, status)
        row.status, row.version = status, row.version + 1
        await row.save(update_fields=["status", "version", "updated_at"])
        verb = "Activate" if status is AccountStatus.ACTIVE else "Deactivate"
        await audit.record(viewer, f"reseller{verb}", row.subject, [change])
