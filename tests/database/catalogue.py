"""What a database says of itself: columns, and what it promises beyond them.

Parts of a partitioned table are left out, as is the migration tool's own table.
"""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg

Catalogue = Mapping[str, str]

OURS = """
    c.relnamespace IN ('public'::regnamespace, to_regnamespace('kamailio'))
    AND NOT c.relispartition AND c.relname <> 'tortoise_migrations'
"""
COLUMNS = f"""
    SELECT c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE {OURS} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
"""
# A promise of the models is found by what it says, not by its name. What happens on deletion is
# said by a default where SQL leaves it out, so RESTRICT is not told apart from it.
PROMISES = f"""
    SELECT c.relname || ': ' || replace(pg_get_constraintdef(k.oid), ' ON DELETE RESTRICT', ''),
           k.conname
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE {OURS} AND k.contype IN ('p', 'u', 'f')
"""
NAMED = f"""
    SELECT c.relname || ': ' || k.conname, 'constraint'
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE {OURS} AND k.contype IN ('p', 'u', 'f', 'c', 'x')
    UNION ALL
    SELECT t.relname || ': ' || c.relname, 'unique index'
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
     WHERE {OURS.replace("c.", "t.")} AND i.indisunique
       AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
    UNION ALL
    SELECT c.relname || ': ' || g.tgname, 'trigger'
      FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
     WHERE {OURS} AND NOT g.tgisinternal
    UNION ALL
    SELECT c.relname || ':', 'view' FROM pg_class c WHERE {OURS} AND c.relkind = 'v'
"""
ACCOUNT_COLUMNS = f"""
    SELECT c.relname || '.' || a.attname, coalesce(k.conname, '')
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      LEFT JOIN pg_constraint k
        ON k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid = 'accounts'::regclass
       AND a.attnum = ANY (k.conkey)
     WHERE {OURS} AND c.relkind IN ('r', 'p')
       AND (k.oid IS NOT NULL OR a.attname IN ('account_id', 'reseller_id'))
"""


async def read(dsn: str, question: str) -> Catalogue:
    """The answer to one of the questions above."""
    connection = await asyncpg.connect(dsn)
    try:
        return {str(row[0]): str(row[1]) for row in await connection.fetch(question)}
    finally:
        await connection.close()
