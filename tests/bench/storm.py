"""A hundred kills of workers, API, Temporal and PostgreSQL during each kind of job.

A difference raises; the figures are how many died, doing what, and how long it took.
"""

from __future__ import annotations

import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.scenario.weather import Weather, weather

LONG = Weather(kills=100, at_once=10, rows=3000)


async def main(_dsn: str) -> None:
    """Rage until a hundred have died; the house of a storm has a database of its own."""
    logging.getLogger("asyncpg.pool").disabled = True  # each death of PostgreSQL is a traceback
    seed = random.randrange(1_000_000)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="trunkline-storm-") as folder:
        Path(folder).chmod(0o711)  # noqa: ASYNC240 - PostgreSQL's own account has to pass
        house = await weather(Path(folder), LONG, seed)
    seconds = time.monotonic() - began
    kills = Counter(house.kills)
    _say(f"{kills.total()} kills in {seconds:.0f} s ({_told(kills)}), seed {seed}")
    _say(f"while they were carried: {_told(house.struck)}")
    _say(f"{house.calls} accounts opened and refilled by calls, {house.repeats} calls repeated")
    _say("0 accounts, postings, invoices, devices or rows missing, doubled or half made")


def _told(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counted.items()))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
