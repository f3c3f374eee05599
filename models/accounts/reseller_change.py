"""What a change of a reseller may be, and the rows it touches.

The rules are those of its opening; here they meet what stands in the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models.access import audit
from models.accounts.account import Account
from models.accounts.credentials import Login
from models.accounts.opening_facts import NOT_OWNED, TAKEN
from models.accounts.patch_rows import boundary_after, close_due
from models.accounts.rate_group import RateGroup
from models.constraints import understood
from models.money.low_balance import notice_balances
from models.money.settlement import Settlement
from models.rules.draft import ResellerDraft
from models.rules.email import EMAIL_LONGEST, folded_email
from models.rules.enums import ActiveStatus, Role
from models.rules.errors import Problem
from models.rules.field_rules import FIELD_RULES, Policy
from models.rules.patch import ResellerPatch
from models.rules.permissions import grant_problems, held
from models.rules.viewer import Viewer

# Attributes of a draft that are columns of the row; a password is none.
_COLUMNS = frozenset(field.name for field in fields(ResellerDraft)) - {
    *("password", "opening_balance", "parent_id")
}


async def patch_problems(viewer: Viewer, row: Account, patch: ResellerPatch) -> tuple[Problem, ...]:
    """Everything against a change: the rules, whose account it is, and the other rows."""
    policy = Policy(row.currency_code)
    broken = (
        *patch.problems(_as_drafted(row), policy),
        *patch.own_account_problems(viewer, row.id),
        *_grant_problems(viewer, row, patch),
    )
    # What is refused already needs no second reason: it would tell what others have.
    judged = {problem.field for problem in broken}
    known = [p async for p in _row_problems(row, patch) if p.field not in judged]
    return (*broken, *known)


async def apply(tx: BaseDBAsyncClient, viewer: Viewer, row: Account, patch: ResellerPatch) -> None:
    """Write a judged change with its login and audit event, in the open transaction."""
    now = datetime.now(UTC)
    moves = "time_zone" in patch.changes and patch.changes["time_zone"] != row.time_zone
    if moves and await close_due(tx, [row.id], now):
        await row.refresh_from_db()
    before = {name: getattr(row, name) for name in patch.changes}
    row.update_from_dict({name: _kept(value) for name, value in patch.changes.items()})
    after = {name: getattr(row, name) for name in patch.changes}
    if before == after:
        return
    if moves:
        row.next_billing_at = boundary_after(row, {}, now)
    row.version += 1
    with understood():
        if before.get("email", row.email) != row.email:
            await _rename_login(row)
        await row.save()
    if "credit_limit" in patch.changes:
        await Settlement.lock(tx, [row.id])
        await notice_balances(tx, [row.id])
    changes = audit.differences(_spoken(before), _spoken(after))
    await audit.record(viewer, "resellerUpdate", row.subject, changes)


def _as_drafted(row: Account) -> ResellerDraft:
    columns = {name: getattr(row, name) for name in _COLUMNS}
    chosen = columns.pop("permissions")
    return ResellerDraft(permissions=None if chosen is None else tuple(chosen), **columns)


def _grant_problems(viewer: Viewer, row: Account, patch: ResellerPatch) -> tuple[Problem, ...]:
    wanted: Any = patch.changes.get("permissions") or ()
    already = held(Role.RESELLER, row.permissions)
    return grant_problems(viewer, Role.RESELLER, [word for word in wanted if word not in already])


async def _row_problems(row: Account, patch: ResellerPatch) -> AsyncIterator[Problem]:
    email: Any = patch.changes.get("email")
    if email and len(email) <= EMAIL_LONGEST:
        taken = await Login.filter(email_folded=folded_email(email)).first()
        if taken is not None and taken.account_id != row.id:
            yield TAKEN.at("email")
    group_id = patch.changes.get("rate_group_id")
    if group_id is not None:
        usable = RateGroup.filter(
            id=group_id, reseller_id=row.reseller_id, status=ActiveStatus.ACTIVE
        )
        if not await usable.exists():
            yield NOT_OWNED.at("rateGroupId")


async def _rename_login(row: Account) -> None:
    await Login.filter(account_id=row.id).delete()
    if row.email:
        await Login.create(email_folded=folded_email(row.email), account_id=row.id)


def _kept(value: Any) -> Any:
    if isinstance(value, tuple):
        return sorted(set(value))
    return None if value == "" else value


def _spoken(columns: dict[str, Any]) -> dict[str, object]:
    return {".".join(FIELD_RULES[name].path): value for name, value in columns.items()}
