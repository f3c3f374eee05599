"""What only the database can tell about drafts of accounts, read for all of them at once.

What a draft breaks by itself stands in `models.rules.draft`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from models import seal
from models.accounts.owner import Owner, owners_of
from models.rules.draft import AccountDraft, CustomerDraft
from models.rules.enums import AccountKind
from models.rules.errors import ErrorCode, Problem
from models.rules.field_rules import Policy
from models.rules.violation import Violation

PIN_PURPOSE = "pin"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# Whoever is being deleted takes nobody in: the deletion waits for those who hold its key, and who
# comes later sees that it is off.
_HOLD_OWNERS = """
SELECT FROM accounts WHERE id = ANY ($1::uuid[]) ORDER BY id FOR KEY SHARE
"""
# What is looked for is an array by the time the plan runs: each value is one probe of the index,
# whatever the planner believes of fresh tables. As a join it may read all accounts for a piece.
_NUMBERS = """
SELECT fold(number) FROM accounts
 WHERE status <> 'DELETED' AND fold(number) = ANY (ARRAY(SELECT fold(n) FROM unnest($1::text[]) n))
"""
_EMAILS = "SELECT e FROM unnest($1::text[]) e JOIN logins l ON l.email_folded = fold(e)"
_USERNAMES = """
SELECT lower(d.username), d.realm FROM sip_devices d
 WHERE lower(d.username) = ANY (ARRAY(SELECT lower(u COLLATE "C") FROM unnest($1::text[]) u))
