"""What a listener remembers: good for two seconds, and for a minute while the database is away.

A word from the database drops an entry for both; nothing that was absent is remembered.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

from models.switch.directory import CallingAccount, DeviceEntry, Listed

FRESH_SECONDS = 2.0  # the longest a revocation may stay unseen when its word got lost
LAST_KNOWN_SECONDS = 60.0
MOST_ENTRIES = 50_000  # about 100 MB; the oldest go first

Login = tuple[str, str]  # realm, user name
# What an entry is kept under: a login; a realm and an account's id; a realm.
Key: TypeAlias = Login | tuple[str, UUID] | tuple[str]
Entry: TypeAlias = DeviceEntry | CallingAccount | Listed


@dataclass(frozen=True, slots=True)
class _Kept:
    entry: Entry
    at: float


class Memory:
    """Entries by key. While `attentive` is false no word arrives, so nothing is fresh."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Key, _Kept] = {}
        self.attentive = False
        self.words = 0  # how many drops were heard; an answer older than the last is not kept

    def fresh(self, key: Key) -> Entry | None:
        """An entry that can be given out without asking."""
        return self._young(key, FRESH_SECONDS) if self.attentive else None

    def last_known(self, key: Key) -> Entry | None:
        """An entry to fall back on while the database does not answer."""
        return self._young(key, LAST_KNOWN_SECONDS)

    def keep(self, key: Key, entry: Entry | None, words_before: int) -> None:
        """Remember what was read, unless something was dropped since the reading began."""
        self._kept.pop(key, None)
        if not entry or words_before != self.words:
            return
        self._kept[key] = _Kept(entry, self._clock())
        if len(self._kept) > MOST_ENTRIES:
            del self._kept[next(iter(self._kept))]

    def drop(self, login: Login | None) -> None:
        """Forget one login, or everything."""
        self.words += 1
        if login is None:
            self._kept.clear()
        else:
            self._kept.pop(login, None)

    def _young(self, key: Key, longest_seconds: float) -> Entry | None:
        kept = self._kept.get(key)
        if kept is None or self._clock() - kept.at > longest_seconds:
            return None
        ends = _end_of(kept.entry)
        return kept.entry if ends is None or ends > datetime.now(UTC) else None


def _end_of(entry: Entry) -> datetime | None:
    """When its account ends; lists of networks are read by the switches long before."""
    match entry:
        case DeviceEntry(account=account):
            return account.expires_at
        case CallingAccount(expires_at=expires_at):
            return expires_at
    return None
