"""Opening customers and providers: from drafts to accounts that can sign in, be billed and call.

One person's form and a thousand lines of a file take the same way; only what is generated and
announced differs (`Terms`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.accounts import passwords
from models.accounts.opening_draws import numbers_for, pins_for
from models.accounts.opening_facts import (
    NOT_FOUND,
    Connection,
    Facts,
    facts_of,
    owner_field,
    owner_id_of,
)
from models.accounts.opening_rows import NewAccount, insert_accounts
from models.accounts.owner import Owner
from models.database import raw
from models.ids import new_id
from models.money.ledger_account import NewWallet, Wallet
from models.money.refill import Refill, RefillOrder
from models.panel.sip_issue import DeviceRequest, IssuedDevice, issue_many
from models.rules.draft import CustomerDraft, OwnerDefaults
from models.rules.enums import RefillMethod
from models.rules.errors import Problem
from models.rules.field_rules import Policy
from models.rules.password import random_password
from models.rules.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Who opens accounts, when, and how.

    in_bulk: for accounts nobody types in one by one: no address is required, no password made.
    """

    opener: Viewer
    now: datetime
    in_bulk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One account that exists now. Its secrets are known here and never again.

    draft: as it was written, settled. password, pin: generated ones only. device: if asked for.
    """

    account_id: UUID
    draft: CustomerDraft = field(repr=False)
    owner: Owner
    password: str | None = field(default=None, repr=False)
    pin: str | None = field(default=None, repr=False)
    device: IssuedDevice | None = field(default=None, repr=False)

    @property
    def number(self) -> str:
        """The account number, given or drawn."""
        return self.draft.number or ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A draft with its owner and everything against it; no problems means it may be opened."""

    draft: CustomerDraft
    owner: Owner | None
    problems: tuple[Problem, ...]


async def judge(
    connection: Connection, drafts: Sequence[CustomerDraft], terms: Terms
) -> tuple[list[Judged], Facts]:
    """Judge drafts in their order; the second of two that claim the same value is refused."""
    placed = [_placed(draft, terms.opener) for draft in drafts]
    facts = await facts_of(connection, placed, {owner_id_of(draft) for draft in placed})
    return [_judged(draft, facts, terms) for draft in placed], facts


async def open_accounts(
    tx: BaseDBAsyncClient, drafts: Sequence[CustomerDraft], terms: Terms
) -> list[Opened | tuple[Problem, ...]]:
    """Open every draft that nothing is against; the others answer their problems, in place.

    Raises asyncpg.UniqueViolationError when another transaction took a value meanwhile, and
    Refused when an owner's funds do not cover the opening balances.
    """
    connection = raw(tx)
    verdicts, facts = await judge(connection, drafts, terms)
    accepted = [judged for judged in verdicts if not judged.problems]
    made = iter(await open_judged(tx, accepted, facts, terms))
    return [judged.problems or next(made) for judged in verdicts]


async def open_judged(
    tx: BaseDBAsyncClient, accepted: Sequence[Judged], facts: Facts, terms: Terms
) -> list[Opened]:
    """Open drafts that were found without problems, in their order; raises as `open_accounts`."""
    if not accepted:
        return []
    connection = raw(tx)
    judged_drafts = [judged.draft for judged in accepted]
    numbers = await numbers_for(connection, judged_drafts, facts.number_length)
    pins = await pins_for(connection, judged_drafts, facts.pin_minimum_length)
    opened = [
        _prepared(judged, replace(judged.draft, number=number, pin=pin), terms)
        for judged, number, pin in zip(accepted, numbers, pins, strict=True)
    ]
    await insert_accounts(connection, await _rows(opened), terms.now)
    await Wallet.open_many(
        tx, [NewWallet(one.account_id, one.draft.currency_code or "") for one in opened]
    )
    await Refill.receive_many(tx, _opening_balances(opened, terms), at=("openingBalance",))
    devices = await _devices(connection, opened)
    return [replace(one, device=devices.get(one.account_id)) for one in opened]


def _placed(draft: CustomerDraft, opener: Viewer) -> CustomerDraft:
    if draft.reseller_id is None and opener.owner_id is not None:
        return replace(draft, reseller_id=opener.owner_id)
    return draft


def _judged(draft: CustomerDraft, facts: Facts, terms: Terms) -> Judged:
    owner_id = owner_id_of(draft)
    owner = facts.owners.get(owner_id)
    hidden = not terms.opener.is_staff and owner_id not in terms.opener.reseller_ids
    if owner is None or hidden:
        bare = Policy(draft.currency_code or "USD", email_required=not terms.in_bulk)
        return Judged(draft, None, (NOT_FOUND.at(owner_field(draft)), *draft.problems(bare)))
    policy = facts.policy(owner, email_required=not terms.in_bulk)
    broken = draft.problems(policy)
    said = {problem.field for problem in broken}
    # What breaks a rule by itself needs no second reason from the tables.
    problems = (*broken, *(p for p in facts.problems(draft, owner) if p.field not in said))
    if not problems:
        facts.claim(draft, owner)
    return Judged(draft, owner, problems)


def _prepared(judged: Judged, draft: CustomerDraft, terms: Terms) -> Opened:
    owner = judged.owner
    if owner is None:
        raise ValueError("an account without an owner was judged acceptable")
    defaults = OwnerDefaults(owner.time_zone, owner.currency_code, owner.country_code)
    return Opened(
        account_id=new_id(),
        draft=draft.settled(defaults, terms.now),
        owner=owner,
        password=None if draft.password or terms.in_bulk else random_password(),
        pin=draft.pin if draft.generate_pin else None,
    )


async def _rows(opened: Sequence[Opened]) -> list[NewAccount]:
    given = [one.draft.password or one.password for one in opened]
    hashes = await asyncio.gather(*(_hashed(password) for password in given))
    return [
        NewAccount(
            id=one.account_id,
            draft=one.draft,
            owner=one.owner,
            kind=one.draft.kind,
            password_hash=password_hash,
            pin=one.draft.pin,
        )
        for one, password_hash in zip(opened, hashes, strict=True)
    ]


async def _hashed(password: str | None) -> str | None:
    return await passwords.hashed(password) if password else None


def _opening_balances(opened: Sequence[Opened], terms: Terms) -> list[RefillOrder]:
    return [
        RefillOrder(
            account_id=one.account_id,
            amount=one.draft.opening_balance,
            currency_code=one.draft.currency_code or "",
            refilled_by=terms.opener.name,
            at=terms.now,
            method=RefillMethod.OPENING_BALANCE,
        )
        for one in opened
        if one.draft.opening_balance
    ]


async def _devices(connection: Connection, opened: Sequence[Opened]) -> dict[UUID, IssuedDevice]:
    requests = [
        DeviceRequest(
            account_id=one.account_id,
            account_number=one.number,
            realm=one.owner.realm,
            mail_to=one.draft.email,
            username=one.draft.sip_username,
            secret=one.draft.sip_password,
        )
        for one in opened
        if one.draft.wants_sip_device
    ]
    issued = await issue_many(connection, requests) if requests else []
    return {device.account_id: device for device in issued}
