"""The listener's ear: words of the database that make it forget, over one connection of its own.

When the connection breaks everything is forgotten and nothing counts as fresh until it is back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from gateway.directory.away import SILENCE

AGAIN_SECONDS = 1.0
ALIVE_SECONDS = 5.0  # how soon a connection that died without a word is noticed

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ear:
    """Whom to tell: each word as `heard(channel, payload)`, and since when words do not arrive."""

    channels: tuple[str, ...]
    heard: Callable[[str, str], None]
    opened: Callable[[], None]
    closed: Callable[[], None]


async def listen(dsn: str, ear: Ear) -> None:
    """Listen until cancelled, connecting again whenever the connection is lost."""
    while True:
        try:
            await _listen_once(dsn, ear)
        except SILENCE as away:
            logger.warning("no words from the database", extra={"reason": str(away)})
        finally:
            ear.closed()
        await asyncio.sleep(AGAIN_SECONDS)


async def _listen_once(dsn: str, ear: Ear) -> None:
    connection = await asyncpg.connect(dsn, timeout=ALIVE_SECONDS)
    try:
        for channel in ear.channels:
            await connection.add_listener(channel, _told(ear))
        ear.opened()
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            await connection.execute("SELECT 1", timeout=ALIVE_SECONDS)
    finally:
        connection.terminate()


def _told(ear: Ear) -> Callable[[Any, int, str, object], None]:
    def told(_connection: Any, _pid: int, channel: str, payload: object) -> None:
        ear.heard(channel, str(payload))

    return told
