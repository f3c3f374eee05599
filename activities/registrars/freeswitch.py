"""A FreeSWITCH by its event socket: what it is told, word by word, and what its answers mean.

Several of its commands do the same to everybody when a word is missing, so every command is
built here from words that are checked, and never has fewer than it needs.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from activities.registrars.event_socket import Command, EventSocket, event_socket
from activities.registrars.port import (
    Contact,
    Login,
    Outcome,
    Unreached,
    Verdict,
    expiry,
    spoken,
    unreachable,
)

LISTING_SECONDS = 60.0  # a hundred thousand registrations take some
CAUSE = "MANAGER_REQUEST"  # what the calling card of a hung-up call says

_TOTAL = re.compile(r"^Total items returned:\s*(\d+)", re.MULTILINE)
_CLEARED = re.compile(r"cleared\s+(\d+)")
_FIELD = re.compile(r"^([A-Za-z-]+):[ \t]*(.*)$", re.MULTILINE)
_EXPIRES = re.compile(r"EXPSECS\((-?\d{1,10})\)")
_URL = re.compile(r"^URL\s+sips?:(?:[^@\s]*@)?(\[[0-9A-Fa-f:]+\]|[^:;\s]+):(\d+)", re.MULTILINE)

Pace = Callable[[], Awaitable[None]]


def flush_user(key: str, login: Login) -> Command:
    """Forget one cached look-up; with fewer than three words it would forget all of them."""
    return Command(f"xml_flush_cache {key} {spoken(login.username)} {spoken(login.realm)}")


def flush_registrations(profile: str, login: Login) -> Command:
    """Drop one login's registrations; without the address it would drop everybody's."""
    return Command(f"sofia profile {spoken(profile)} flush_inbound_reg {spoken(login.address)}")


def hang_up(login: Login) -> Command:
    """End one device's calls; without the value it would end every call."""
    return Command(f"hupall {CAUSE} device_id {spoken(login.device_id)}")


def registrations_of(profile: str, login: Login) -> Command:
    """List one login's registrations; without the address it would list a whole domain's."""
    return Command(f"sofia status profile {spoken(profile)} user {spoken(login.address)}")


def all_registrations(profile: str) -> Command:
    """List the registrations of a profile."""
    return Command(f"sofia status profile {spoken(profile)} reg")


def status(profile: str) -> Command:
    """Ask how a profile stands and where it listens."""
    return Command(f"sofia status profile {spoken(profile)}")


@dataclass(frozen=True, slots=True)
class FreeSwitch:
    """A connected FreeSWITCH and the profiles that devices register at."""

    socket: EventSocket
    profiles: Sequence[str]
    pace: Pace

    async def flush(self, login: Login) -> Outcome:
        """Forget what was looked up of the login, by its name and by its alias."""
        cleared = 0
        for key in ("id", "number-alias"):
            answer = await self._told(flush_user(key, login))
            if isinstance(answer, Outcome):
                return answer
            found = _CLEARED.search(answer)
            if not answer.startswith("+OK"):
                return Outcome(Verdict.REJECTED, _short(answer))
            cleared += int(found[1]) if found else 0
        return Outcome(Verdict.DONE if cleared else Verdict.NOTHING_THERE)

    async def drop_contacts(self, login: Login) -> Outcome:
        """Drop registrations on every profile; the switch says +OK for nobody, too."""
        return await self._on_profiles(lambda profile: flush_registrations(profile, login))

    async def end_calls(self, login: Login) -> Outcome:
        """Hang up what carries the device's id, as its look-up set it."""
        return _ok(await self._told(hang_up(login)))

    async def reload_ip_lists(self) -> Outcome:
        """Read the access lists anew: the switch asks the directory for the networks."""
        return _ok(await self._told(Command("reloadacl")))

    async def contacts(self, login: Login) -> list[Contact]:
        """Registrations on every profile, as the profile itself has them."""
        found: list[Contact] = []
        for profile in self.profiles:
            found += _listed(await self._asked(registrations_of(profile, login)))
        return found

    async def registrations(self) -> list[Contact]:
        """Every registration of every profile."""
        found: list[Contact] = []
        for profile in self.profiles:
            found += _listed(await self._asked(all_registrations(profile), LISTING_SECONDS))
        return found

    async def sip_addresses(self) -> list[str]:
        """Where the profiles listen, from their own status."""
        found = []
        for profile in self.profiles:
            url = _URL.search(await self._asked(status(profile)))
            if url is not None:
                found.append(f"{url[1]}:{url[2]}/udp")
        return found

    async def health(self) -> Outcome:
        """Whether each profile runs."""
        for profile in self.profiles:
            answer = await self._told(status(profile))
            if isinstance(answer, Outcome):
                return answer
            if "Invalid Profile" in answer:
                return Outcome(Verdict.REJECTED, f"It has no profile {profile}.")
        return Outcome(Verdict.DONE)

    async def _on_profiles(self, command: Callable[[str], Command]) -> Outcome:
        for profile in self.profiles:
            outcome = _ok(await self._told(command(profile)))
            if not outcome.is_settled:
                return outcome
        return Outcome(Verdict.DONE)

    async def _told(self, command: Command) -> str | Outcome:
        try:
            return await self._asked(command)
        except Unreached as reason:
            return unreachable(reason)

    async def _asked(self, command: Command, seconds: float | None = None) -> str:
        await self.pace()
        if seconds is None:
            return await self.socket.api(command)
        return await self.socket.api(command, seconds)


@asynccontextmanager
async def freeswitch(
    address: str, profiles: Sequence[str], password: str, pace: Pace
) -> AsyncIterator[FreeSwitch]:
    """A connected FreeSWITCH for as long as the block runs. Raises Unreached."""
    if not profiles:  # it would say yes to everything, and nothing would have been done
        raise Unreached("it has no SIP profile: name those that devices register at")
    host, _, port = address.rpartition(":")
    async with event_socket(host.strip("[]"), int(port), password) as connection:
        yield FreeSwitch(connection, profiles, pace)


def _ok(answer: str | Outcome) -> Outcome:
    if isinstance(answer, Outcome):
        return answer
    if answer.startswith("+OK"):
        return Outcome(Verdict.DONE)
    return Outcome(Verdict.REJECTED, _short(answer))


def _listed(answer: str) -> list[Contact]:
    total = _TOTAL.search(answer)
    if total is None:
        raise Unreached(f"no list of registrations: {_short(answer)}")
    blocks = answer[: total.start()].split("Call-ID:")[1:]
    if len(blocks) != int(total[1]):
        raise Unreached(f"{total[1]} registrations were promised and {len(blocks)} listed")
    return [_contact(dict(_FIELD.findall(block))) for block in blocks]


def _contact(fields: dict[str, str]) -> Contact:
    username, _, realm = fields.get("User", "").strip().partition("@")
    seconds = _EXPIRES.search(fields.get("Status", ""))
    return Contact(
        username,
        realm,
        fields.get("Contact", "").strip(),
        fields.get("Agent", "").strip() or None,
        expiry(int(seconds[1])) if seconds else None,
    )


def _short(answer: str) -> str:
    return " ".join(answer.split())[:200]
