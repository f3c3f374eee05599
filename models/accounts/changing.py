"""Changing accounts: three-state patches, and switching on and off.

What follows a change (the billing calendar, the switches) follows in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from models import versions
from models.access import audit
from models.accounts.opening_facts import facts_of
from models.accounts.patch_rows import Change, write_patches
from models.accounts.patched import Patched, drafts_of
from models.constraints import understood
from models.database import raw, retried, transaction
from models.panel.sip_follow import announce, follow_accounts
from models.rules.enums import AccountStatus
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.patch import CustomerPatch
from models.rules.viewer import Viewer

if TYPE_CHECKING:
    from models.accounts.account_row import AccountRow


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that somebody asks for: of which account, seen in which version."""

    viewer: Viewer
    account_id: UUID
    expected_version: int | None = None


async def patch_customer(held: type[AccountRow], asked: Asked, changes: Mapping[str, Any]) -> None:
    """Carry out a patch of a customer or provider.

    Raises NOT_FOUND, WRONG_STATE, VERSION_CONFLICT, and Refused with every rule it breaks.
    """
    with understood():
        await retried(lambda: _patch_customer(held, asked, CustomerPatch(changes)))


async def _patch_customer(held: type[AccountRow], asked: Asked, patch: CustomerPatch) -> None:
    async with transaction() as tx:
        account = await held.held_for(asked.viewer, asked.account_id, "id")
        versions.expect(account.version, asked.expected_version)
        drafts = await drafts_of(tx, [account])
        wanted = Patched(account, drafts[account.id], patch)
        facts = await facts_of(raw(tx), [wanted.asked], {account.reseller_id})
        if problems := wanted.problems(asked.viewer, facts):
            raise Refused(problems)
        now = datetime.now(UTC)
        if difference := wanted.difference(now):
            await announce(await write_patches(tx, [Change(account, difference)], now))
            trail = difference.trail()
            await audit.record(asked.viewer, "customerUpdate", account.subject, trail)


async def switch_account(
    held: type[AccountRow], asked: Asked, status: AccountStatus, action: str
) -> None:
    """Set an account ACTIVE or INACTIVE; as it is already, nothing changes.

    Raises NOT_FOUND, WRONG_STATE, VERSION_CONFLICT, and FORBIDDEN for one's own account.
    """

    async def switch() -> None:
        async with transaction() as tx:
            account = await held.held_for(asked.viewer, asked.account_id, "id")
            versions.expect(account.version, asked.expected_version)
            if account.id == asked.viewer.account_id:
                sentence = "Nobody switches their own account on or off."
                raise DomainError(ErrorCode.FORBIDDEN, ("id",), sentence)
            if account.status is status:
                return
            change = audit.FieldChange("status", account.status, status)
            account.status, account.version = status, account.version + 1
            await account.save()
            await follow_accounts(raw(tx), [account.id])
            await audit.record(asked.viewer, action, account.subject, [change])

    await retried(switch)
