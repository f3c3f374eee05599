"""What judged patches make of their accounts, and all that follows, written for all at once.

One person's form and a thousand lines of a file are written here alike; whether a patch breaks a
rule was asked before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from models.access import audit
from models.accounts.patched import ELSEWHERE, FOLLOWED, Difference
from models.database import raw
from models.ids import new_ids
from models.money.billing import close_periods, hold_due
from models.money.low_balance import notice_balances
from models.money.settlement import Settlement
from models.panel.sip_follow import Raised, devices_of, raise_generation
from models.rules.billing_calendar import next_boundary
from models.rules.enums import AccountType

if TYPE_CHECKING:
    from tortoise.backends.base.client import BaseDBAsyncClient

    from models.accounts.account_row import AccountRow

CALENDAR: Final = ("time_zone", "billing_schedule", "billing_day")

# Every column that a patch may come to, with its type in SQL.
COLUMNS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("email", "notification_email", "first_name", "last_name", "company"), "text"),
    **dict.fromkeys(("phone", "mobile", "address_line1", "address_line2", "city"), "text"),
    **dict.fromkeys(("province", "postal_code", "country_code", "time_zone"), "text"),
    **dict.fromkeys(("cli_pool", "billing_schedule", "tax_number", "reference"), "text"),
    **dict.fromkeys(("invoice_note",), "text"),
    **dict.fromkeys(("concurrent_calls", "calls_per_second", "billing_day", "valid_days"), "int"),
    **dict.fromkeys(("localization_id", "rate_group_id", "non_cli_rate_group_id"), "uuid"),
    **dict.fromkeys(("allows_local_calls", "notifications_enabled"), "bool"),
    **dict.fromkeys(("payment_gateway_allowed", "records_calls", "manages_own_ips"), "bool"),
    **dict.fromkeys(("invoices_zero_amounts",), "bool"),
    **dict.fromkeys(("expires_at", "next_billing_at"), "timestamptz"),
    "credit_limit": "numeric",
}

_WRITE = """
UPDATE accounts a SET {assigned}, version = a.version + 1, updated_at = now()
  FROM unnest($1::uuid[], {arrays}) AS c (id, {names})
 WHERE a.id = c.id
"""
_TOUCH = """
UPDATE accounts SET version = version + 1, updated_at = now() WHERE id = ANY ($1)
"""
_LEAVE_LOGINS = "DELETE FROM logins WHERE account_id = ANY ($1)"
_NEW_LOGINS = """
INSERT INTO logins (email_folded, account_id)
SELECT fold(email), id FROM unnest($1::text[], $2::uuid[]) AS login (email, id)
"""
_UNLINK_TAXES = "DELETE FROM account_taxes WHERE account_id = ANY ($1)"
_LINK_TAXES = """
INSERT INTO account_taxes (id, account_id, tax_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Change:
    """An account that is held, and its fields that differ."""

    account: AccountRow
    difference: Difference

    @property
    def account_id(self) -> UUID:
        """Whose change it is."""
        return self.account.id

    @property
    def new(self) -> Mapping[str, Any]:
        """The fields that differ, as they shall be."""
        return self.difference.new

    def touches(self, *names: str) -> bool:
        """Whether one of these fields is to change."""
        return any(name in self.new for name in names)

    def columns(self, now: datetime) -> dict[str, Any]:
        """The columns that it comes to, with those that follow from others."""
        found = {name: value for name, value in self.new.items() if name not in ELSEWHERE}
        if self.touches(*CALENDAR):
            found["next_billing_at"] = boundary_after(self.account, found, now)
        return found

    def trail(self) -> tuple[audit.FieldChange, ...]:
        """What changes, as people read it."""
        return self.difference.trail()


async def write_patches(
    tx: BaseDBAsyncClient, changes: Sequence[Change], now: datetime
) -> list[Raised]:
    """Write all of them in the open transaction, or raise what a constraint has against one.

    Answers the devices that the switches have to follow; told to nobody yet.
    """
    await close_due(tx, [each.account_id for each in changes if each.touches(*CALENDAR)], now)
    await _write_columns(tx, changes, now)
    limited = [each.account_id for each in changes if each.touches("credit_limit")]
    if limited:
        await Settlement.lock(tx, limited)
        await notice_balances(tx, limited)
    await _move_logins(tx, [each for each in changes if each.touches("email")])
    await _relink_taxes(tx, [each for each in changes if each.touches("tax_ids")])
    followed = [each.account_id for each in changes if each.touches(*FOLLOWED)]
    devices = await devices_of(raw(tx), followed) if followed else []
    return await raise_generation(raw(tx), devices) if devices else []


async def close_due(tx: BaseDBAsyncClient, account_ids: Sequence[UUID], now: datetime) -> bool:
    """Close periods that are over by the settings they ran under, before those change.

    Answers whether there were any: their rows are others by then.
    """
    held = await hold_due(tx, account_ids, now) if account_ids else []
    if held:
        await close_periods(tx, held, now)
    return bool(held)


def boundary_after(account: AccountRow, new: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the open period ends by these settings; it keeps its start. None for prepaid ones."""
    if account.type is not AccountType.POSTPAID:
        return account.next_billing_at
    zone, schedule, day = (new.get(name, getattr(account, name)) for name in CALENDAR)
    return next_boundary(zone, schedule, day, now)


async def _write_columns(tx: BaseDBAsyncClient, changes: Sequence[Change], now: datetime) -> None:
    """Each account gets the columns that any of them changes: its own stay as they are."""
    told = [each.columns(now) for each in changes]
    names = [name for name in COLUMNS if any(name in columns for columns in told)]
    ids = [each.account_id for each in changes]
    if not names:
        await raw(tx).execute(_TOUCH, ids)
        return
    query = _WRITE.format(
        assigned=", ".join(f"{name} = c.{name}" for name in names),
        arrays=", ".join(f"${at}::{COLUMNS[name]}[]" for at, name in enumerate(names, 2)),
        names=", ".join(names),
    )
    values = [
        [c[n] if n in c else getattr(e.account, n) for e, c in zip(changes, told, strict=True)]
        for n in names
    ]
    await raw(tx).execute(query, ids, *values)


async def _move_logins(tx: BaseDBAsyncClient, changes: Sequence[Change]) -> None:
    if not changes:
        return
    await raw(tx).execute(_LEAVE_LOGINS, [each.account_id for each in changes])
    named = [(each.new["email"], each.account_id) for each in changes if each.new["email"]]
    await raw(tx).execute(_NEW_LOGINS, [email for email, _ in named], [id_ for _, id_ in named])


async def _relink_taxes(tx: BaseDBAsyncClient, changes: Sequence[Change]) -> None:
    if not changes:
        return
    await raw(tx).execute(_UNLINK_TAXES, [each.account_id for each in changes])
    links = [
        (each.account_id, tax_id)
        for each in changes
        for tax_id in dict.fromkeys(each.new["tax_ids"] or ())
    ]
    ids = new_ids(len(links))
    await raw(tx).execute(_LINK_TAXES, ids, [id_ for id_, _ in links], [tax for _, tax in links])
