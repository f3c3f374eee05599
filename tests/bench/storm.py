"""A hundred kills of workers, Temporal and PostgreSQL during jobs, and the differences found.

A difference raises; the figures are how many died, and how long it took.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.scenario.test_storm import weather

KILLS = 100


async def main(_dsn: str) -> None:
    """Rage until a hundred have died; the house of a storm has a database of its own."""
    seed = random.randrange(1_000_000)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="trunkline-storm-") as folder:
        Path(folder).chmod(0o711)  # noqa: ASYNC240 - PostgreSQL's own account has to pass
        kills = Counter(await weather(Path(folder), KILLS, seed))
    told = ", ".join(f"{count} {name}" for name, count in sorted(kills.items()))
    seconds = time.monotonic() - began
    sys.stdout.write(f"{kills.total()} kills in {seconds:.0f} s ({told}), seed {seed}\n")
    sys.stdout.write("0 accounts, postings, devices or rows missing, doubled or half made\n")
