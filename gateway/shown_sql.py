"""Shows each statement of a read with its plan, for whoever tunes or doubts one.

It asks the database twice for everything, so it is a setting for people, not for production.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from gateway.graphql.pipeline import Pool
from models.access.audit import current_request

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

_LOG = logging.getLogger(__name__)


def shown(pool: Pool) -> Pool:
    """The same pool, its reads logged before they run."""
    return cast("Pool", _ShownPool(pool))


class _ShownConnection:
    def __init__(self, connection: "PoolConnectionProxy[Any]") -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def fetchval(self, sql: str, *values: object) -> Any:
        """Log the statement and its plan, then run it."""
        plan = await self._connection.fetch(f"EXPLAIN (COSTS off) {sql}", *values)
        lines = [row[0] for row in plan]
        told = {"sql": sql, "plan": lines, "request_id": current_request.get()}
        _LOG.info("a read: %s\n%s", sql, "\n".join(lines), extra=told)
        return await self._connection.fetchval(sql, *values)


class _ShownPool:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[_ShownConnection]:
        """A connection whose reads are shown."""
        async with self._pool.acquire() as connection:
            yield _ShownConnection(connection)

    async def fetchval(self, sql: str, *values: object) -> Any:
        """Run one statement, shown."""
        async with self.acquire() as connection:
            return await connection.fetchval(sql, *values)
