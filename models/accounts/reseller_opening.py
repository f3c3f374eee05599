"""Opening a reseller: an account with a place in the tree, a realm and permissions of its own.

Everything that resellers share with customers is judged and written by the same code as theirs.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.access import audit
from models.accounts import passwords
from models.accounts.opening_draws import numbers_for
from models.accounts.opening_facts import NOT_FOUND, TAKEN, Connection, Facts, facts_of
from models.accounts.opening_rows import NewAccount, insert_accounts
from models.accounts.owner import Owner
from models.constraints import understood
from models.database import raw, retried, transaction
from models.ids import new_id
from models.mail.email import Email, MailDraft
from models.money.issuer_profile import IssuerProfile
from models.money.ledger_account import Wallet
from models.money.movement_mails import mail_openings
from models.money.refill import Refill, RefillOrder
from models.rules.draft import OwnerDefaults, ResellerDraft
from models.rules.enums import AccountKind, RefillMethod, Role
from models.rules.errors import ErrorCode, Problem, Refused
from models.rules.field_rules import FIELD_RULES, Policy
from models.rules.password import random_password
from models.rules.permissions import DEFAULTS, grant_problems
from models.rules.viewer import Viewer
from models.rules.violation import Violation

DEEPEST = 8  # levels of resellers below the administration
_LABEL_LONGEST = 20
_NOT_OF_A_HOST = re.compile(r"[^a-z0-9]+")

TOO_DEEP = Violation(ErrorCode.LIMIT_EXCEEDED, f"would be more than {DEEPEST} levels deep")

# Whoever is being deleted takes nobody in: the deletion locks the row that is shared here.
_HOLD_PARENT = "SELECT FROM accounts WHERE id = $1 FOR SHARE"
_REALMS = """
SELECT realm FROM settings WHERE realm = ANY ($1)
UNION ALL
SELECT realm FROM accounts WHERE fold(realm) = ANY ($1)
"""
_HOUSE_REALM = "SELECT realm FROM settings"


@dataclass(frozen=True, slots=True)
class OpenedReseller:
    """A reseller that exists now; `password` is None when the caller chose it."""

    account_id: UUID
    number: str
    password: str | None = field(repr=False)


async def open_reseller(viewer: Viewer, draft: ResellerDraft) -> OpenedReseller:
    """Open a reseller with wallet, login, opening balance and welcome mail, or nothing at all.

    Raises Refused with every rule that the draft breaks, TAKEN when another caller was first.
    """
    placed = draft if draft.parent_id else replace(draft, parent_id=viewer.owner_id)
    with understood():
        return await retried(lambda: _open(viewer, placed))


async def _open(viewer: Viewer, draft: ResellerDraft) -> OpenedReseller:
    async with transaction() as tx:
        owner, facts = await _accepted(raw(tx), viewer, draft)
        (number,) = await numbers_for(raw(tx), [draft.number], facts.number_length)
        made = None if draft.password else random_password()
        account = await _account(raw(tx), owner, replace(draft, number=number), viewer)
        hashed = await passwords.hashed(draft.password or made or "")
        now = datetime.now(UTC)
        await insert_accounts(raw(tx), [replace(account, password_hash=hashed)], now)
        await _provide(tx, account, viewer, now)
        await Email.queue([_welcome(account)])
        await mail_openings(tx, [account.id])
        await audit.record(viewer, "resellerCreate", _subject(account), _told(account.draft))
    return OpenedReseller(account.id, number, made)


async def _accepted(
    connection: Connection, viewer: Viewer, draft: ResellerDraft
) -> tuple[Owner, Facts]:
    is_seen = viewer.is_staff or draft.parent_id in viewer.reseller_ids
    if is_seen:  # others are not held: whoever had to wait for one would know that it is
        await connection.execute(_HOLD_PARENT, draft.parent_id)
    facts = await facts_of(connection, [draft], {draft.parent_id} if is_seen else set())
    owner = facts.owners.get(draft.parent_id)
    if owner is None:
        policy = Policy(draft.currency_code or "USD")
        raise Refused((NOT_FOUND.at("parentId"), *draft.problems(policy)))
    problems = [*draft.problems(facts.policy(owner, email_required=True))]
    said = {problem.field for problem in problems}
    problems += [p for p in facts.problems(draft, owner) if p.field not in said]
    problems += _place_problems(owner, viewer, draft)
    if draft.realm and await _is_taken(connection, draft.realm):
        problems.append(TAKEN.at("realm"))
    if problems:
        raise Refused(tuple(problems))
    return owner, facts


def _place_problems(owner: Owner, viewer: Viewer, draft: ResellerDraft) -> Iterator[Problem]:
    if owner.path.strip("/") and owner.path.strip("/").count("/") + 2 > DEEPEST:
        yield TOO_DEEP.at("parentId")
    yield from grant_problems(viewer, Role.RESELLER, draft.permissions or ())


async def _account(
    connection: Connection, owner: Owner, draft: ResellerDraft, viewer: Viewer
) -> NewAccount[ResellerDraft]:
    defaults = OwnerDefaults(owner.time_zone, owner.currency_code, owner.country_code)
    settled = draft.settled(defaults, datetime.now(UTC))
    account_id = new_id()
    return NewAccount(
        id=account_id,
        draft=settled,
        owner=owner,
        kind=AccountKind.RESELLER,
        number=settled.number or "",
        path=f"{owner.path}{account_id}/",
        realm=settled.realm or await _free_realm(connection, settled.number or ""),
        permissions=_granted(settled, viewer),
    )


def _granted(draft: ResellerDraft, viewer: Viewer) -> tuple[str, ...] | None:
    """The chosen words; when none were, what the role starts with as far as the viewer has it."""
    if draft.permissions is not None:
        return tuple(sorted(set(draft.permissions)))
    start = DEFAULTS[Role.RESELLER]
    return None if start <= viewer.permissions else tuple(sorted(start & viewer.permissions))


async def _free_realm(connection: Connection, number: str) -> str:
    """A host name below the house's own: the number as far as it can be one."""
    house = await connection.fetchval(_HOUSE_REALM)
    label = _NOT_OF_A_HOST.sub("-", number.lower()).strip("-")[:_LABEL_LONGEST] or "reseller"
    realm = f"{label}.{house}"
    while await _is_taken(connection, realm):
        realm = f"{label}-{secrets.token_hex(4)}.{house}"
    return realm


