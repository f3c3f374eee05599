"""Sign-in sessions: opaque 256-bit tokens, stored hashed.

Sliding 12 hours, at most 30 days; ended by sign-out, password change and deletion.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.access.principal import (
    SESSION_PREFIX,
    Principal,
    columns_of,
    is_held,
    principal_by_login,
    token_hash,
)
from models.access.sign_in_try import SignInTry, subject_of
from models.accounts import passwords
from models.database import raw, transaction
from models.ids import new_id
from models.rules.errors import DomainError, ErrorCode
from models.rules.networks import source_of
from models.rules.viewer import Viewer

IDLE: Final = timedelta(hours=12)  # without use; `principal` slides it
LONGEST: Final = timedelta(days=30)
AT_ONCE = 100  # live sessions of one principal; the longest unused gives way
TOKEN_BYTES = 32
_ADDRESS_LENGTH = 64
_USER_AGENT_LENGTH = 255

# Ended sessions stay a month: they tell from which addresses their owner has signed in before.
_FORGET = """
DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions WHERE expires_at < now() - interval '30 days'
     LIMIT 100 FOR UPDATE SKIP LOCKED)
"""
_FORGET_LINKS = """
DELETE FROM password_resets WHERE id IN (
    SELECT id FROM password_resets WHERE expires_at < now() - interval '30 days'
     LIMIT 100 FOR UPDATE SKIP LOCKED)
"""
_GIVE_WAY = f"""
UPDATE sessions SET expires_at = now() WHERE id IN (
    SELECT id FROM sessions WHERE (account_id = $1 OR staff_id = $1) AND expires_at > now()
     ORDER BY last_used_at DESC, id DESC OFFSET {AT_ONCE})
"""  # noqa: S608 - our own text


class Session(Model):
    """One signed-in browser or program; an ended one has `expires_at` in the past."""

    id = fields.UUIDField(primary_key=True)
    token_hash = fields.CharField(max_length=64, unique=True)  # SHA-256 of the token, hex
    account = columns.belongs_to("Account", "sessions", null=True)
    account_id: UUID | None
    staff = columns.belongs_to("Staff", "sessions", null=True)
    staff_id: UUID | None
    created_at = fields.DatetimeField(auto_now_add=True)
    last_used_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField()  # slides with use
    ends_at: datetime = fields.DatetimeField()  # absolute
    address = fields.CharField(max_length=_ADDRESS_LENGTH, null=True)
    user_agent = fields.CharField(max_length=_USER_AGENT_LENGTH, null=True)

    class Meta:
        table = "sessions"

    @classmethod
    async def open(cls, login: str, password: str, address: str, user_agent: str) -> OpenedSession:
        """Sign in by account number or e-mail address; staff by e-mail address.

        Raises INVALID, the same after the same work whether the login is unknown, the password
        wrong or the account off; Throttled after ten failed tries in fifteen minutes.
        """
        found = await principal_by_login(login, address)
        tries = await SignInTry.admit(_counted(login, address, found))
        matches = await passwords.matches(found.password_hash if found else None, password)
        if found is None or not matches or not found.is_on:
            raise _no_such_login()
        await SignInTry.forgive(tries)
        return await cls._begin(found, address, user_agent)

    @classmethod
    async def end(cls, viewer: Viewer, *, everywhere: bool = False) -> int:
        """Sign out of this session, or of all; tells how many ended.

        Raises FORBIDDEN for an API key that would end the sessions of its owner.
        """
        if everywhere and viewer.session_id is None:
            sentence = "An API key can not end sessions: sign in with a password."
            raise DomainError(ErrorCode.FORBIDDEN, ("all",), sentence)
        live = cls.filter(expires_at__gt=datetime.now(UTC), **columns_of(viewer))
        chosen = live if everywhere else live.filter(id=viewer.session_id)
        return await chosen.update(expires_at=datetime.now(UTC))

    @classmethod
    async def end_others(cls, principal: Principal, kept: UUID | None = None) -> None:
        """End every session of a principal but one."""
        live = cls.filter(expires_at__gt=datetime.now(UTC), **principal.columns)
        await live.exclude(id=kept).update(expires_at=datetime.now(UTC))

    @classmethod
    async def _begin(cls, principal: Principal, address: str, user_agent: str) -> OpenedSession:
        token = SESSION_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        now = datetime.now(UTC)
        async with transaction() as tx:
            if not await is_held(tx, principal.id):  # it was deleted while the password was tried
                raise _no_such_login()
            session = await cls.create(
                id=new_id(),
                token_hash=token_hash(token),
                last_used_at=now,
                expires_at=now + IDLE,
                ends_at=now + LONGEST,
                address=address[:_ADDRESS_LENGTH],
                user_agent=user_agent[:_USER_AGENT_LENGTH],
                **principal.columns,
            )
            await raw(tx).execute(_GIVE_WAY, principal.id)
            await raw(tx).execute(_FORGET)
            await raw(tx).execute(_FORGET_LINKS)
        return OpenedSession(token, session.expires_at, principal.viewer(session_id=session.id))


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session just opened; its token is shown this once. `expires_at` is 12 hours from now."""

    token: str = field(repr=False)
    expires_at: datetime
    viewer: Viewer


def _no_such_login() -> DomainError:
    sentence = "There is no such login, or the password is not right."
    return DomainError(ErrorCode.INVALID, (), sentence)


def _counted(login: str, address: str, found: Principal | None) -> tuple[str, str]:
    folded, network = login.strip().casefold(), source_of(address) or address
    if found is not None and found.known_here:
        return subject_of("known", folded, network), subject_of("address", network)
    return subject_of("login", folded), subject_of("address", network)
