"""Notifications of the database as wake-ups for whoever follows a row: one connection a process.

A wake-up carries nothing: what changed is read again with the follower's own eyes.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

import asyncpg

_LOG = logging.getLogger(__name__)
PROBE_SECONDS: Final = 30.0  # a connection that died without a word is noticed within this
ANSWER_SECONDS: Final = 5.0
_FIRST_PAUSE_SECONDS: Final = 0.25
_LONGEST_PAUSE_SECONDS: Final = 5.0

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Wakeup:
    """A follower's queue of length one: however much happened, it reads the latest once."""

    def __init__(self) -> None:
        """The first wake-up is there at once, for the present state."""
        self._happened = asyncio.Event()
        self._happened.set()

    def ring(self) -> None:
        """Something happened."""
        self._happened.set()

    async def next(self, seconds: float) -> None:
        """Wait for a wake-up, or until `seconds` passed without one."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._happened.wait()
        self._happened.clear()


class Wakeups:
    """Listens for the whole process, reconnects, and then wakes everybody to read again."""

    def __init__(self, dsn: str, channels: Iterable[str]) -> None:
        self._dsn = dsn
        self._channels = tuple(channels)
        self._followers: defaultdict[tuple[str, str], set[Wakeup]] = defaultdict(set)
        self._watchers: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)

    def on(self, channel: str, watcher: Callable[[], None]) -> None:
        """Call back at every notification of a channel, and after each gap."""
        self._watchers[channel].append(watcher)

    @property
    def followers(self) -> int:
        """How many follow a row now."""
        return sum(map(len, self._followers.values()))

    @contextmanager
    def following(self, channel: str, key: str) -> Iterator[Wakeup]:
        """Wake-ups for one row; `key` is what the notification says, its id."""
        wakeup = Wakeup()
        self._followers[channel, key].add(wakeup)
        try:
            yield wakeup
        finally:
            self._followers[channel, key].discard(wakeup)
            if not self._followers[channel, key]:
                del self._followers[channel, key]

    async def run(self) -> None:
        """Listen until cancelled."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._listen()
                pause = _FIRST_PAUSE_SECONDS
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as lost:
                _LOG.warning("no notifications from the database: %s", lost)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _listen(self) -> None:
        connection: Connection = await asyncpg.connect(self._dsn, timeout=ANSWER_SECONDS)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            for channel in (*self._channels, *self._watchers):
                await connection.add_listener(channel, self._heard)
            self._wake_all()
            while not lost.is_set():
                await _probe(connection, lost)
        finally:
            connection.terminate()

    def _heard(self, _connection: Any, _pid: int, channel: str, payload: object) -> None:
        for watcher in self._watchers.get(channel, ()):
            watcher()
        for wakeup in self._followers.get((channel, str(payload)), ()):
            wakeup.ring()

    def _wake_all(self) -> None:
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher()
        for wakeups in self._followers.values():
            for wakeup in wakeups:
                wakeup.ring()


async def _probe(connection: Connection, lost: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await lost.wait()
    except TimeoutError:
        await connection.execute("SELECT 1", timeout=ANSWER_SECONDS)
