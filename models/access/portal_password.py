"""Passwords of the portal, changed by their owner: with the old one, or by a mailed link.

What makes one acceptable stands in `models.rules.password`; a link is made while its mail is sent.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from models.access import audit
from models.access.principal import (
    Principal,
    is_held,
    principal_by_id,
    principal_by_login,
    token_hash,
)
from models.access.session import Session
from models.access.sign_in_try import SignInTry, subject_of
from models.access.staff import Staff
from models.accounts import passwords
from models.accounts.credentials import PasswordReset, PortalCredential
from models.database import transaction
from models.ids import new_id
from models.mail.email import Email, MailDraft
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.networks import source_of
from models.rules.password import password_violation
from models.rules.viewer import Viewer

LONGEST_TOKEN = 100  # characters; ours have 43


async def change_password(viewer: Viewer, current: str, new: str) -> None:
    """Set a new password by the present one; every other session ends.

    Raises INVALID for a wrong present one (Throttled after ten), PASSWORD_TOO_WEAK.
    """
    principal = await principal_by_id(viewer.principal_id)
    tries = await SignInTry.admit([subject_of("current", str(principal.id))])
    if not await passwords.matches(principal.password_hash, current):
        raise DomainError(ErrorCode.INVALID, ("current",), "This is not the present password.")
    await SignInTry.forgive(tries)
    password_hash = await _acceptable(principal, new)
    async with transaction() as tx:
        await _replace(tx, principal, password_hash, kept=viewer.session_id)
        await _note(viewer, "passwordChange", principal)


async def request_reset(login: str, address: str) -> None:
    """Mail a link to set a password to whoever this is; nothing tells whether it is anybody.

    Accounts that are off or have no address get none. Raises Throttled after ten requests for one
    login or from one address.
    """
    asked, place = login.strip().casefold(), source_of(address) or address
    await SignInTry.admit([subject_of("reset", asked), subject_of("resetip", place)])
    found = await principal_by_login(login, address)
    if found is not None and found.is_on and found.email:
        await Email.queue([_mail(found, "set_password")])


async def reset_password(token: str, new: str) -> None:
    """Set a new password by a mailed link; every session ends and no other link works any more.

    Raises INVALID for a link that is unknown, used or older than it may be, PASSWORD_TOO_WEAK.
    """
    principal = await _owner_of_link(token)
    password_hash = await _acceptable(principal, new)
    async with transaction() as tx:
        if not await _open_links(token).update(used_at=datetime.now(UTC)):
            raise _no_such_link()
        await _replace(tx, principal, password_hash)
        await _note(principal.viewer(), "passwordReset", principal)


def _open_links(token: str) -> QuerySet[PasswordReset]:
    now = datetime.now(UTC)
    found = token_hash(token[:LONGEST_TOKEN])
    return PasswordReset.filter(token_hash=found, used_at=None, expires_at__gt=now)


async def _owner_of_link(token: str) -> Principal:
    link = await _open_links(token).first()
    owner_id = None if link is None else link.account_id or link.staff_id
    if owner_id is None:
        raise _no_such_link()
    principal = await principal_by_id(owner_id)
    if not principal.is_on:
        raise _no_such_link()
    return principal


def _no_such_link() -> DomainError:
    sentence = "This link is not valid any more; ask for a new one."
    return DomainError(ErrorCode.INVALID, ("token",), sentence)


async def _acceptable(principal: Principal, new: str) -> str:
    violation = password_violation(new, (principal.number, principal.email))
    if violation is not None:
        raise Refused((violation.at("new"),))
    return await passwords.hashed(new)


async def _replace(
    tx: BaseDBAsyncClient, principal: Principal, password_hash: str, kept: UUID | None = None
) -> None:
    """Store the hash; sessions but `kept` and links that are still open end."""
    if not await is_held(tx, principal.id):
        sentence = "This account is switched off or deleted."
        raise DomainError(ErrorCode.WRONG_STATE, (), sentence)
    now = datetime.now(UTC)
    if principal.account_id is None:
        await Staff.filter(id=principal.id).update(password_hash=password_hash)
    else:
        await PortalCredential.update_or_create(
            {"password_hash": password_hash, "changed_at": now}, account_id=principal.account_id
        )
    await Session.end_others(principal, kept)
    await PasswordReset.filter(used_at=None, **principal.columns).update(used_at=now)


async def _note(viewer: Viewer, action: str, principal: Principal) -> None:
    changed = audit.FieldChange("password", None, audit.CHANGED)
    await audit.record(viewer, action, principal.subject, [changed])
    await Email.queue([_mail(principal, "password_changed")])


def _mail(principal: Principal, template: str) -> MailDraft:
    return MailDraft(
        template=template,
        event=f"{template}/{new_id()}",
        to=principal.email,
        account_id=principal.account_id,
        issuer_id=principal.reseller_id,
    )
