"""A stand-in for a FreeSWITCH 1.10, with the traps that a real one has.

It looks users up by form post and caches them, takes registrations by datagram, commands by event
socket. Whatever a real switch would have taken amiss stands in `complaints`; a test ends with none.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast
from xml.etree import ElementTree as ET

import httpx

from tests.phone import digest, headers_of, parameters_of

PASSWORD = "ClueCon"
PROFILE = "internal"
LINE = "=" * 96

Login = tuple[str, str]  # user, domain


@dataclass
class FreeSwitch:
    """One switch: what it remembers, and what was done to it.

    phones_insist: whether a phone whose contact was dropped signs in again at once. keeps_cache:
    whether it says that it forgot a look-up and does not. others: profiles at which nobody is
    registered, with their addresses.
    """

    directory: httpx.AsyncClient
    realm: str
    cache: dict[Login, tuple[dict[str, str], float]] = field(default_factory=dict)
    contacts: dict[Login, dict[str, str]] = field(default_factory=dict)
    core_registrations: list[Login] = field(default_factory=list)
    calls: dict[str, str] = field(default_factory=dict)  # call → device id
    networks: dict[str, str] = field(default_factory=dict)  # user → cidr
    commands: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    phones_insist: bool = False
    keeps_cache: bool = False
    event_socket: str = ""
    sip: str = ""
    others: dict[str, str] = field(default_factory=dict)
    nonces: set[str] = field(default_factory=set)

    async def look_up(
        self, login: Login, proof: dict[str, str] | None = None
    ) -> dict[str, str] | None:
        """The parameters of a user, from the cache or the directory; absences are not cached.

        proof: what the phone sent, of which the switch tells with its question.
        """
        cached = self.cache.get(login)
        if cached is not None and cached[1] > time.monotonic():
            return cached[0]
        user, domain = login
        form = {"section": "directory", "tag_name": "domain", "key_name": "name"}
        form |= {"key_value": domain, "user": user, "domain": domain, "action": "sip_auth"}
        form |= proof or {}
        answer = await self.directory.post("/fs/directory", data=form)
        found = ET.fromstring(answer.text).find(".//user") if answer.status_code == 200 else None
        if found is None:
            return None
        parameters = {each.attrib["name"]: each.attrib["value"] for each in found.iter("param")}
        parameters |= {each.attrib["name"]: each.attrib["value"] for each in found.iter("variable")}
        if "a1-hash" not in parameters:
            self.complaints.append(f"{user} was let in with any password: no hash")
        if "cacheable" in found.attrib:
            kept_until = time.monotonic() + int(found.attrib["cacheable"]) / 1000
            self.cache[login] = (parameters, kept_until)
        return parameters

    async def call(self, login: Login) -> str:
        """A call of a user who is let in."""
        parameters = await self.look_up(login)
        assert parameters is not None
        name = secrets.token_hex(4)
        self.calls[name] = parameters["device_id"]
        return name

    async def sip_answer(self, message: str, source: str, forced: str) -> str:
        """What a REGISTER is answered; forced: the one realm of a profile that serves no other."""
        headers = headers_of(message)
        user, _, domain = headers["to"].split("sip:")[1].split(">")[0].partition("@")
        domain = forced or domain
        status = await self._register((user, domain), headers, source)
        lines = [f"SIP/2.0 {status}"]
        lines += [f"{name}: {headers[name.lower()]}" for name in ("Via", "From", "To", "Call-ID")]
        lines += [f"CSeq: {headers['cseq']}", "Content-Length: 0"]
        if status.startswith("401"):
            nonce = secrets.token_hex(8)
            self.nonces.add(nonce)
            lines.append(f'WWW-Authenticate: Digest realm="{domain}", nonce="{nonce}", qop="auth"')
        return "\r\n".join(lines) + "\r\n\r\n"

    async def _register(self, login: Login, headers: dict[str, str], source: str) -> str:
        if "authorization" not in headers:
            return "401 Unauthorized"
        proof = parameters_of(headers["authorization"])
        told = {f"sip_auth_{name}": value for name, value in proof.items()}
        told |= {"sip_auth_method": "REGISTER", "ip": source}
        user = await self.look_up(login, told | {"sip_user_agent": headers.get("user-agent", "")})
        if user is None or proof.get("nonce") not in self.nonces:
            return "403 Forbidden"
        asked = (proof["nonce"], proof["nc"], proof["cnonce"], "auth")
        wanted = digest(user["a1-hash"], *asked, digest("REGISTER", proof["uri"]))
        if proof["response"] != wanted:
            return "403 Forbidden"
        if "contact" in headers:
            held = self.contacts.setdefault(login, {})
            held[headers["contact"]] = headers.get("user-agent", "")
            self.core_registrations.append(login)
            if headers.get("expires") == "0":
                del self.contacts[login]
        return "200 OK"

    # ------------------------------------------------------------------------ the event socket

    async def told(self, line: str) -> str:
        """What a command is answered, with all that it does."""
        self.commands.append(line)
        answer = "-ERR no such command"
        match line.split(" "):
            case ["xml_flush_cache", *words]:
                answer = self._flush_cache(words)
            case ["sofia", "profile", profile, "flush_inbound_reg", *words]:
                answer = await self._flush_registrations(profile, words)
            case ["hupall", _, *words]:
                answer = self._hang_up(words)
            case ["reloadacl"]:
                answer = await self._reload_lists()
            case ["show", "registrations"]:
                answer = f"{len(self.core_registrations)} total."
            case ["sofia", "status", "profile", profile, *words]:
                answer = self._status(profile, words)
            case _:
                self.complaints.append(f"no such command: {line}")
        return answer

    def _flush_cache(self, words: list[str]) -> str:
        if len(words) < 3 or not all(words):
            self.complaints.append("the whole cache was emptied")
            self.cache.clear()
            return "+OK cleared everything"
        key, user, domain = words
        gone = None
        if key == "id" and not self.keeps_cache:
            gone = self.cache.pop((user, domain), None)
        return f"+OK cleared {1 if gone else 0} entries"

    async def _flush_registrations(self, profile: str, words: list[str]) -> str:
        if profile in self.others:
            return f"+OK flushing all registrations matching {words[0]}"
        if profile != PROFILE:
            return "Invalid Profile!"
        if not words or not words[0]:
            self.complaints.append("every registration was dropped")
            self.contacts.clear()
            return "+OK flushing all registrations"
        user, _, domain = words[0].partition("@")
        dropped = self.contacts.pop((user, domain), None)
        if (user, domain) in self.cache:
            self.complaints.append(f"{words[0]} was dropped while it was still cached")
        if dropped and self.phones_insist and await self.look_up((user, domain)):
            self.contacts[user, domain] = dropped
        return f"+OK flushing all registrations matching {words[0]}"

    def _hang_up(self, words: list[str]) -> str:
        if len(words) < 2 or not all(words):
            self.complaints.append("every call was ended")
            self.calls.clear()
            return "+OK hangup all channels"
        for name in [name for name, device in self.calls.items() if device == words[1]]:
            del self.calls[name]
        return f"+OK hangup all channels matching [{words[0]}]=[{words[1]}]"

    async def _reload_lists(self) -> str:
        form = {"section": "directory", "key_value": self.realm, "domain": self.realm}
        answer = await self.directory.post("/fs/directory", data=form | {"purpose": "network-list"})
        users = ET.fromstring(answer.text).iter("user")
        self.networks = {user.attrib["id"]: user.attrib["cidr"] for user in users}
        return "+OK acl reloaded"

    def _status(self, profile: str, words: list[str]) -> str:
        addresses = {PROFILE: self.sip} | self.others
        if profile not in addresses:
            return "Invalid Profile!\n"
        if not words:
            url = f"sip:mod_sofia@{addresses[profile]}"
            return f"{LINE}\nName             \t{profile}\nURL              \t{url}\n"
        wanted = words[1] if words[0] == "user" else None
        found = [
            (login, contact, agent)
            for login, held in (self.contacts.items() if profile == PROFILE else ())
            if wanted is None or "@".join(login) == wanted
            for contact, agent in held.items()
        ]
        blocks = [
            f"Call-ID:    \t{secrets.token_hex(4)}\nUser:       \t{'@'.join(login)}\n"
            f"Contact:    \t{contact}\nAgent:      \t{agent}\n"
            "Status:     \tRegistered(UDP)(unknown) EXP(2030-01-01 00:00:00) EXPSECS(300)\n\n"
            for login, contact, agent in found
        ]
        return (
            f"Registrations:\n{LINE}\n{''.join(blocks)}Total items returned: {len(found)}\n{LINE}\n"
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection to the event socket."""
        writer.write(b"Content-Type: auth/request\n\n")
        try:
            while True:
                line = (await reader.readuntil(b"\n\n")).decode().strip()
                verb, _, rest = line.partition(" ")
                if verb == "auth":
                    words = "+OK accepted" if rest == PASSWORD else "-ERR invalid"
                    writer.write(f"Content-Type: command/reply\nReply-Text: {words}\n\n".encode())
                else:
                    body = (await self.told(rest)).encode()
                    head = f"Content-Type: api/response\nContent-Length: {len(body)}\n\n"
                    writer.write(head.encode() + body)
        except asyncio.IncompleteReadError:
            writer.close()


