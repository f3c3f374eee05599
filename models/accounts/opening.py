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
from models.accounts.opening_rows import NewAccount, insert_accounts, once_each
from models.accounts.owner import Owner
from models.database import raw
from models.ids import new_ids
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
    pins_to_come: how many may be drawn before all is opened, those of these accounts included.
    """

    opener: Viewer
    now: datetime
    in_bulk: bool = False
    pins_to_come: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One account that exists now. Its secrets are known here and never again.

    draft: settled; accounts alike share one. password, pin: generated ones only. device: if asked
    for.
    """

    account_id: UUID
    number: str
    draft: CustomerDraft = field(repr=False)
    owner: Owner
    password: str | None = field(default=None, repr=False)
    pin: str | None = field(default=None, repr=False)
    device: IssuedDevice | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Judged:
    """A draft with its owner and everything against it; no problems means it may be opened.

    number: dealt for this account alone, where accounts alike share one draft.
    cedes_number: somebody else asks for the number as the name of a device.
    """

    draft: CustomerDraft
    owner: Owner | None
    problems: tuple[Problem, ...]
    number: str | None = None
    cedes_number: bool = False


async def judge(
    connection: Connection, drafts: Sequence[CustomerDraft], terms: Terms
) -> tuple[list[Judged], Facts]:
    """Judge drafts in their order; the second of two that claim the same value is refused."""
    placed = [_placed(draft, terms.opener) for draft in drafts]
    owners = {owner_id_of(draft) for draft in placed}
    if not terms.opener.is_staff:  # others are not held: waiting for one would tell that it is
        owners &= set(terms.opener.reseller_ids)
    facts = await facts_of(connection, placed, owners)
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
    given = [judged.number or judged.draft.number for judged in accepted]
    numbers = await numbers_for(connection, given, facts.number_length)
    drafts = [judged.draft for judged in accepted]
    pins = await pins_for(connection, drafts, facts.pin_minimum_length, terms.pins_to_come)
    passwords_made = [_password(draft, terms) for draft in drafts]
    hashes = await _hashes(drafts, passwords_made)
    accounts = _new_accounts(accepted, (numbers, pins, hashes), terms)
    await insert_accounts(connection, accounts, terms.now)
    await Wallet.open_many(tx, [NewWallet(a.id, a.draft.currency_code or "") for a in accounts])
    await Refill.receive_many(tx, _opening_balances(accounts, terms), at=("openingBalance",))
    devices = await _devices(connection, accounts, [judged.cedes_number for judged in accepted])
    return [
        Opened(
            account_id=account.id,
            number=account.number,
            draft=account.draft,
            owner=account.owner,
            password=password,
            pin=account.pin if account.draft.generate_pin else None,
            device=devices.get(account.id),
        )
        for account, password in zip(accounts, passwords_made, strict=True)
    ]


def _placed(draft: CustomerDraft, opener: Viewer) -> CustomerDraft:
    if draft.reseller_id is None and opener.owner_id is not None:
        return replace(draft, reseller_id=opener.owner_id)
    return draft


def _judged(draft: CustomerDraft, facts: Facts, terms: Terms) -> Judged:
    owner_id = owner_id_of(draft)
    owner = facts.owners.get(owner_id)
    if owner is None:
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


def _new_accounts(
    accepted: Sequence[Judged],
    made: tuple[Sequence[str], Sequence[str | None], Sequence[str | None]],
    terms: Terms,
) -> list[NewAccount[CustomerDraft]]:
    """What is to be written; `made` are the numbers, PINs and password hashes."""

    def settle(judged: Judged) -> CustomerDraft:
        return judged.draft.settled(_defaults(judged), terms.now)

    settled = once_each(settle, of=lambda judged: judged.draft)
    return [
        NewAccount(
            id=account_id,
            draft=settled(judged),
            owner=_owner(judged),
            kind=judged.draft.kind,
            number=number,
            pin=pin,
            password_hash=password_hash,
        )
        for account_id, judged, number, pin, password_hash in zip(
            new_ids(len(accepted)), accepted, *made, strict=True
        )
    ]


def _owner(judged: Judged) -> Owner:
    if judged.owner is None:
        raise ValueError("an account without an owner was judged acceptable")
    return judged.owner


def _defaults(judged: Judged) -> OwnerDefaults:
    owner = _owner(judged)
    return OwnerDefaults(owner.time_zone, owner.currency_code, owner.country_code)


def _password(draft: CustomerDraft, terms: Terms) -> str | None:
    return None if draft.password or terms.in_bulk else random_password()


async def _hashes(
    drafts: Sequence[CustomerDraft], made: Sequence[str | None]
) -> Sequence[str | None]:
    """The hash of each draft's password, its own or the one made for it; None where it has none."""
    plain = [draft.password or password for draft, password in zip(drafts, made, strict=True)]
    hashes = iter(await asyncio.gather(*(passwords.hashed(word) for word in plain if word)))
    return [next(hashes) if word else None for word in plain]


def _opening_balances(
    accounts: Sequence[NewAccount[CustomerDraft]], terms: Terms
) -> list[RefillOrder]:
    return [
        RefillOrder(
            account_id=account.id,
            amount=account.draft.opening_balance,
            currency_code=account.draft.currency_code or "",
            refilled_by=terms.opener.name,
            at=terms.now,
            method=RefillMethod.OPENING_BALANCE,
        )
        for account in accounts
        if account.draft.opening_balance
    ]


async def _devices(
    connection: Connection,
    accounts: Sequence[NewAccount[CustomerDraft]],
    cedes_number: Sequence[bool],
) -> dict[UUID, IssuedDevice]:
    requests = [
        DeviceRequest(
            account_id=account.id,
            account_number=account.number,
            realm=account.owner.realm,
            mail_to=account.draft.email,
            username=account.draft.sip_username,
            secret=account.draft.sip_password,
            cedes_number=cedes,
        )
        for account, cedes in zip(accounts, cedes_number, strict=True)
        if account.draft.wants_sip_device
    ]
    issued = await issue_many(connection, requests) if requests else []
    return {device.account_id: device for device in issued}
