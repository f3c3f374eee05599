"""The rows that new accounts become, written for all of them at once.

Drafts arrive here judged and settled; a value somebody else took meanwhile raises from the
database and undoes the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from models.accounts.opening_facts import Connection, pin_hash
from models.accounts.owner import Owner
from models.ids import new_ids
from models.rules.billing_calendar import expiry, next_boundary
from models.rules.draft import AccountDraft, CustomerDraft
from models.rules.enums import AccountType

# Columns that a draft names as the table does; a kind of draft that lacks one leaves the default.
_DRAFTED = (
    *("type", "last_name", "company", "email", "notification_email"),
    *("phone", "mobile", "address_line1", "address_line2", "city", "province", "postal_code"),
    *("country_code", "time_zone", "currency_code", "concurrent_calls", "calls_per_second"),
    *("allows_local_calls", "notifications_enabled", "payment_gateway_allowed"),
    *("records_calls", "manages_own_ips", "credit_limit", "rate_group_id", "non_cli_rate_group_id"),
    *("cli_pool", "billing_schedule", "billing_day", "tax_number", "invoices_zero_amounts"),
    *("invoice_note", "reference", "valid_days"),
)
# What accounts have in common that share a draft and an owner.
_SHARED = (
    *("version", "kind", "status", "reseller_id", "localization_id"),
    *("period_started_at", "next_billing_at", "expires_at", "created_at", "updated_at"),
)
_OWN = ("id", "number", "first_name", "path", "realm", "permissions")
# What a draft of a reseller does not speak of, as the table defaults it.
_UNSPOKEN: dict[str, Any] = {
    "concurrent_calls": 0,
    "calls_per_second": 0,
    "allows_local_calls": True,
    "notifications_enabled": True,
    "payment_gateway_allowed": True,
    "records_calls": False,
    "manages_own_ips": False,
    "cli_pool": "DISABLED",
    "invoices_zero_amounts": False,
}

_DEFAULT_LOCALIZATIONS = """
SELECT DISTINCT ON (l.reseller_id, l.country_code) l.reseller_id, l.country_code, l.id
  FROM localizations l
 WHERE l.status = 'ACTIVE' AND l.country_code = ANY ($1)
   AND (l.reseller_id IS NULL OR l.reseller_id = ANY ($2))
 ORDER BY l.reseller_id, l.country_code, l.created_at, l.id
"""
_LOGINS = """
INSERT INTO logins (email_folded, account_id)
SELECT fold(email), id FROM unnest($1::text[], $2::uuid[]) AS login (email, id)
"""
_PASSWORDS = """
INSERT INTO portal_credentials (account_id, password_hash, changed_at)
SELECT id, hash, now() FROM unnest($1::uuid[], $2::text[]) AS credential (id, hash)
"""
_PINS = """
INSERT INTO pins (account_id, keyed_hash, changed_at)
SELECT id, hash, now() FROM unnest($1::uuid[], $2::text[]) AS pin (id, hash)
"""
_TAXES = """
INSERT INTO account_taxes (id, account_id, tax_id)
SELECT id, account_id, tax_id FROM unnest($1::uuid[], $2::uuid[], $3::uuid[])
       AS link (id, account_id, tax_id)
