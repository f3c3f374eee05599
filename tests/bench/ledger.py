"""How fast the ledger posts: one by one over many wallets, on one hot wallet, and by the batch.

Prints figures and passes no judgement; it needs an empty migrated database.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from models.database import connect, disconnect, raw, read_pool, transaction
from models.money.ledger import Entry, Ledger
from models.money.reconciliation import ledger_differences
from models.rules.enums import PostingKind
from models.rules.payment_chain import Member, charge_lines
from tests.bench.ledger_world import open_wallets

CONNECTIONS = 16
WALLETS = 1_000
SINGLES = 6_000
HOT = 3_000
BATCH = 2_000
BATCHES = 10
REPEATS = 10_000
_TOUCH = "UPDATE ledger_accounts SET balance = balance WHERE id = $1"


async def main(dsn: str) -> None:
    """Measure all of it against the database at `dsn`."""
    await connect(dsn, pool_size=CONNECTIONS, read_pool_size=2)
    try:
        wallets = await open_wallets(WALLETS)
        await _singles(wallets, CONNECTIONS * 10)  # each connection plans its statement first
        await _rate("one by one, many wallets", SINGLES, lambda: _singles(wallets, SINGLES))
        await _rate("one by one, one hot wallet", HOT, lambda: _singles(wallets[:1], HOT))
        await _rate(
            "yardstick: one UPDATE of one row instead, hot", HOT, lambda: _updates(wallets[0])
        )
        await _rate(f"batches of {BATCH}", BATCH * BATCHES, lambda: _batches(wallets, 1))
        await _rate(
            f"batches of {BATCH}, {CONNECTIONS} connections on the same wallets",
            BATCH * CONNECTIONS,
            lambda: _batches(wallets, CONNECTIONS),
        )
        await _rate(f"{REPEATS} repeats of one key", REPEATS, lambda: _repeats(wallets[0]))
        async with read_pool().acquire() as connection:
            wrong = [tally for tally in await ledger_differences(connection) if tally.count]
        _say(f"differences found afterwards: {wrong or 'none'}")
    finally:
        await disconnect()


async def _rate(name: str, postings: int, work: Callable[[], Awaitable[None]]) -> None:
    started = time.perf_counter()
    await work()
    seconds = time.perf_counter() - started
    _say(f"ledger, {name}: {postings / seconds:,.0f}/s")


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


async def _updates(wallet: UUID) -> None:
    """The least that any posting to one wallet must do: lock its row, write it, commit."""

    async def some() -> None:
        for _ in range(HOT // CONNECTIONS):
            async with transaction() as tx:
                await raw(tx).execute(_TOUCH, wallet)

    await asyncio.gather(*(some() for _ in range(CONNECTIONS)))


async def _batches(wallets: Sequence[UUID], at_once: int) -> None:
    async def some(count: int) -> None:
        for _ in range(count):
            entries = [_entry(wallet) for wallet in random.choices(wallets, k=BATCH)]
            async with transaction() as tx:
                await Ledger.post_many(tx, entries)

    each = BATCHES if at_once == 1 else 1
    await asyncio.gather(*(some(each) for _ in range(at_once)))


async def _repeats(wallet: UUID) -> None:
    key = f"bench/{uuid4()}"

    async def some() -> None:
        for _ in range(REPEATS // CONNECTIONS):
            async with transaction() as tx:
                await Ledger.post(tx, _entry(wallet, key))

    await asyncio.gather(*(some() for _ in range(CONNECTIONS)))


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
