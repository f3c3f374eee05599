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
from models.accounts.patched import (
    ELSEWHERE,
    FOLLOWED,
    Patched,
    drafts_of,
    expiry_of,
)
from models.constraints import understood
from models.database import raw, retried, transaction
from models.ids import new_id
from models.money.billing import close_periods, hold_due
from models.money.low_balance import notice_balances
from models.money.settlement import Settlement
from models.panel.sip_follow import follow_accounts
from models.rules.billing_calendar import next_boundary
from models.rules.enums import AccountStatus, AccountType
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.patch import CustomerPatch
from models.rules.viewer import Viewer

if TYPE_CHECKING:
    from tortoise.backends.base.client import BaseDBAsyncClient

    from models.accounts.account import Account

_CALENDAR = frozenset({"time_zone", "billing_schedule", "billing_day"})

_UNLINK_TAXES = "DELETE FROM account_taxes WHERE account_id = $1"
_LINK_TAX = "INSERT INTO account_taxes (id, account_id, tax_id) VALUES ($1, $2, $3)"
_MOVE_LOGIN = "DELETE FROM logins WHERE account_id = $1"
_NEW_LOGIN = "INSERT INTO logins (email_folded, account_id) VALUES (fold($1), $2)"


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that somebody asks for: of which account, seen in which version."""

    viewer: Viewer
    account_id: UUID
    expected_version: int | None = None


async def patch_customer(held: type[Account], asked: Asked, changes: Mapping[str, Any]) -> None:
    """Carry out a patch of a customer or provider.

    Raises NOT_FOUND, WRONG_STATE, VERSION_CONFLICT, and Refused with every rule it breaks.
    """
    with understood():
        await retried(lambda: _patch_customer(held, asked, CustomerPatch(changes)))


async def _patch_customer(held: type[Account], asked: Asked, patch: CustomerPatch) -> None:
    async with transaction() as tx:
        account = await held.held_for(asked.viewer, asked.account_id, "id")
        versions.expect(account.version, asked.expected_version)
        drafts = await drafts_of(tx, [account])
        wanted = Patched(account, drafts[account.id], patch)
        facts = await facts_of(raw(tx), [wanted.asked], {account.reseller_id})
        if problems := wanted.problems(asked.viewer, facts):
            raise Refused(problems)
        if difference := wanted.difference():
            expired_at = account.expires_at
            await write_changes(tx, account, difference.new)
            trail = difference.trail(expired_at, account.expires_at)
            await audit.record(asked.viewer, "customerUpdate", account.subject, trail)


async def switch_account(
    held: type[Account], asked: Asked, status: AccountStatus, action: str
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


async def write_changes(tx: BaseDBAsyncClient, account: Account, new: Mapping[str, Any]) -> None:
    """Write fields that were judged, and all that follows from them, in the open transaction."""
    columns = {name: value for name, value in new.items() if name not in ELSEWHERE}
    now = datetime.now(UTC)
    if not _CALENDAR.isdisjoint(new):
        await close_due(tx, account, now)
    account.update_from_dict(columns)
    if "valid_days" in new:
        account.expires_at = expiry_of(account, account.valid_days, now)
    if not _CALENDAR.isdisjoint(new):
        move_boundary(account, now)
    account.version += 1
    await account.save()
    if "credit_limit" in new:
        await Settlement.lock(tx, [account.id])
        await notice_balances(tx, [account.id])
    if "email" in new:
        await _move_login(tx, account)
    if "tax_ids" in new:
        await _relink_taxes(tx, account.id, new["tax_ids"] or ())
    if not FOLLOWED.isdisjoint(new):
        await follow_accounts(raw(tx), [account.id])


async def close_due(tx: BaseDBAsyncClient, account: Account, now: datetime) -> None:
    """Close periods that are over by the settings they ran under, before those change."""
    held = await hold_due(tx, [account.id], now)
    if held:
        await close_periods(tx, held, now)
        await account.refresh_from_db()


def move_boundary(account: Account, now: datetime) -> None:
    """The open period keeps its start, and ends where the settings of now say."""
    if account.type is AccountType.POSTPAID:
        account.next_billing_at = next_boundary(
            account.time_zone, account.billing_schedule, account.billing_day, now
        )


async def _move_login(tx: BaseDBAsyncClient, account: Account) -> None:
    await raw(tx).execute(_MOVE_LOGIN, account.id)
    if account.email:
        await raw(tx).execute(_NEW_LOGIN, account.email, account.id)


async def _relink_taxes(tx: BaseDBAsyncClient, account_id: UUID, tax_ids: tuple[UUID, ...]) -> None:
    await raw(tx).execute(_UNLINK_TAXES, account_id)
    links = [(new_id(), account_id, tax_id) for tax_id in dict.fromkeys(tax_ids)]
    await raw(tx).executemany(_LINK_TAX, links)
