"""The one helper of transactions, when the database goes away under it."""

from __future__ import annotations

import asyncio
import threading

import asyncpg
import pytest

from models.database import connect, disconnect, raw, transaction
from models.outages import is_outage

TRIES = 4  # more than the pool has places


async def _pid() -> int:
    async with transaction() as tx:
        return int(await raw(tx).fetchval("SELECT pg_backend_pid()"))


def _end(dsn: str, pid: int) -> None:
    """End a connection while this process looks away, so that it does not know yet."""

    async def end() -> None:
        other = await asyncpg.connect(dsn)
        await other.execute("SELECT pg_terminate_backend($1)", pid)
        await other.close()

    elsewhere = threading.Thread(target=asyncio.run, args=(end(),))
    elsewhere.start()
    elsewhere.join()


async def test_a_task_goes_on_after_transactions_that_could_not_begin(database_url: str) -> None:
    await connect(database_url, pool_size=2, read_pool_size=0)
    async with asyncio.timeout(20):
        for _ in range(TRIES):
            _end(database_url, await _pid())
            with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)) as away:
                await _pid()
            assert is_outage(away.value)
        assert await _pid()
    await disconnect()