"""
_PINS = "SELECT keyed_hash FROM pins WHERE keyed_hash = ANY ($1)"
_RATE_GROUPS = "SELECT id, reseller_id, status FROM rate_groups WHERE id = ANY ($1)"
_LOCALIZATIONS = "SELECT id, reseller_id, status FROM localizations WHERE id = ANY ($1)"
_TAXES = "SELECT id, reseller_id, status FROM taxes WHERE id = ANY ($1)"
_CURRENCIES = "SELECT code FROM currencies WHERE is_active AND code = ANY ($1)"
_SETTINGS = "SELECT pin_minimum_length, account_number_length FROM settings"

TAKEN = Violation(ErrorCode.TAKEN, "is already in use")
NOT_FOUND = Violation(ErrorCode.NOT_FOUND, "names nothing that you can see")
SWITCHED_OFF = Violation(ErrorCode.WRONG_STATE, "is switched off, or stands below one that is")
NOT_OWNED = Violation(
    ErrorCode.RATE_GROUP_NOT_OWNED, "must be an active rate group of the account's owner"
)
NOT_ACTIVE_CURRENCY = Violation(ErrorCode.INVALID, "is not an active currency here")


@dataclass(frozen=True, slots=True)
class PickedRow:
    """Whose a rate group, localization or tax is, and whether it is in use."""

    owner_id: UUID | None
    is_active: bool


@dataclass(slots=True)
class Facts:
    """What stands in the database around a set of drafts.

    `taken_*` also grow with each draft that passes, so that two of one batch can not both win.
    """

    owners: Mapping[UUID | None, Owner]
    rate_groups: Mapping[UUID, PickedRow]
    localizations: Mapping[UUID, PickedRow]
    taxes: Mapping[UUID, PickedRow]
    currencies: frozenset[str]
    pin_minimum_length: int
    number_length: int
    taken_numbers: set[str] = field(default_factory=set)
    taken_emails: set[str] = field(default_factory=set)
    taken_usernames: set[tuple[str, str]] = field(default_factory=set)
    taken_pins: set[str] = field(default_factory=set)

    def policy(self, owner: Owner, *, email_required: bool) -> Policy:
        """What the field rules ask about the house and this owner."""
        return Policy(owner.currency_code, self.pin_minimum_length, email_required)

    def problems(self, draft: AccountDraft, owner: Owner) -> tuple[Problem, ...]:
        """Everything that the database has against a draft."""
        return tuple(self._found(draft, owner))

    def claim(self, draft: AccountDraft, owner: Owner) -> None:
        """Count the unique values of a draft that passed as taken."""
        self.taken_numbers.add((draft.number or "").lower())
        self.taken_emails.add((draft.email or "").lower())
        if isinstance(draft, CustomerDraft):
            self.taken_usernames.add(_username(draft, owner))
            if draft.pin:
                self.taken_pins.add(pin_hash(draft.pin))

    def _found(self, draft: AccountDraft, owner: Owner) -> Iterator[Problem]:
        if not owner.is_on:
            yield SWITCHED_OFF.at(owner_field(draft))
        if draft.number and draft.number.lower() in self.taken_numbers:
            yield TAKEN.at("number")
        if draft.email and draft.email.lower() in self.taken_emails:
            yield TAKEN.at("email")
        if draft.currency_code and draft.currency_code not in self.currencies:
            yield NOT_ACTIVE_CURRENCY.at("currencyCode")
        yield from self._rate_group_problems(draft, owner)
        if isinstance(draft, CustomerDraft):
            yield from self._customer_problems(draft, owner)

    def _rate_group_problems(self, draft: AccountDraft, owner: Owner) -> Iterator[Problem]:
        chosen = {"rateGroupId": draft.rate_group_id}
        if isinstance(draft, CustomerDraft):
            chosen["nonCliRateGroupId"] = draft.non_cli_rate_group_id
        for name, identity in chosen.items():
            row = self.rate_groups.get(identity) if identity else None
            if identity and (row is None or row.owner_id != owner.id or not row.is_active):
                yield NOT_OWNED.at(name)

    def _customer_problems(self, draft: CustomerDraft, owner: Owner) -> Iterator[Problem]:
        if draft.pin and pin_hash(draft.pin) in self.taken_pins:
            yield TAKEN.at("pin")
        if draft.sip_username and _username(draft, owner) in self.taken_usernames:
            yield TAKEN.at("sipUsername")
        if draft.localization_id:
            row = self.localizations.get(draft.localization_id)
            if row is None or not row.is_active or row.owner_id not in {owner.id, None}:
                yield NOT_FOUND.at("localizationId")
        for tax_id in draft.tax_ids or ():
            tax = self.taxes.get(tax_id)
            if tax is None or not tax.is_active or tax.owner_id != owner.id:
                yield NOT_FOUND.at("taxIds")


async def facts_of(
    connection: Connection, drafts: Sequence[AccountDraft], owner_ids: set[UUID | None]
) -> Facts:
    """Read the facts around these drafts; one statement a kind, however many drafts.

    Their owners stay as they are until the open transaction ends, as far as deletion goes.
    """
    customers = [draft for draft in drafts if isinstance(draft, CustomerDraft)]
    await connection.execute(_HOLD_OWNERS, [id_ for id_ in owner_ids if id_ is not None])
    owners = await owners_of(connection, owner_ids)
    settings = await connection.fetchrow(_SETTINGS)
    if settings is None:
        raise RuntimeError("the settings row is missing: migrations have not run")
    rate_groups = {draft.rate_group_id for draft in drafts}
    rate_groups |= {draft.non_cli_rate_group_id for draft in customers}
    facts = Facts(
        owners=owners,
        rate_groups=await _picked(connection, _RATE_GROUPS, rate_groups),
        localizations=await _picked(
            connection, _LOCALIZATIONS, {draft.localization_id for draft in customers}
        ),
        taxes=await _picked(connection, _TAXES, {t for d in customers for t in d.tax_ids or ()}),
        currencies=frozenset(
            await _column(connection, _CURRENCIES, {draft.currency_code for draft in drafts})
        ),
        pin_minimum_length=settings["pin_minimum_length"],
        number_length=settings["account_number_length"],
    )
    facts.taken_numbers.update(await _column(connection, _NUMBERS, {d.number for d in drafts}))
    facts.taken_emails.update(
        taken.lower() for taken in await _column(connection, _EMAILS, {d.email for d in drafts})
    )
    facts.taken_usernames.update(await _taken_usernames(connection, customers))
    hashes = {pin_hash(draft.pin) for draft in customers if draft.pin}
    facts.taken_pins.update(await _column(connection, _PINS, hashes))
    return facts


def owner_id_of(draft: AccountDraft) -> UUID | None:
    """The reseller that a draft is to stand under; None is the administration."""
    if isinstance(draft, CustomerDraft):
        return None if draft.kind is AccountKind.PROVIDER else draft.reseller_id
    owner: UUID | None = getattr(draft, "parent_id", None)
    return owner


def owner_field(draft: AccountDraft) -> str:
    """What the input calls the owner."""
    return "resellerId" if isinstance(draft, CustomerDraft) else "parentId"


def pin_hash(pin: str) -> str:
    """The keyed hash that a PIN is found by."""
    return seal.keyed_hash(PIN_PURPOSE, pin.encode())


async def _column(connection: Connection, query: str, values: set[Any]) -> list[str]:
    wanted = [value for value in values if value]
    if not wanted:
        return []
    return [row[0] for row in await connection.fetch(query, wanted)]


async def _picked(
    connection: Connection, query: str, ids: set[UUID | None]
) -> dict[UUID, PickedRow]:
    wanted = [identity for identity in ids if identity is not None]
    rows = await connection.fetch(query, wanted) if wanted else []
    return {row["id"]: PickedRow(row["reseller_id"], row["status"] == "ACTIVE") for row in rows}


async def _taken_usernames(
    connection: Connection, drafts: Sequence[CustomerDraft]
) -> set[tuple[str, str]]:
    """These names wherever they are taken, each with its realm."""
    wanted = [draft.sip_username for draft in drafts if draft.sip_username]
    rows = await connection.fetch(_USERNAMES, wanted) if wanted else []
    return {(row[0], row[1]) for row in rows}


def _username(draft: CustomerDraft, owner: Owner) -> tuple[str, str]:
    return ((draft.sip_username or "").lower(), owner.realm.lower())
