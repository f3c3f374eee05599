"""What a database holds, row by row, to see that something changed nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import asyncpg

Rows = dict[str, Counter[str]]
Moving = Mapping[str, Sequence[str]]  # columns of a table that are not looked at

_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c
 WHERE c.relnamespace IN ('public'::regnamespace, 'kamailio'::regnamespace) AND c.relkind = 'r'
 ORDER BY 1
"""


async def everything(connection: asyncpg.Connection[asyncpg.Record], moving: Moving) -> Rows:
    """A digest of each row of each table."""
    names = [row[0] for row in await connection.fetch(_TABLES)]
    assert moving.keys() <= set(names)
    rows: Rows = {name: Counter() for name in names}
    digests = (_digests(name, moving.get(name, ())) for name in names)
    for row in await connection.fetch(" UNION ALL ".join(digests)):
        rows[row["name"]][row["digest"]] += 1
    return rows


def _digests(table: str, moving: Sequence[str]) -> str:
    row = "to_jsonb(t)" + "".join(f" - '{name}'" for name in moving)
    return f"SELECT '{table}' AS name, md5(({row})::text) AS digest FROM {table} AS t"
