"""How fast the ledger posts: one by one over many wallets, on one hot wallet, and by the batch.

Prints figures and passes no judgement; it needs an empty migrated database.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

from models.database import connect, disconnect, raw, read_pool, transaction
from models.money.ledger import Entry, Ledger
from models.rules.enums import PostingKind
from models.rules.payment_chain import Member, charge_lines
from tests.bench.ledger_world import open_wallets
from tests.bench.markdown import Table, rate

CONNECTIONS = 16
WALLETS = 1_000
SINGLES = 3_200
HOT = 1_600
TRIES = 3
BATCH = 2_000
BATCHES = 10
REPEATS = 10_000
_TOUCH = "UPDATE ledger_accounts SET balance = balance WHERE id = $1"


async def main(dsn: str) -> None:
    """Measure all of it against the database at `dsn`."""
    await connect(dsn, pool_size=CONNECTIONS, read_pool_size=2)
    try:
        table = Table()
        wallets = await open_wallets(WALLETS)
        await _singles(wallets, CONNECTIONS * 10)  # each connection plans its statement first
        await _one_by_one(table, wallets)
        await _by_the_batch(table, wallets)
        await _one_key(table, wallets[0])
        await table.add_differences()
        table.show()
    finally:
        await disconnect()


async def _one_by_one(table: Table, wallets: Sequence[UUID]) -> None:
    """Beside each stands the least that a posting must do: lock a row, write it, commit."""
    for name, wanted, among, count in (
        (f"{WALLETS:,} wallets", 2_000, wallets, SINGLES),
        ("one hot wallet", 700, wallets[:1], HOT),
    ):
        least = await rate(count, partial(_updates, among, count), TRIES)
        posted = await rate(count, partial(_singles, among, count), TRIES)
        beside = f"{posted / least:.2f} of one bare UPDATE each ({least:,.0f}/s)"
        table.add(f"postings one by one, {name}", f"{posted:,.0f}/s", f"{wanted:,}/s", beside)


async def _by_the_batch(table: Table, wallets: Sequence[UUID]) -> None:
    alone = await rate(BATCH * BATCHES, lambda: _batches(wallets, 1, BATCHES))
    table.add(f"postings, batches of {BATCH:,}", f"{alone:,.0f}/s", "10,000/s")
    count = BATCH * CONNECTIONS
    crowded = await rate(count, lambda: _batches(wallets, CONNECTIONS, 1))
    name = f"the same, {CONNECTIONS} connections on the same wallets"
    table.add(name, f"{crowded:,.0f}/s", "", f"{crowded / alone:.2f} of one connection")


async def _one_key(table: Table, wallet: UUID) -> None:
    key = f"bench/{uuid4()}"
    repeated = await rate(REPEATS, lambda: _repeats(wallet, key))
    query = "SELECT count(*) FROM postings WHERE key = $1"
    made = await read_pool().fetchval(query, key)
    table.add(f"postings of {REPEATS:,} repeats of one key", f"{made}", "1", f"{repeated:,.0f}/s")


def _entry(wallet: UUID, key: str | None = None) -> Entry:
    lines = charge_lines([Member(wallet, True, "USD")], [Decimal("0.05")], {})
    return Entry(
        key or f"bench/{uuid4()}", PostingKind.CALL, "Call", "bench", datetime.now(UTC), lines
    )


async def _singles(wallets: Sequence[UUID], count: int) -> None:
    async def some() -> None:
        for _ in range(count // CONNECTIONS):
            async with transaction() as tx:
                await Ledger.post(tx, _entry(random.choice(wallets)))

    await asyncio.gather(*(some() for _ in range(CONNECTIONS)))


async def _updates(wallets: Sequence[UUID], count: int) -> None:
    async def some() -> None:
        for _ in range(count // CONNECTIONS):
            async with transaction() as tx:
                await raw(tx).execute(_TOUCH, random.choice(wallets))

    await asyncio.gather(*(some() for _ in range(CONNECTIONS)))


async def _batches(wallets: Sequence[UUID], at_once: int, each: int) -> None:
    async def some() -> None:
        for _ in range(each):
            entries = [_entry(wallet) for wallet in random.choices(wallets, k=BATCH)]
            async with transaction() as tx:
                await Ledger.post_many(tx, entries)

    await asyncio.gather(*(some() for _ in range(at_once)))


async def _repeats(wallet: UUID, key: str) -> None:
    async def some() -> None:
        for _ in range(REPEATS // CONNECTIONS):
            async with transaction() as tx:
                await Ledger.post(tx, _entry(wallet, key))

    await asyncio.gather(*(some() for _ in range(CONNECTIONS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
