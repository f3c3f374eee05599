"""Who a token or login belongs to: one statement answers with everything a viewer is made of.

Accounts that are off, or stand below a reseller that is off, are nobody here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient

from models.access.audit import Subject
from models.database import raw
from models.rules.enums import Role
from models.rules.permissions import held
from models.rules.viewer import Viewer

API_KEY_PREFIX: Final = "tl_"
SESSION_PREFIX: Final = "ts_"  # so that no session's token ever begins like an API key
LONGEST_TOKEN = 100  # characters; ours have 46, and hashing more is work a stranger could order

_FACTS = """
p.id, p.role, p.permissions, p.account_id, p.staff_id, p.name, p.email, p.time_zone, p.number,
p.reseller_id, p.password_hash, p.is_on, reseller_subtree(p.path) AS reseller_ids
"""
_BY_SESSION = f"""
WITH found AS MATERIALIZED (
    SELECT s.id AS session_id, NULL::text[] AS granted, {_FACTS}
      FROM sessions s JOIN principals p ON p.id = coalesce(s.account_id, s.staff_id)
     WHERE s.token_hash = $1 AND s.expires_at > now() AND p.is_on
), slid AS (
    UPDATE sessions SET last_used_at = now(),
                        expires_at = least(ends_at, now() + interval '12 hours')
     WHERE id = (SELECT session_id FROM found) AND last_used_at < now() - interval '1 minute'
)
SELECT * FROM found
"""  # noqa: S608 - our own text
_BY_API_KEY = f"""
WITH found AS MATERIALIZED (
    SELECT k.id AS key_id, NULL::uuid AS session_id, k.permissions AS granted, {_FACTS}
      FROM api_keys k JOIN principals p ON p.id = coalesce(k.account_id, k.staff_id)
     WHERE k.key_hash = $1 AND k.revoked_at IS NULL
       AND (k.expires_at IS NULL OR k.expires_at > now()) AND p.is_on
), slid AS (
    UPDATE api_keys SET last_used_at = now()
     WHERE id = (SELECT key_id FROM found)
       AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
)
SELECT * FROM found
"""  # noqa: S608 - our own text
# A number holds no "@" and an address always does, so at most one branch finds something.
_BY_LOGIN = f"""
SELECT {_FACTS},
       EXISTS (SELECT FROM sessions s WHERE s.address = $2
                  AND (s.account_id = p.id OR s.staff_id = p.id)) AS known_here
  FROM principals p
 WHERE p.id = (
       SELECT coalesce(l.account_id, l.staff_id) FROM logins l WHERE l.email_folded = fold($1)
       UNION ALL
       SELECT a.id FROM accounts a WHERE fold(a.number) = fold($1) AND a.status <> 'DELETED')
"""  # noqa: S608 - our own text
# Whoever deletes an account waits for everybody who holds its key.
_HOLD = "SELECT FROM accounts WHERE id = $1 FOR KEY SHARE"
_IS_ON = "SELECT is_on FROM principals WHERE id = $1"
_BY_ID = f"SELECT {_FACTS} FROM principals p WHERE p.id = $1"  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or account that may sign in; `number` is None for staff.

    reseller_id: the direct owner of an account. known_here: whether it has signed in from the
    asker's address before.
    """

    id: UUID
    role: Role
    chosen: tuple[str, ...] | None
    account_id: UUID | None
    name: str
    email: str | None
    time_zone: str
    number: str | None
    reseller_id: UUID | None
    password_hash: str | None = field(repr=False)
    is_on: bool
    reseller_ids: tuple[UUID, ...]
    known_here: bool = False

    @property
    def subject(self) -> Subject:
        """What audit events about this principal are about."""
        if self.number is None:
            return Subject("StaffMember", self.id, self.name)
        kind = "Reseller" if self.role is Role.RESELLER else "Customer"
        return Subject(kind, self.id, self.number, self.account_id)

    @property
    def columns(self) -> dict[str, Any]:
        """How tables of access point to this principal."""
        return {"staff_id" if self.account_id is None else "account_id": self.id}

    def viewer(
        self, *, session_id: UUID | None = None, granted: Sequence[str] | None = None
    ) -> Viewer:
        """The eyes of this principal; `granted` is what an API key leaves of its permissions."""
        permissions = held(self.role, self.chosen)
        return Viewer(
            role=self.role,
            principal_id=self.id,
            account_id=self.account_id,
            permissions=permissions if granted is None else permissions & frozenset(granted),
            reseller_ids=self.reseller_ids,
            time_zone=self.time_zone,
            name=self.name,
            session_id=session_id,
        )


async def viewer_of_token(token: str) -> Viewer | None:
    """Whose session token or API key this is, None when nobody's; notes the use once a minute."""
    if len(token) > LONGEST_TOKEN:
        return None
    statement = _BY_API_KEY if token.startswith(API_KEY_PREFIX) else _BY_SESSION
    for row in await _rows(statement, token_hash(token)):
        return _principal(row).viewer(session_id=row["session_id"], granted=row["granted"])
    return None


async def principal_by_login(login: str, address: str) -> Principal | None:
    """Whose account number or e-mail address this is, whether it is on or not."""
    if "\0" in login:  # the database takes no such text, and nobody has such a login
        return None
    for row in await _rows(_BY_LOGIN, login.strip(), address):
        return _principal(row)
    return None


async def principal_by_id(principal_id: UUID) -> Principal:
    """The principal behind a viewer."""
    (row,) = await _rows(_BY_ID, principal_id)
    return _principal(row)


async def is_held(tx: BaseDBAsyncClient, principal_id: UUID) -> bool:
    """Keep a principal from being deleted until `tx` ends; whether it is on, looked at after that.

    For whoever gives it something to sign in with: what is given later would outlive it.
    """
    connection = raw(tx)
    await connection.execute(_HOLD, principal_id)
    return bool(await connection.fetchval(_IS_ON, principal_id))


def columns_of(viewer: Viewer) -> dict[str, Any]:
    """How tables of access point to the principal of a viewer."""
    return {"staff_id" if viewer.is_staff else "account_id": viewer.principal_id}


def token_hash(token: str) -> str:
    """What is stored of a token of 256 random bits; it needs no salt (SHA-256, hex)."""
    return hashlib.sha256(token.encode()).hexdigest()


async def _rows(statement: str, *values: object) -> list[dict[str, Any]]:
    connection = Tortoise.get_connection("default")
    return await connection.execute_query_dict(statement, list(values))


def _principal(row: Mapping[str, Any]) -> Principal:
    chosen = row["permissions"]
    return Principal(
        id=row["id"],
        role=Role(row["role"]),
        chosen=None if chosen is None else tuple(chosen),
        account_id=row["account_id"],
        name=row["name"],
        email=row["email"],
        time_zone=row["time_zone"],
        number=row["number"],
        reseller_id=row["reseller_id"],
        password_hash=row["password_hash"],
        is_on=row["is_on"],
        reseller_ids=tuple(row["reseller_ids"]),
        known_here=row.get("known_here", False),
    )
