"""The peer of a mass creation: its rows, written by COPY into the same tables of another database.

Indexes, constraints and triggers are those of the migrated catalogue; one connection, one
transaction. What the rows refer to is there before the clock starts.
"""

from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import asyncpg

from models.jobs.job import Job

_OF_ACCOUNTS: Final = "IN (SELECT account_id FROM job_rows WHERE job_id = $1)"
_DEVICES: Final = "SELECT id FROM sip_devices WHERE account_id"
# Everything that the job writes, in the order of its foreign keys.
WRITTEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accounts": f"id {_OF_ACCOUNTS}",
        "ledger_accounts": f"id {_OF_ACCOUNTS}",
        "sip_devices": f"account_id {_OF_ACCOUNTS}",
        "kamailio.credentials": f"device_id IN ({_DEVICES} {_OF_ACCOUNTS})",
        "audit_events": f"account_id {_OF_ACCOUNTS}",
        "dealt_positions": "job_id = $1",
        "job_chunks": "job_id = $1",
        "job_rows": "job_id = $1",
    }
)
# What these refer to.
_BEFORE: Final = {
    "jobs": "id = $1",
    "dealt_ranges": "id IN (SELECT dealt_range_id FROM dealt_positions WHERE job_id = $1)",
}
_COLUMNS: Final = """
SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass
   AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


@dataclass(frozen=True, slots=True)
class _Content:
    """The rows of one table as COPY writes them."""

    table: str
    columns: list[str]
    rows: io.BytesIO


@asynccontextmanager
async def sibling_of(dsn: str, mark: str) -> AsyncIterator[str]:
    """A copy of a database that nobody is connected to, for the time of the block."""
    name = f"{dsn.rpartition('/')[2]}_{mark}"
    server = await asyncpg.connect(f"{dsn.rpartition('/')[0]}/postgres")
    try:
        original = dsn.rpartition("/")[2]
        await server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}" STRATEGY FILE_COPY')
        yield f"{dsn.rpartition('/')[0]}/{name}"
        await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await server.close()


async def write_same_rows(source: str, target: str, job: Job) -> float:
    """Seconds that COPY and the commit take for what a mass creation wrote."""
    origin, peer = await asyncpg.connect(source), await asyncpg.connect(target)
    try:
        for table, condition in _BEFORE.items():
            await _write(peer, await _content(origin, job, table, condition))
        contents = [await _content(origin, job, *each) for each in WRITTEN.items()]
        began = time.monotonic()
        async with peer.transaction():
            for content in contents:
                await _write(peer, content)
        return time.monotonic() - began
    finally:
        await origin.close()
        await peer.close()


async def _content(
    connection: asyncpg.Connection, job: Job, table: str, condition: str
) -> _Content:
    columns = [row["attname"] for row in await connection.fetch(_COLUMNS, table)]
    rows = io.BytesIO()
    query = f"SELECT {', '.join(columns)} FROM {table} WHERE {condition}"
    await connection.copy_from_query(query, job.id, output=rows, format="binary")
    rows.seek(0)
    return _Content(table, columns, rows)


async def _write(connection: asyncpg.Connection, content: _Content) -> None:
    schema, _, table = content.table.rpartition(".")
    await connection.copy_to_table(
        table,
        source=content.rows,
        columns=content.columns,
        schema_name=schema or None,
        format="binary",
    )
