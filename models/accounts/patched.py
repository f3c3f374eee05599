"""What a patch would make of a customer, and everything against it: the same for one and for many.

Nothing is written here; `changing` and `changing_many` do that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

from models.access import audit
from models.accounts.opening_facts import Facts
from models.database import raw
from models.rules.billing_calendar import expiry
from models.rules.draft import CustomerDraft
from models.rules.errors import Problem
from models.rules.field_rules import FIELD_RULES
from models.rules.patch import CustomerPatch
from models.rules.viewer import Viewer

if TYPE_CHECKING:
    from tortoise.backends.base.client import BaseDBAsyncClient

    from models.accounts.account_row import AccountRow

# Fields that no column of the same name holds.
ELSEWHERE: Final = frozenset({"tax_ids"})
# What a switch has copied, or refuses a call by.
FOLLOWED: Final = frozenset({"expires_at", "valid_days", "concurrent_calls", "calls_per_second"})
# What only the database can judge: whether it is taken, or the owner's to choose.
_ASKED: Final = frozenset(
    {"email", "rate_group_id", "non_cli_rate_group_id", "localization_id", "tax_ids"}
)

_LINKED_TAXES = """
SELECT account_id, tax_id FROM account_taxes WHERE account_id = ANY ($1) ORDER BY tax_id
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """The fields that a patch names, before and after; only those that differ."""

    old: Mapping[str, Any]
    new: Mapping[str, Any]

    def __bool__(self) -> bool:
        return bool(self.new)

    def trail(self) -> tuple[audit.FieldChange, ...]:
        """What changed, as people read it."""
        return audit.differences(spoken(self.old), spoken(self.new))


@dataclass(frozen=True, slots=True)
class Patched:
    """An account, as it stands and as the draft that would make it, and what is to change."""

    account: AccountRow
    current: CustomerDraft
    patch: CustomerPatch

    @property
    def asked(self) -> CustomerDraft:
        """The draft whose facts have to be known before `problems` can tell."""
        names = {name for name in self.patch.changes if name in _ASKED}
        return self.patch.applied_to(self.current, names)

    def problems(self, viewer: Viewer, facts: Facts) -> tuple[Problem, ...]:
        """List every rule that the change breaks, for this viewer and in this house."""
        owner = facts.owners[self.account.reseller_id]
        own = self.patch.own_account_problems(viewer, self.account.id)
        found = self.patch.problems(self.current, facts.policy(owner, email_required=False))
        touched = {FIELD_RULES[name].path for name in self.patch.changes}
        asked = self.asked
        if _folded(asked.email) == _folded(self.account.email):
            touched.discard(("email",))  # what is taken is taken by this account
        # What is refused already needs no second reason: it would tell what others have.
        touched -= {problem.field for problem in (*own, *found)}
        known = (p for p in facts.problems(asked, owner) if p.field in touched)
        return (*own, *found, *known)

    def difference(self, now: datetime, *, renews: bool = False) -> Difference:
        """What would be written now.

        renews: valid days count from now on also where the account has as many already; otherwise
        only once it has expired, so that a form sent back as it was lengthens nothing.
        """
        wanted, changes = self.patch.applied_to(self.current), self.patch.changes
        new = {name: getattr(wanted, name, value) for name, value in changes.items()}
        if "billing_schedule" in changes:
            new["billing_day"] = wanted.billing_day
        new |= self._expiry(wanted.time_zone, now, renews=renews)
        old = {name: self._present(name) for name in new}
        differing = [name for name in new if old[name] != new[name]]
        return Difference({n: old[n] for n in differing}, {n: new[n] for n in differing})

    def _expiry(self, zone: str | None, now: datetime, *, renews: bool) -> dict[str, object]:
        """The end and the days it was counted from: whichever is named decides both."""
        changes, ended_at = self.patch.changes, self.account.expires_at
        days = cast("int | None", changes.get("valid_days"))
        if days is not None:
            expired = ended_at is not None and ended_at <= now
            counts = renews or expired or days != self.account.valid_days
            ends_at = expiry(zone or self.account.time_zone, now, days) if counts else ended_at
            return {"valid_days": days, "expires_at": ends_at}
        if changes.get("expires_at", ended_at) != ended_at:
            return {"valid_days": None, "expires_at": changes["expires_at"]}
        if "valid_days" in changes and "expires_at" not in changes and self.account.valid_days:
            return {"expires_at": None}
        return {}

    def _present(self, name: str) -> object:
        return self.current.tax_ids if name in ELSEWHERE else getattr(self.account, name)


async def drafts_of(
    tx: BaseDBAsyncClient, accounts: Sequence[AccountRow]
) -> dict[UUID, CustomerDraft]:
    """Accounts as the drafts that would make them; secrets and what is fixed are left out."""
    linked: dict[UUID, list[UUID]] = {account.id: [] for account in accounts}
    for row in await raw(tx).fetch(_LINKED_TAXES, list(linked)):
        linked[row["account_id"]].append(row["tax_id"])
    return {account.id: _draft(account, tuple(linked[account.id])) for account in accounts}


def spoken(values: Mapping[str, object]) -> dict[str, object]:
    """Values by their names in the API, as the trail has them."""
    return {".".join(FIELD_RULES[name].path): value for name, value in values.items()}


def _draft(account: AccountRow, tax_ids: tuple[UUID, ...]) -> CustomerDraft:
    shared = {
        field.name: getattr(account, field.name)
        for field in fields(CustomerDraft)
        if field.name in account._meta.db_fields  # noqa: SLF001 - the columns, by name
    }
    return CustomerDraft(**shared, tax_ids=tax_ids)


def _folded(email: str | None) -> str:
    return (email or "").lower()
