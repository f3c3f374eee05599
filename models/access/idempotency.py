"""Repeated mutations: the first result, kept 24 hours in the transaction of its effect.

Refused inputs leave no row, so the key is free again. Secrets are never in a result.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import seal
from models.database import raw, retried, transaction
from models.ids import new_id
from models.rules.errors import DomainError, ErrorCode, Unavailable
from models.rules.viewer import Viewer

KEY_LENGTH = 200
LOCK_TIMEOUT = "2s"  # how long another process may hold the same key before the caller is told
RETRY_AFTER_SECONDS = 2

# A key older than a day is as good as unused: the insert takes its row over.
_CLAIM = """
INSERT INTO idempotency_keys AS k (id, principal_id, mutation, key, input_hmac, result, created_at)
VALUES ($1, $2, $3, $4, $5, '{}', now())
ON CONFLICT (principal_id, mutation, key) DO UPDATE
   SET id = excluded.id, input_hmac = excluded.input_hmac, result = '{}', created_at = now()
 WHERE k.created_at < now() - interval '24 hours'
RETURNING id
"""
_FIRST = """
SELECT input_hmac, result FROM idempotency_keys
 WHERE principal_id = $1 AND mutation = $2 AND key = $3
"""
_KEEP = "UPDATE idempotency_keys SET result = $2 WHERE id = $1"

_Name = tuple[UUID, str, str]
_waiting: dict[_Name, tuple[asyncio.Lock, int]] = {}


class IdempotencyKey(Model):
    """One key a principal used for one mutation."""

    id = fields.UUIDField(primary_key=True)
    principal_id = fields.UUIDField()
    mutation = fields.CharField(max_length=64)
    key = fields.CharField(max_length=KEY_LENGTH)
    input_hmac = fields.CharField(max_length=64)  # keyed: the input may hold a password
    result = fields.JSONField[dict[str, Any]]()  # ids of what was made
    created_at = fields.DatetimeField(auto_now_add=True, db_index=True)

    class Meta:
        table = "idempotency_keys"
        unique_together = (("principal_id", "mutation", "key"),)


async def once(
    viewer: Viewer,
    mutation: str,
    key: str,
    canonical_input: bytes,
    verb: Callable[[], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """Run the verb, or answer what it answered when this principal used this key before.

    The verb's own transactions become part of the one that keeps the key. Raises DomainError
    IDEMPOTENCY_KEY_REUSED when the first input differed, Unavailable when another process is
    still at it after two seconds, and whatever the verb raises (the key is then free).
    """
    if not 1 <= len(key) <= KEY_LENGTH or "\x00" in key:
        sentence = f"An idempotency key has 1 to {KEY_LENGTH} characters."
        raise DomainError(ErrorCode.INVALID, ("idempotencyKey",), sentence)
    name = (viewer.principal_id, mutation, key)
    digest = seal.keyed_hash("idempotency", canonical_input)
    async with _alone(name):
        return await retried(lambda: _first_or_kept(name, digest, verb))


async def _first_or_kept(
    name: _Name, digest: str, verb: Callable[[], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    async with transaction() as tx:
        claimed = await _claim(tx, name, digest)
        if claimed is None:
            return await _kept(tx, name, digest)
        result = await verb()
        await raw(tx).execute(_KEEP, claimed, orjson.dumps(result).decode())
        return result


async def _claim(tx: BaseDBAsyncClient, name: _Name, digest: str) -> UUID | None:
    connection = raw(tx)
    await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    try:
        claimed: UUID | None = await connection.fetchval(_CLAIM, new_id(), *name, digest)
    except asyncpg.LockNotAvailableError as busy:
        sentence = "The same call is still being carried out; ask again in a moment."
        raise Unavailable(sentence, RETRY_AFTER_SECONDS) from busy
    await connection.execute("SET LOCAL lock_timeout = 0")
    return claimed


async def _kept(tx: BaseDBAsyncClient, name: _Name, digest: str) -> dict[str, Any]:
    row = await raw(tx).fetchrow(_FIRST, *name)
    if row is None or not hmac.compare_digest(row["input_hmac"], digest):
        sentence = "This idempotency key was used with another input."
        raise DomainError(ErrorCode.IDEMPOTENCY_KEY_REUSED, ("idempotencyKey",), sentence)
    result: dict[str, Any] = orjson.loads(row["result"])
    return result


@asynccontextmanager
async def _alone(name: _Name) -> AsyncIterator[None]:
    """Duplicates within this process wait here, where they hold no connection of the pool."""
    lock, holders = _waiting.get(name, (asyncio.Lock(), 0))
    _waiting[name] = (lock, holders + 1)
    try:
        async with lock:
            yield
    finally:
        lock, holders = _waiting[name]
        if holders == 1:
            del _waiting[name]
        else:
            _waiting[name] = (lock, holders - 1)
