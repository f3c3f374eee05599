"""What a listener remembers: good for two seconds, and for a minute while the database is away.

A word from the database drops an entry for both; nothing that was absent is remembered.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from models.switch.directory import DeviceEntry

FRESH_SECONDS = 2.0  # the longest a revocation may stay unseen when its word got lost
LAST_KNOWN_SECONDS = 60.0
MOST_ENTRIES = 50_000  # about 100 MB; the oldest go first

Login = tuple[str, str]  # realm, user name


@dataclass(frozen=True, slots=True)
class _Kept:
    entry: DeviceEntry
    at: float


class Memory:
    """Entries by login. While `attentive` is false no word arrives, so nothing is fresh."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Login, _Kept] = {}
        self.attentive = False
        self.words = 0  # how many drops were heard; an answer older than the last is not kept

    def fresh(self, login: Login) -> DeviceEntry | None:
        """An entry that can be given out without asking."""
        return self._young(login, FRESH_SECONDS) if self.attentive else None

    def last_known(self, login: Login) -> DeviceEntry | None:
        """An entry to fall back on while the database does not answer."""
        return self._young(login, LAST_KNOWN_SECONDS)

    def keep(self, login: Login, entry: DeviceEntry | None, words_before: int) -> None:
        """Remember what was read, unless something was dropped since the reading began."""
        self._kept.pop(login, None)
        if entry is None or words_before != self.words:
            return
        self._kept[login] = _Kept(entry, self._clock())
        if len(self._kept) > MOST_ENTRIES:
            del self._kept[next(iter(self._kept))]

    def drop(self, login: Login | None) -> None:
        """Forget one login, or everything."""
        self.words += 1
        if login is None:
            self._kept.clear()
        else:
            self._kept.pop(login, None)

    def _young(self, login: Login, longest_seconds: float) -> DeviceEntry | None:
        kept = self._kept.get(login)
        if kept is None or self._clock() - kept.at > longest_seconds:
            return None
        ends = kept.entry.account.expires_at
        return kept.entry if ends is None or ends > datetime.now(UTC) else None
