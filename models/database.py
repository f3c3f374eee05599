"""The connections: Tortoise's pool for verbs, two read-only asyncpg pools for compiled reads.

One database a process. Nothing here reads the environment: the address is handed in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import unquote, urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections
from tortoise.migrations.api.migrate import migrate as apply_migrations
from tortoise.transactions import in_transaction

RETRIES = 3  # serialization failures and deadlocks are the database asking for another try
STATEMENT_SECONDS = 10  # of one read; the API gives up at the same time
MIGRATION_LOCK = 7_402_118  # advisory lock of migrators: Tortoise takes none between two of them
_CONNECTION = "default"
_RETRIED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)

Answer = TypeVar("Answer")
_read_pools: ReadPools | None = None


@dataclass(frozen=True, slots=True)
class ReadPools:
    """Connections for reads, by how PostgreSQL plans on them.

    anew: for each set of parameters. A generic plan of `reseller_id = ANY($1)` or of a filter
    reads the whole table (800 ms against 0.3).
    once: the first plan is kept. Planning a customer screen takes longer than reading it.
    """

    anew: asyncpg.Pool[asyncpg.Record]
    once: asyncpg.Pool[asyncpg.Record]


async def connect(dsn: str, *, pool_size: int = 10, read_pool_size: int = 10) -> None:
    """Open all pools; `dsn` is `postgresql://user:password@host:port/name`.

    A process without compiled reads asks for none of their connections, and starts without the
    database. `read_pool_size` is that of each of the two.
    """
    global _read_pools  # noqa: PLW0603 - one database a process
    await Tortoise.init(config=orm_config(dsn, pool_size), _enable_global_fallback=True)
    if read_pool_size:
        _read_pools = ReadPools(
            anew=await _read_pool_of(dsn, read_pool_size, "force_custom_plan"),
            once=await _read_pool_of(dsn, read_pool_size, "force_generic_plan"),
        )


async def _read_pool_of(dsn: str, size: int, plans: str) -> asyncpg.Pool[asyncpg.Record]:
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        server_settings={
            "plan_cache_mode": plans,
            "default_transaction_read_only": "on",
            "timezone": "UTC",
            "jit": "off",
            # What is read often is in memory: a subtree is sorted rather than looked for in the
            # order of everybody (1 ms against 25).
            "random_page_cost": "1.1",
            "statement_timeout": f"{STATEMENT_SECONDS}s",
        },
        reset=_as_it_is,
        # A statement of a wide document is longer than the default of 15 KiB, and as hot as others.
        # The server keeps up to half a megabyte for each, and that on every connection.
        statement_cache_size=100,
        max_cacheable_statement_size=0,
    )


async def disconnect() -> None:
    """Close all pools; does nothing when none is open."""
    global _read_pools  # noqa: PLW0603 - see connect
    if _read_pools is not None:
        await _read_pools.anew.close()
        await _read_pools.once.close()
        _read_pools = None
    await Tortoise.close_connections()


def read_pools() -> ReadPools:
    """The pools of compiled reads, both read only."""
    if _read_pools is None:
        message = "models.database.connect() has not run in this process"
        raise RuntimeError(message)
    return _read_pools


def read_pool() -> asyncpg.Pool[asyncpg.Record]:
    """The pool for any read: planned anew for each set of parameters."""
    return read_pools().anew


def steady_pool() -> asyncpg.Pool[asyncpg.Record]:
    """The pool for reads whose plan does not depend on their parameters: planned once."""
    return read_pools().once


def open_pools() -> dict[str, asyncpg.Pool[asyncpg.Record]]:
    """Every pool of this process by what it is for; the one for writes opens with the first."""
    pools = read_pools()
    writes = cast("Any", get_connections().get(_CONNECTION))._pool  # noqa: SLF001 - no public name
    return {"reads": pools.anew, "steady": pools.once} | ({"writes": writes} if writes else {})


@asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """One transaction on the write pool; inside another one it is a savepoint."""
    connections = get_connections()
    before, context = connections.get(_CONNECTION), in_transaction(_CONNECTION)
    try:
        async with context as tx:
            yield tx
    finally:
        # Tortoise leaves a transaction that could not begin, or whose connection broke when it was
        # given back, in its place: the task would go on with the dead one for ever.
        if connections.get(_CONNECTION) is not before:
            connections.set(_CONNECTION, before)
            await _given_back(before, raw(context.client))


async def _given_back(client: BaseDBAsyncClient, connection: object) -> None:
    """Let the pool have its place again; what is wrong with the connection was told already."""
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        await cast("Any", client)._pool.release(connection)  # noqa: SLF001 - no public name


async def retried(verb: Callable[[], Awaitable[Answer]]) -> Answer:
    """Run a verb that opens its own transaction, again when the database asks for it."""
    for _ in range(RETRIES - 1):
        try:
            return await verb()
        except _RETRIED:
            continue
    return await verb()


def raw(tx: BaseDBAsyncClient) -> asyncpg.Connection[asyncpg.Record]:
    """The asyncpg connection of an open transaction, for set-based SQL and COPY."""
    return cast("asyncpg.Connection[asyncpg.Record]", cast("Any", tx)._connection)  # noqa: SLF001 - the same


async def _as_it_is(_: object) -> None:
    """Give a connection back without the round trip of RESET ALL; an open transaction is ended.

    Reads are single statements, and whatever a verb sets is LOCAL to its transaction; nothing
    here listens, or takes a lock of the session. A single posting is a quarter faster for it.
    """


async def migrate(dsn: str) -> None:
    """Bring the database to the newest migration; two migrators wait for each other."""
    guard = await asyncpg.connect(dsn)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        await apply_migrations(config=orm_config(dsn, pool_size=2))
        await Tortoise.close_connections()
    finally:
        await guard.close()


def orm_config(dsn: str, pool_size: int) -> dict[str, Any]:
    """What Tortoise wants to know; every table stands in `models.tables`."""
    parts = urlsplit(dsn)
    return {
        "connections": {
            _CONNECTION: {
                "engine": "tortoise.backends.asyncpg",
                "credentials": {
                    "host": parts.hostname,
                    "port": parts.port or 5432,
                    "user": unquote(parts.username or ""),
                    "password": unquote(parts.password or ""),
                    "database": parts.path.lstrip("/"),
                    "minsize": 1,
                    "maxsize": pool_size,
                    "reset": _as_it_is,
                    "server_settings": {"timezone": "UTC", "jit": "off"},
                },
            }
        },
        "apps": {
            "models": {
                "models": ["models.tables"],
                "default_connection": _CONNECTION,
                "migrations": "models.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }
