"""Figures as a Markdown table, each beside what it is held against; nothing is judged."""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from models.database import read_pool
from models.money.numbering import Numbering
from models.money.reconciliation import ledger_differences


@dataclass(slots=True)
class Table:
    """Rows of one bench, printed when all of them are known."""

    heads: tuple[str, ...] = ("work", "measured", "wanted", "beside it")
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """One row; cells that are left out are empty."""
        self.rows.append((*cells, *("",) * (len(self.heads) - len(cells))))

    def show(self) -> None:
        """Print it."""
        lines = [self.heads, ("---",) * len(self.heads), *self.rows]
        sys.stdout.writelines(f"| {' | '.join(line)} |\n" for line in lines)
        sys.stdout.flush()

    async def add_differences(self) -> None:
        """What the audits of the books find after all of it."""
        async with read_pool().acquire() as connection:
            wrong = [tally for tally in await ledger_differences(connection) if tally.count]
            gaps = await Numbering.gaps(connection)
        self.add("differences and gaps found afterwards", str([*wrong, *gaps] or "none"), "none")


async def rate(count: int, work: Callable[[], Awaitable[None]], tries: int = 1) -> float:
    """How many a second, the best of so many tries: a machine has other things to do as well."""
    best = 0.0
    for _ in range(tries):
        began = time.perf_counter()
        await work()
        best = max(best, count / (time.perf_counter() - began))
    return best
