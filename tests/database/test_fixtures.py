"""What every other test stands on: a database of its own, complete and empty."""

from __future__ import annotations

import asyncpg
import pytest

from models.database import read_pool, transaction


async def test_a_database_is_migrated_and_its_tables_are_empty(database: str) -> None:
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT count(*) FROM accounts") == 0
    await connection.close()


@pytest.mark.usefixtures("database")
async def test_what_one_test_commits_is_not_there_for_the_next() -> None:
    async with transaction() as tx:
        await tx.execute_query("CREATE TABLE left_behind (id int)")
    found = "SELECT count(*) FROM pg_tables WHERE tablename = 'left_behind'"
    assert await read_pool().fetchval(found) == 1


@pytest.mark.usefixtures("database")
async def test_it_is_gone_in_the_next() -> None:
    found = "SELECT count(*) FROM pg_tables WHERE tablename = 'left_behind'"
    assert await read_pool().fetchval(found) == 0
