"""Whether deletion left something behind: belongings of deleted accounts, counted over all tables.

It reads everything and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from models.accounts.account import Account
from models.money.reader import Reader
from models.money.reconciliation import Tally

_ONE: Final = """
SELECT '{table}' AS kind, count(*)::int AS count
  FROM accounts a JOIN {table} t ON t.{column} = a.id WHERE a.status = 'DELETED'
"""
# Kept as history, but nothing of a deleted account goes on.
_ORDERS: Final = """
SELECT 'running product orders', count(*)::int
  FROM accounts a JOIN product_orders o ON o.account_id = a.id
 WHERE a.status = 'DELETED' AND o.terminated_at IS NULL
"""
_LEFT: Final = " UNION ALL ".join(
    [*(_ONE.format(table=t, column=c) for t, c in Account.BELONGINGS.items()), _ORDERS]
)


async def leftovers(connection: Reader) -> Sequence[Tally]:
    """Each table of belongings with how many rows deleted accounts have there; all 0 when well."""
    return [Tally(row["kind"], row["count"]) for row in await connection.fetch(_LEFT)]
