"""Signs of life of a long activity, sent while its work runs.

Without them a dead worker is noticed only when the whole time of the activity is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

BEAT_SECONDS = 1.0  # well within the shortest heartbeat timeout; the SDK thins them out


@asynccontextmanager
async def heartbeating() -> AsyncIterator[None]:
    """Beat in the background until the block ends."""
    beats = asyncio.create_task(_beat())
    try:
        yield
    finally:
        beats.cancel()


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(BEAT_SECONDS)
