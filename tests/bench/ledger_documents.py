"""How fast calls are taken in and invoices raised: set-based verbs, without HTTP or Temporal.

Prints figures and passes no judgement; it needs an empty migrated database.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from models.database import connect, disconnect, raw, read_pool, transaction
from models.ids import new_id
from models.money.cdr import Cdr
from models.money.invoice import Invoice
from models.money.invoicing import InvoiceOrder
from models.money.numbering import Numbering
from models.money.reconciliation import ledger_differences
from models.money.refill import Refill, RefillOrder
from models.rules.cdr_report import read_report
from models.rules.enums import RefillMethod
from tests.bench.ledger_world import open_wallets

ACCOUNTS = 4_000
CALL_BATCH = 500
CALLS = 20_000
CHUNK = 500  # accounts of one invoice transaction
OPENINGS = 2_000  # accounts of one mass-creation chunk
START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)


async def main(dsn: str) -> None:
    """Measure all of it against the database at `dsn`."""
    await connect(dsn, pool_size=4, read_pool_size=2)
    try:
        prepaid = await open_wallets(OPENINGS * 2)
        await _measured("opening balances with receipts", len(prepaid), _openings(prepaid))
        accounts = await open_wallets(ACCOUNTS, is_prepaid=False)
        await _measured("calls taken in", CALLS, _calls(accounts))
        await _measured("invoices raised", ACCOUNTS, _invoices(accounts))
        async with read_pool().acquire() as connection:
            wrong = [tally for tally in await ledger_differences(connection) if tally.count]
            gaps = await Numbering.gaps(connection)
        sys.stdout.write(f"differences found afterwards: {[*wrong, *gaps] or 'none'}\n")
    finally:
        await disconnect()


async def _measured(name: str, count: int, work: Awaitable[None]) -> None:
    started = time.perf_counter()
    await work
    sys.stdout.write(f"{name}: {count / (time.perf_counter() - started):,.0f}/s\n")


async def _openings(accounts: Sequence[UUID]) -> None:
    for first in range(0, len(accounts), OPENINGS):
        orders = [
            RefillOrder(id_, Decimal(5), "USD", "bench", START, RefillMethod.OPENING_BALANCE)
            for id_ in accounts[first : first + OPENINGS]
        ]
        async with transaction() as tx:
            await Refill.receive_many(tx, orders)


async def _calls(accounts: Sequence[UUID]) -> None:
    node = await _node()
    for first in range(0, CALLS, CALL_BATCH):
        bodies = [
            {
                "uniqueId": str(uuid4()),
                "accountId": str(accounts[n % len(accounts)]),
                "calledNumber": "15551234",
                "startedAt": (START + timedelta(minutes=n)).isoformat(),
                "billableSeconds": 60,
                "debit": "0.05",
            }
            for n in range(first, first + CALL_BATCH)
        ]
        async with transaction() as tx:
            await Cdr.take_in(tx, node, [read_report(body) for body in bodies], END)


async def _invoices(accounts: Sequence[UUID]) -> None:
    for first in range(0, len(accounts), CHUNK):
        orders = [InvoiceOrder(id_, (START, END), END) for id_ in accounts[first : first + CHUNK]]
        async with transaction() as tx:
            await Invoice.raise_for(tx, orders)


async def _node() -> UUID:
    node_id = new_id()
    async with transaction() as tx:
        await raw(tx).execute(
            """INSERT INTO switch_nodes (id, version, name, kind, profiles, directory_user,
                                         directory_password_hash, state, created_at)
               VALUES ($1, 1, 'bench', 'FREESWITCH', '{}', 'bench', '', 'ACTIVE', now())""",
            node_id,
        )
    return node_id


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
