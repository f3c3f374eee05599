"""A Kamailio by JSON-RPC over HTTP. It caches no look-ups: each sign-in reads our views.

An answer of HTTP 500 is not a fault by itself: the body says what it means.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from activities.registrars.port import (
    DEADLINE_SECONDS,
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
TABLE = "location"
# Dialog profiles of the sample configuration: who calls, by device id; who is called, by address.
CALLING, CALLED = "device", "login"
_UNKNOWN_LOGIN = "AOR not found"
_TOO_SOON = "ongoing reload"  # it reads its lists at most every five seconds
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - read, not bound

Pace = Callable[[], Awaitable[None]]


class _Rejected(Exception):
    """What the switch said instead of doing it."""


@dataclass(frozen=True, slots=True)
class Kamailio:
    """A Kamailio that answers at one URL."""

    client: httpx.AsyncClient
    url: str
    pace: Pace

    async def flush(self, login: Login) -> Outcome:
        """Nothing is kept of a look-up."""
        del login
        return Outcome(Verdict.UNASKED)

    async def drop_contacts(self, login: Login) -> Outcome:
        """Drop the login's registrations."""
        return await self._told("ul.rm", TABLE, spoken(login.address))

    async def end_calls(self, login: Login) -> Outcome:
        """End the dialogs that the device made or that go to its login, one by one."""
        try:
            ids = await self._dialogs(CALLING, login.device_id)
            ids |= await self._dialogs(CALLED, login.address)
            for entry, number in ids:
                await self._asked("dlg.end_dlg", entry, number)
        except (Unreached, _Rejected) as reason:
            return _not_done(reason)
        return Outcome(Verdict.DONE if ids else Verdict.NOTHING_THERE)

    async def reload_ip_lists(self) -> Outcome:
        """Read the lists of networks anew; too soon after the last time is rejected."""
        return await self._told("permissions.addressReload")

    async def contacts(self, login: Login) -> list[Contact]:
        """The login's registrations; a login that is unknown has none."""
        try:
            answer = await self._asked("ul.lookup", TABLE, spoken(login.address))
        except _Rejected as rejected:
            if _UNKNOWN_LOGIN in str(rejected):
                return []
            raise Unreached(str(rejected)) from rejected
        with _reading("ul.lookup"):
            return [_contact(login.address, each) for each in _contacts(answer)]

    async def registrations(self) -> list[Contact]:
        """Every registration there is."""
        try:
            answer = await self._asked("ul.dump", seconds=LISTING_SECONDS)
        except _Rejected as rejected:
            raise Unreached(str(rejected)) from rejected
        with _reading("ul.dump"):
            return list(_dumped(answer))

    async def sip_addresses(self) -> list[str]:
        """Where it listens for phones by datagram."""
        try:
            sockets = await self._asked("core.sockets_list")
        except _Rejected as rejected:
            raise Unreached(str(rejected)) from rejected
        with _reading("core.sockets_list"):
            found = [each["socket"] for each in _items(sockets) if "socket" in each]
            return [
                f"{_bracketed(self._reached(each['ipaddress']))}:{each['port']}/udp"
                for each in found
                if each["proto"] == "udp"
            ]

    async def health(self) -> Outcome:
        """Whether it answers."""
        return await self._told("core.version")

    async def _dialogs(self, profile: str, value: str) -> set[tuple[int, int]]:
        """The dialogs of this value; without one all would be listed."""
        dialogs = await self._asked("dlg.profile_list", profile, spoken(value))
        with _reading("dlg.profile_list"):
            return {(int(each["h_entry"]), int(each["h_id"])) for each in _items(dialogs)}

    def _reached(self, host: str) -> str:
        """Who listens everywhere is asked where it is told things."""
        return httpx.URL(self.url).host if host in _EVERYWHERE else host

    async def _told(self, method: str, *parameters: str | int) -> Outcome:
        try:
            await self._asked(method, *parameters)
        except (Unreached, _Rejected) as reason:
            return _not_done(reason)
        return Outcome(Verdict.DONE)

    async def _asked(
        self, method: str, *parameters: str | int, seconds: float = DEADLINE_SECONDS
    ) -> Any:
        await self.pace()
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        try:
            answer = await self.client.post(self.url, json=call, timeout=seconds)
            body = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as broken:
            raise Unreached(f"{type(broken).__name__}: {broken}") from broken
        if not isinstance(body, dict) or not {"result", "error"} & set(body):
            raise Unreached(f"what answers there is no JSON-RPC (HTTP {answer.status_code})")
        if "error" in body:
            raise _Rejected(_message(body["error"]))
        return body["result"]


@asynccontextmanager
async def kamailio(url: str, token: str | None, pace: Pace) -> AsyncIterator[Kamailio]:
    """A Kamailio for as long as the block runs; nothing is asked before it is needed."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers) as client:
        yield Kamailio(client, url, pace)


@contextmanager
def _reading(method: str) -> Iterator[None]:
    """Reading an answer: one of another form is none."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as odd:
        raise Unreached(f"what it answers to {method} is not understood: {odd!r}") from odd


def _not_done(reason: Unreached | _Rejected) -> Outcome:
    if isinstance(reason, Unreached):
        return unreachable(reason)
    words = str(reason)
    if _UNKNOWN_LOGIN in words:
        return Outcome(Verdict.NOTHING_THERE)
    return Outcome(Verdict.REJECTED, words[:200])


def _message(error: Any) -> str:
    return str(error.get("message", error)) if isinstance(error, dict) else str(error)


def _items(answer: Any) -> list[dict[str, Any]]:
    """What is listed; nothing is an empty list, and what is no list of objects a TypeError."""
    listed = answer or []
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise TypeError("not a list of objects")
    return listed


def _dumped(answer: Any) -> Iterator[Contact]:
    for domain in _items(answer.get("Domains")):
        for entry in _items(domain.get("Domain", {}).get("AoRs")):
            info = entry.get("Info", {})
            for each in _contacts(info):
                yield _contact(str(info.get("AoR", "")), each)


def _contacts(info: Any) -> list[dict[str, Any]]:
    return _items([each["Contact"] for each in _items(info.get("Contacts"))])


def _contact(address: str, told: dict[str, Any]) -> Contact:
    username, _, realm = address.partition("@")
    return Contact(
        username,
        realm,
        str(told.get("Address", "")),
        str(told["User-Agent"]) if told.get("User-Agent") else None,
        expiry(told.get("Expires")),
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
