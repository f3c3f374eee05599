"""What every kind of switch can be told and asked, and what its answers amount to.

Publishing is not here: a switch looks a device up when it signs in. Outcomes are data; what is
tried again, and when, is the story's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

DEADLINE_SECONDS = 2.0  # for one command: a switch that takes longer is as good as away

_LONGEST_EXPIRY = 2**31  # seconds; more than any switch can mean

# One word of a command: nothing that could end it, split it or leave it empty.
_WORD = re.compile(r"[A-Za-z0-9._:@-]{1,320}")


class Verdict(StrEnum):
    """How a switch took a command."""

    DONE = "done"
    NOTHING_THERE = "nothing_there"
    UNASKED = "unasked"  # it has nothing that could be forgotten, so nothing was said to it
    UNREACHABLE = "unreachable"
    REJECTED = "rejected"
    FAILED = "failed"  # what was asked could not be found out, although the switch is there


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command; `words` are the switch's own, or why it was not reached."""

    verdict: Verdict
    words: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do for this command."""
        return self.verdict is not Verdict.REJECTED and not self.is_unknown

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is known of what the switch would have answered."""
        return self.verdict in {Verdict.UNREACHABLE, Verdict.FAILED}


class Unreached(Exception):
    """A switch that did not answer, or answered what is not its protocol."""


class Unspeakable(ValueError):
    """A value that must not become a word of a command."""


@dataclass(frozen=True, slots=True)
class Login:
    """A device as switches know it. Raises Unspeakable for what no command may carry."""

    device_id: str
    username: str
    realm: str

    def __post_init__(self) -> None:
        for word in (self.device_id, self.username, self.realm):
            spoken(word)

    @property
    def address(self) -> str:
        """`user@domain`."""
        return f"{self.username}@{self.realm}"


@dataclass(frozen=True, slots=True)
class Contact:
    """One registration that a switch holds."""

    username: str
    realm: str
    contact: str
    user_agent: str | None = None
    expires_at: datetime | None = None


def expiry(seconds: object) -> datetime | None:
    """When a registration of so many more seconds ends; None for what is no such number."""
    if isinstance(seconds, int) and abs(seconds) <= _LONGEST_EXPIRY:
        return datetime.now(UTC) + timedelta(seconds=seconds)
    return None


class Registrar(Protocol):
    """One switch. Commands answer an Outcome; questions raise Unreached."""

    async def flush(self, login: Login) -> Outcome:
        """Forget what was looked up of the login."""

    async def drop_contacts(self, login: Login) -> Outcome:
        """Forget where the login's phones are."""

    async def end_calls(self, login: Login) -> Outcome:
        """Hang up the calls of the device."""

    async def reload_ip_lists(self) -> Outcome:
        """Read the lists of networks anew."""

    async def contacts(self, login: Login) -> list[Contact]:
        """Where the login's phones are."""

    async def registrations(self) -> list[Contact]:
        """Every registration there is."""

    async def sip_addresses(self) -> list[str]:
        """Where phones register: `host:port/transport`; none when it can not be told."""

    async def health(self) -> Outcome:
        """Whether the switch answers at all."""


def spoken(word: str) -> str:
    """The word itself. Raises Unspeakable when it is empty or more than one word."""
    if not _WORD.fullmatch(word):
        raise Unspeakable(f"{word!r} can not be a word of a command")
    return word


def unreachable(reason: BaseException) -> Outcome:
    """The outcome of a command that reached nobody."""
    return Outcome(Verdict.UNREACHABLE, f"{type(reason).__name__}: {reason}".rstrip(": "))
