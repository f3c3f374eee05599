"""How fast documents are made and calls taken in, by the set-based verbs and through HTTP.

Prints figures and passes no judgement; it needs an empty migrated database.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from models.database import connect, disconnect, transaction
from models.money.invoice import Invoice
from models.money.invoicing import InvoiceOrder
from models.money.refill import Refill, RefillOrder
from models.rules.enums import RefillMethod
from tests.bench.cdr_load import measure_posts
from tests.bench.ledger_world import open_wallets
from tests.bench.markdown import Table, rate

ACCOUNTS = 4_000
CHUNK = 500  # accounts of one invoice transaction
OPENINGS = 2_000  # accounts of one mass-creation chunk
WRITERS = 64
RECEIPTS = 20  # of each writer; as many again are drawn and given up
START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)


async def main(dsn: str) -> None:
    """Measure all of it against the database at `dsn`."""
    await connect(dsn, pool_size=WRITERS, read_pool_size=2)
    try:
        table = Table()
        prepaid = await open_wallets(OPENINGS * 2)
        opened = await rate(len(prepaid), lambda: _openings(prepaid))
        table.add("opening balances with receipts", f"{opened:,.0f}/s")
        drawn = await rate(WRITERS * RECEIPTS, lambda: _receipts(prepaid[:WRITERS]))
        table.add(f"receipts one by one, {WRITERS} writers of one series", f"{drawn:,.0f}/s")
        accounts = await open_wallets(ACCOUNTS, is_prepaid=False)
        await measure_posts(table, dsn, accounts)
        raised = await rate(ACCOUNTS, lambda: _invoices(accounts))
        table.add(f"invoices raised, {CHUNK} in a transaction", f"{raised:,.0f}/s")
        await table.add_differences()
        table.show()
    finally:
        await disconnect()


async def _openings(accounts: Sequence[UUID]) -> None:
    for first in range(0, len(accounts), OPENINGS):
        orders = [
            _order(id_, RefillMethod.OPENING_BALANCE) for id_ in accounts[first : first + OPENINGS]
        ]
        async with transaction() as tx:
            await Refill.receive_many(tx, orders)


class _GivenUp(Exception):
    """A writer changes its mind after its number was drawn."""


async def _receipts(accounts: Sequence[UUID]) -> None:
    """Every writer draws numbers of the same series, and gives every second one up."""

    async def write(account_id: UUID) -> None:
        for _ in range(RECEIPTS):
            try:
                await _received(account_id, _give_up)
            except _GivenUp:
                await _received(account_id)

    await asyncio.gather(*(write(account_id) for account_id in accounts))


async def _received(account_id: UUID, then: Callable[[], None] = lambda: None) -> None:
    async with transaction() as tx:
        await Refill.receive(tx, _order(account_id))
        then()


def _give_up() -> None:
    raise _GivenUp


def _order(account_id: UUID, method: RefillMethod = RefillMethod.MANUAL) -> RefillOrder:
    return RefillOrder(account_id, Decimal(5), "USD", "bench", START, method)


async def _invoices(accounts: Sequence[UUID]) -> None:
    for first in range(0, len(accounts), CHUNK):
        orders = [InvoiceOrder(id_, (START, END), END) for id_ in accounts[first : first + CHUNK]]
        async with transaction() as tx:
            await Invoice.raise_for(tx, orders)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
