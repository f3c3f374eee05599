"""Opening customers and providers: from drafts to accounts that can sign in, be billed and call.

One person's form and a thousand lines of a file take the same way; only what is generated and
announced differs (`Terms`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from models.panel.sip_device import SipDevice
from models.panel.sip_issue import DeviceRequest, IssuedDevice
from models.rules.draft import CustomerDraft, OwnerDefaults
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

    password, pin: generated ones only. device: when one was asked for.
    """

    account_id: UUID
    number: str
    owner: Owner
    password: str | None = None
    pin: str | None = None
    device: IssuedDevice | None = None


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
    made = iter(await _opened(tx, accepted, facts, terms))
    return [judged.problems or next(made) for judged in verdicts]


async def _opened(
    tx: BaseDBAsyncClient, accepted: Sequence[Judged], facts: Facts, terms: Terms
) -> list[Opened]:
    if not accepted:
        return []
    connection = raw(tx)
    drafts = [judged.draft for judged in accepted]
    numbers = await numbers_for(connection, drafts, facts.number_length)
    pins = await pins_for(connection, drafts, facts.pin_minimum_length)
    accounts = [
        await _new_account(judged.owner, replace(judged.draft, number=number, pin=pin), terms)
        for judged, number, pin in zip(accepted, numbers, pins, strict=True)
    ]
    await insert_accounts(connection, [account for account, _ in accounts], terms.now)
    await Wallet.open_many(
        tx, [NewWallet(a.id, a.draft.currency_code or a.owner.currency_code) for a, _ in accounts]
    )
    devices = await _devices(connection, [account for account, _ in accounts])
    return [
        _told(account, judged, password, devices.get(account.id))
        for (account, password), judged in zip(accounts, accepted, strict=True)
    ]


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
    problems = (*draft.problems(policy), *facts.problems(draft, owner))
    if not problems:
        facts.claim(draft, owner)
    return Judged(draft, owner, problems)


async def _new_account(
    owner: Owner | None, draft: CustomerDraft, terms: Terms
) -> tuple[NewAccount, str | None]:
    """The account to write, and the password that was made for it, if one was."""
    if owner is None:
        raise ValueError("an account without an owner was judged acceptable")
    defaults = OwnerDefaults(owner.time_zone, owner.currency_code, owner.country_code)
    made = None if draft.password or terms.in_bulk else random_password()
    password = draft.password or made
    account = NewAccount(
        id=new_id(),
        draft=draft.settled(defaults, terms.now),
        owner=owner,
        kind=draft.kind,
        password_hash=await passwords.hashed(password) if password else None,
        pin=draft.pin,
    )
    return account, made


async def _devices(
    connection: Connection, accounts: Sequence[NewAccount]
) -> dict[UUID, IssuedDevice]:
    requests = [
        DeviceRequest(
            account_id=account.id,
            account_number=draft.number or "",
            realm=account.owner.realm,
            mail_to=draft.email,
            username=draft.sip_username,
            secret=draft.sip_password,
        )
        for account in accounts
        if isinstance(draft := account.draft, CustomerDraft) and draft.wants_sip_device
    ]
    issued = await SipDevice.issue_many(connection, requests) if requests else []
    return {device.account_id: device for device in issued}


def _told(
    account: NewAccount, judged: Judged, password: str | None, device: IssuedDevice | None
) -> Opened:
    draft = account.draft
    return Opened(
        account_id=account.id,
        number=draft.number or "",
        owner=account.owner,
        password=password,
        pin=account.pin if judged.draft.generate_pin else None,
        device=device,
    )
