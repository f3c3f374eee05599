"""The one helper of transactions, when the database goes away under it."""

from __future__ import annotations

import asyncio
import threading

import asyncpg
import pytest

from models.database import connect, disconnect, raw, read_pool, transaction
from models.outages import is_outage
from tests.servers import Answer

TRIES = 4  # more than the pool has places
ENDED_MILLISECONDS = 10_000  # a connection ends when its backend gets to it
ROUNDS = 60


async def _pid() -> int:
    async with transaction() as tx:
        return int(await raw(tx).fetchval("SELECT pg_backend_pid()"))


def _end(dsn: str, pid: int) -> None:
    """End a connection while this process looks away, so that it does not know yet."""

    async def end() -> None:
        other = await asyncpg.connect(dsn)
        assert await other.fetchval("SELECT pg_terminate_backend($1, $2)", pid, ENDED_MILLISECONDS)
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


async def test_whatever_is_said_when_connections_die_is_an_outage(
    cluster: Answer, database_url: str
) -> None:
    await connect(database_url, pool_size=1, read_pool_size=4)
    killer = await asyncpg.connect(cluster["maintenance"])
    said: list[Exception] = []
    over = asyncio.Event()

    async def ask() -> None:
        while not over.is_set():
            try:
                await read_pool().fetchval("SELECT pg_sleep(0.0005)")
            except Exception as error:  # noqa: BLE001 - what it may be is the question
                said.append(error)
                await asyncio.sleep(0)

    asking = [asyncio.create_task(ask()) for _ in range(16)]
    for _ in range(ROUNDS):
        await asyncio.sleep(0.005)
        await killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
            database_url.rpartition("/")[2],
        )
    over.set()
    await asyncio.wait(asking)
    await killer.close()
    await disconnect()
    assert len(said) > ROUNDS
    assert {repr(error) for error in said if not is_outage(error)} == set()
