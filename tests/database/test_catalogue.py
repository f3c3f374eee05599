"""The migrated database is what the tables declare, and promises what the list says beside it.

The tables alone are made in a second database; the two are compared by their catalogues.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from tortoise import Tortoise

from models.constraints import MEANINGS
from models.database import orm_config
from tests.database.catalogue import COLUMNS, NAMED, PROMISES, read
from tests.servers import Answer

LIST = Path(__file__).with_name("promises.txt")
MADE_BY_SQL = {"accounts.search_text"}  # a generated column, which the ORM must never write
# Parted by month, a table is unique only together with the month.
PARTED = {"cdrs: PRIMARY KEY (id)", "cdrs: PRIMARY KEY (id, started_at)"}


@pytest.fixture
async def declared(cluster: Answer) -> AsyncIterator[str]:
    """A database made of the tables' declarations, without migrations."""
    name = f"declared_{uuid4().hex}"
    dsn = cluster["maintenance"].removesuffix("/postgres") + f"/{name}"
    maintenance = await asyncpg.connect(cluster["maintenance"])
    try:
        await maintenance.execute(f'CREATE DATABASE "{name}"')
        await Tortoise.init(config=orm_config(dsn, pool_size=2))
        await Tortoise.generate_schemas(safe=False)
        await Tortoise.close_connections()
        yield dsn
        await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await maintenance.close()


async def test_every_column_is_as_its_table_declares_it(declared: str, database_url: str) -> None:
    wanted, found = await read(declared, COLUMNS), await read(database_url, COLUMNS)
    tables = {column.partition(".")[0] for column in wanted}
    ours = {c: kind for c, kind in found.items() if c.partition(".")[0] in tables}
    assert {c: kind for c, kind in ours.items() if c not in MADE_BY_SQL} == wanted


async def test_every_promise_of_a_table_is_kept(declared: str, database_url: str) -> None:
    wanted, found = await read(declared, PROMISES), await read(database_url, PROMISES)
    assert set(wanted) - set(found) - PARTED == set()


async def test_what_is_promised_beyond_the_tables_is_listed(
    declared: str, database_url: str
) -> None:
    wanted, found = await read(declared, NAMED), await read(database_url, NAMED)
    beyond = {f"{kind} {name}" for name, kind in found.items() if name not in wanted}
    listed = LIST.read_text().splitlines()
    lost = [f"lost: {line}" for line in sorted(set(listed) - beyond)]
    new = [f"not in {LIST.name}: {line}" for line in sorted(beyond - set(listed))]
    assert not lost + new, "\n".join(lost + new)
    assert listed == sorted(set(listed))


async def test_every_constraint_that_has_a_meaning_exists(database_url: str) -> None:
    names = {name.partition(": ")[2] for name in await read(database_url, NAMED)}
    assert MEANINGS.keys() - names == set()


@pytest.mark.parametrize(
    ("change", "question"),
    [
        ("ALTER TABLE accounts ALTER COLUMN city TYPE varchar(81)", COLUMNS),
        ("ALTER TABLE accounts ALTER COLUMN kind DROP NOT NULL", COLUMNS),
        ("ALTER TABLE accounts DROP COLUMN reference CASCADE", COLUMNS),
        ("ALTER TABLE sip_devices DROP CONSTRAINT sip_devices_account_id_fkey", PROMISES),
        ("DROP INDEX accounts_number_live", NAMED),
        ("ALTER TABLE accounts DROP CONSTRAINT accounts_kind_known", NAMED),
        ("DROP TRIGGER postings_are_kept ON postings", NAMED),
        ("DROP VIEW kamailio.subscriber", NAMED),
    ],
)
async def test_a_lost_promise_is_noticed(database_url: str, change: str, question: str) -> None:
    before = await read(database_url, question)
    connection = await asyncpg.connect(database_url)
    await connection.execute(change)
    await connection.close()
    assert await read(database_url, question) != before
