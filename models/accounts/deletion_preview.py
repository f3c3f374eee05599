"""What a deletion would take away and what it would leave, counted before anybody decides.

It reads alone; whoever is deleted already is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from models.accounts.account import Account
from models.jobs.selection import FROM, Selection
from models.money.reader import Reader
from models.money.reconciliation import Tally

# Records that people know by name, with the column that names the account.
RECORDS: Final = MappingProxyType(
    {
        "posting_lines": "ledger_account_id",
        "invoices": "account_id",
        "refills": "account_id",
        "cdrs": "account_id",
        "product_orders": "account_id",
        "emails": "account_id",
        "audit_events": "account_id",
    }
)
# Customers have nothing that belongs to resellers alone.
_BELONGINGS: Final = {t: c for t, c in Account.BELONGINGS.items() if c == "account_id"}


@dataclass(frozen=True, slots=True)
class DeletionPreview:
    """How many accounts go, with what; what stays; their balances by currency."""

    accounts: int
    belongings: tuple[Tally, ...]
    records: tuple[Tally, ...]
    balances: tuple[tuple[str, Decimal], ...]
    open_invoices: int


async def preview_deletion(connection: Reader, selection: Selection) -> DeletionPreview:
    """Count what the accounts of a selection have; kinds they have none of are left out."""
    query = _PREVIEW.format(accounts=FROM, condition=selection.condition)
    rows = await connection.fetch(query, *selection.bound)
    found: dict[str, list[tuple[str, Decimal]]] = {}
    for row in rows:
        found.setdefault(row["part"], []).append((row["kind"], row["amount"]))
    return DeletionPreview(
        accounts=int(found["accounts"][0][1]),
        belongings=_tallies(found["belongings"]),
        records=_tallies(found["records"]),
        balances=tuple(found.get("balances", ())),
        open_invoices=int(found["open_invoices"][0][1]),
    )


def _tallies(counts: list[tuple[str, Decimal]]) -> tuple[Tally, ...]:
    return tuple(Tally(kind, int(count)) for kind, count in counts if count)


def _counting(part: str, table: str, column: str) -> str:
    return (
        f"SELECT '{part}', '{table}', count(*)"  # noqa: S608 - names of ours
        f" FROM chosen c JOIN {table} t ON t.{column} = c.id"
    )


_PREVIEW: Final = " UNION ALL ".join(
    [
        """
        WITH chosen AS MATERIALIZED (
            SELECT a.id, a.currency_code, w.balance FROM {accounts}
             WHERE ({condition}) AND a.status <> 'DELETED'
        )
        SELECT 'accounts' AS part, '' AS kind, count(*)::numeric AS amount FROM chosen
        """,
        *(_counting("belongings", table, column) for table, column in _BELONGINGS.items()),
        *(_counting("records", table, column) for table, column in RECORDS.items()),
        """
        SELECT 'open_invoices', '', count(*)
          FROM chosen c JOIN invoices i ON i.account_id = c.id AND i.outstanding > 0
        """,
        """
        (SELECT 'balances', currency_code, sum(balance) FROM chosen
          GROUP BY currency_code ORDER BY currency_code)
        """,
    ]
)