class _Sip(asyncio.DatagramProtocol):
    def __init__(self, switch: FreeSwitch, forced: str = "") -> None:
        self._switch = switch
        self._forced = forced
        self._transport: asyncio.DatagramTransport | None = None
        self._work: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        work = asyncio.create_task(self._answer(data.decode(), address))
        self._work.add(work)
        work.add_done_callback(self._work.discard)

    async def _answer(self, message: str, address: tuple[str, int]) -> None:
        answer = await self._switch.sip_answer(message, address[0], self._forced)
        if self._transport is not None:
            self._transport.sendto(answer.encode(), address)


@asynccontextmanager
async def freeswitch(
    directory: httpx.AsyncClient, realm: str, port: int = 0
) -> AsyncIterator[FreeSwitch]:
    """A switch that runs, for as long as the block does."""
    switch = FreeSwitch(directory, realm)
    loop = asyncio.get_running_loop()
    sip, _ = await loop.create_datagram_endpoint(lambda: _Sip(switch), local_addr=("127.0.0.1", 0))
    server = await asyncio.start_server(switch.serve, "127.0.0.1", port)
    switch.sip = f"127.0.0.1:{sip.get_extra_info('sockname')[1]}"
    switch.event_socket = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield switch
    finally:
        server.close()
        sip.close()


@asynccontextmanager
async def other_realm(switch: FreeSwitch, profile: str, realm: str) -> AsyncIterator[str]:
    """A further profile, which serves one realm alone, and its address."""
    loop = asyncio.get_running_loop()
    sip, _ = await loop.create_datagram_endpoint(
        lambda: _Sip(switch, realm), local_addr=("127.0.0.1", 0)
    )
    switch.others[profile] = f"127.0.0.1:{sip.get_extra_info('sockname')[1]}"
    try:
        yield switch.others[profile]
    finally:
        sip.close()