async def _is_taken(connection: Connection, realm: str) -> bool:
    return bool(await connection.fetch(_REALMS, [realm.lower()]))


async def _provide(
    tx: BaseDBAsyncClient, account: NewAccount[ResellerDraft], viewer: Viewer, now: datetime
) -> None:
    currency = account.draft.currency_code or account.owner.currency_code
    await Wallet.open(tx, account.id, currency)
    await IssuerProfile.draw_up(tx, account.id)
    if account.draft.opening_balance:
        order = RefillOrder(
            account_id=account.id,
            amount=account.draft.opening_balance,
            currency_code=currency,
            refilled_by=viewer.name,
            at=now,
            method=RefillMethod.OPENING_BALANCE,
        )
        await Refill.receive(tx, order, at=("openingBalance",))


def _welcome(account: NewAccount[ResellerDraft]) -> MailDraft:
    return MailDraft(
        template="welcome",
        event=f"welcome/{account.id}",
        to=account.draft.email,
        account_id=account.id,
        issuer_id=account.owner.id,
        facts={"device": None},
    )


def _subject(account: NewAccount[ResellerDraft]) -> audit.Subject:
    return audit.Subject("Reseller", account.id, account.number, account.id)


def _told(draft: object) -> Iterator[audit.FieldChange]:
    for name, rule in FIELD_RULES.items():
        value = getattr(draft, name, None)
        if value is not None and name != "password":
            yield audit.FieldChange(".".join(rule.path), None, value)