"""


# The default localization of an owner in a country.
Localizations: TypeAlias = dict[tuple[UUID | None, str], UUID]

Draft = TypeVar("Draft", bound=AccountDraft)
Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class NewAccount(Generic[Draft]):
    """One account about to be written: its settled draft, its owner, and what stands beside it.

    Accounts alike share one draft; who has no name there is called by the number.
    path, realm, permissions: of a reseller only. password_hash: absent until one is set.
    """

    id: UUID
    draft: Draft
    owner: Owner
    kind: str
    number: str
    password_hash: str | None = None
    pin: str | None = None
    path: str | None = None
    realm: str | None = None
    permissions: tuple[str, ...] | None = None


def once_each(make: Callable[[Item], Made], of: Callable[[Item], object]) -> Callable[[Item], Made]:
    """`make`, but once for each object that `of` finds in an item: what alike items share."""
    made: dict[int, tuple[object, Made]] = {}

    def known(item: Item) -> Made:
        shared = of(item)
        if (found := made.get(id(shared))) is None:
            # The object is kept along, so that no other one gets its identity meanwhile.
            found = made[id(shared)] = (shared, make(item))
        return found[1]

    return known


async def insert_accounts(
    connection: Connection, accounts: Sequence[NewAccount[Any]], now: datetime
) -> None:
    """Write accounts with their logins, passwords, PINs and taxes in the open transaction.

    Raises asyncpg.UniqueViolationError when a number, address or PIN was taken meanwhile.
    """
    localizations = await _default_localizations(connection, accounts)
    await connection.copy_records_to_table(
        "accounts",
        columns=(*_OWN, *_SHARED, *_DRAFTED),
        records=_records(accounts, localizations, now),
    )
    await _insert_logins(connection, accounts)
    await _insert_credentials(connection, accounts)
    await _insert_taxes(connection, accounts)


def _records(
    accounts: Sequence[NewAccount[Any]], localizations: Localizations, now: datetime
) -> list[tuple[Any, ...]]:
    def share(account: NewAccount[Any]) -> tuple[Any, ...]:
        return _shared(account, localizations, now)

    shared = once_each(share, of=lambda account: account.draft)
    return [_own(account) + shared(account) for account in accounts]


def _own(account: NewAccount[Any]) -> tuple[Any, ...]:
    name = account.draft.first_name or account.number
    return (account.id, account.number, name, account.path, account.realm, account.permissions)


def _shared(
    account: NewAccount[Any], localizations: Localizations, now: datetime
) -> tuple[Any, ...]:
    draft = account.draft
    chosen = getattr(draft, "localization_id", None) or _localization(account, localizations)
    written = (1, account.kind, "ACTIVE", account.owner.id, chosen)
    times = (*_period(draft, now), _expires_at(draft, now), now, now)
    return (*written, *times, *(getattr(draft, name, _UNSPOKEN.get(name)) for name in _DRAFTED))


def _period(draft: AccountDraft, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Start and end of the period that is open from now on; postpaid accounts have one."""
    if draft.type is not AccountType.POSTPAID:
        return None, None
    zone = draft.time_zone or "UTC"
    return now, next_boundary(zone, draft.billing_schedule, draft.billing_day, now)


def _expires_at(draft: AccountDraft, now: datetime) -> datetime | None:
    if not isinstance(draft, CustomerDraft) or draft.valid_days is None:
        return None
    return expiry(draft.time_zone or "UTC", now, draft.valid_days)


def _localization(account: NewAccount[Any], localizations: Localizations) -> UUID | None:
    country = account.draft.country_code
    if country is None or not isinstance(account.draft, CustomerDraft):
        return None
    return localizations.get((account.owner.id, country)) or localizations.get((None, country))


async def _default_localizations(
    connection: Connection, accounts: Sequence[NewAccount[Any]]
) -> Localizations:
    countries = {a.draft.country_code for a in accounts if a.draft.country_code}
    owners = {a.owner.id for a in accounts if a.owner.id is not None}
    rows = await connection.fetch(_DEFAULT_LOCALIZATIONS, list(countries), list(owners))
    return {(row["reseller_id"], row["country_code"]): row["id"] for row in rows}


async def _insert_logins(connection: Connection, accounts: Sequence[NewAccount[Any]]) -> None:
    named = [(a.draft.email, a.id) for a in accounts if a.draft.email]
    if named:
        await connection.execute(_LOGINS, [email for email, _ in named], [i for _, i in named])


async def _insert_credentials(connection: Connection, accounts: Sequence[NewAccount[Any]]) -> None:
    hashed = [account for account in accounts if account.password_hash]
    if hashed:
        ids = [account.id for account in hashed]
        await connection.execute(_PASSWORDS, ids, [account.password_hash for account in hashed])
    keyed = [(account.id, pin_hash(account.pin)) for account in accounts if account.pin]
    if keyed:
        await connection.execute(_PINS, [i for i, _ in keyed], [digest for _, digest in keyed])


async def _insert_taxes(connection: Connection, accounts: Sequence[NewAccount[Any]]) -> None:
    links = [(account.id, tax_id) for account in accounts for tax_id in _tax_ids(account)]
    if links:
        ids = new_ids(len(links))
        await connection.execute(_TAXES, ids, [a for a, _ in links], [tax for _, tax in links])


def _tax_ids(account: NewAccount[Any]) -> tuple[UUID, ...]:
    chosen: tuple[UUID, ...] | None = getattr(account.draft, "tax_ids", None)
    return account.owner.default_tax_ids if chosen is None else tuple(dict.fromkeys(chosen))
