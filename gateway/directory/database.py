"""The listener's way to the database: a few prepared connections, a deadline for every row.

After some failures in a row nobody waits for a while: a profile of FreeSWITCH asks one at a time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias, TypeVar, cast

import asyncpg

from gateway.directory.away import SILENCE, Away
from models.switch.directory import open_pool

POOL_SIZE = 8  # a row takes a quarter of a millisecond: more would only queue at the database
DEADLINE_SECONDS = 0.4  # for one row; the whole answer has half a second
FAILURES = 3  # in a row, after which nobody waits, for this long:
REST_SECONDS = 1.0

Row = TypeVar("Row")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

logger = logging.getLogger(__name__)


class Database:
    """The one owner of the listener's connections."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._failures = 0
        self._rest_until = 0.0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Connections for as long as the block runs; none is made before it is needed."""
        async with await open_pool(self.dsn, size=POOL_SIZE) as pool:
            self._pool = pool
            yield

    async def read(self, row: Callable[[Connection], Awaitable[Row]]) -> Row:
        """What `row` reads on a connection, in time. Raises Away."""
        if self._pool is None or time.monotonic() < self._rest_until:
            raise Away
        try:
            async with asyncio.timeout(DEADLINE_SECONDS), self._pool.acquire() as connection:
                found = await row(cast("Connection", connection))
        except SILENCE as away:
            self._failed(away)
            raise Away from away
        self._failures = 0
        return found

    def _failed(self, away: BaseException) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self._rest_until = time.monotonic() + REST_SECONDS
        logger.warning("the database does not answer", extra={"reason": repr(away)})
