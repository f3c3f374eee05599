"""A REGISTER without a Contact: asks a switch whether it would let a login in, and changes nothing.

RFC 3261 section 10.2.3; answered from the stored HA1, so no secret is needed.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from hashlib import md5
from typing import cast

from activities.registrars.port import DEADLINE_SECONDS, Login, Unreached
from models.switch.refusal import mark_of_probe

FIRST_REPEAT_SECONDS = 0.5  # T1 of RFC 3261: datagrams get lost
_TRYING = 200  # below it an answer is not the last word
_CHALLENGE = 401
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})/udp")
_STATUS = re.compile(r"SIP/2\.0 (\d{3}) ")
_DIGEST = re.compile(r"^WWW-Authenticate:\s*Digest\s+(.+)$", re.MULTILINE | re.IGNORECASE)
_PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^",\s]+))')


class Probed(StrEnum):
    """What the switch did with the login."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCLEAR = "unclear"  # it asks for another realm or scheme than our hashes are of


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    text: str


async def probe(address: str, login: Login, ha1: str) -> Probed:
    """Ask at `host:port/udp`. Raises Unreached."""
    async with _phone(address) as phone:
        call = _Call(login, phone.local)
        answer = await phone.ask(call.register())
        if answer.status == _CHALLENGE:
            asked = _challenge(answer.text)
            if asked.get("realm") != login.realm or asked.get("algorithm", "MD5").upper() != "MD5":
                return Probed.UNCLEAR
            answer = await phone.ask(call.register(_response(login, ha1, asked)))
        return Probed.ACCEPTED if answer.status == _TRYING else Probed.REFUSED


@dataclass(slots=True)
class _Call:
    """The requests of one probe."""

    login: Login
    local: str
    tag: str = ""
    number: int = 0

    def register(self, authorization: str = "") -> bytes:
        self.tag = self.tag or secrets.token_hex(8)
        self.number += 1
        who = f"<sip:{self.login.address}>"
        lines = [
            f"REGISTER sip:{self.login.realm} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.local};branch=z9hG4bK{secrets.token_hex(8)};rport",
            "Max-Forwards: 70",
            f"From: {who};tag={self.tag}",
            f"To: {who}",
            f"Call-ID: probe-{self.tag}",
            f"CSeq: {self.number} REGISTER",
            f"User-Agent: {mark_of_probe(self.login.address)}",
            *([f"Authorization: {authorization}"] if authorization else []),
            "Content-Length: 0",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class _Phone(asyncio.DatagramProtocol):
    """A datagram socket that repeats a question until it is answered."""

    def __init__(self) -> None:
        self._answers: asyncio.Queue[_Answer | OSError] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None
        self.local = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        host, port = transport.get_extra_info("sockname")[:2]
        self.local = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def datagram_received(self, data: bytes, _address: object) -> None:
        text = data.decode("utf-8", "replace")
        status = _STATUS.match(text)
        if status is not None:
            self._answers.put_nowait(_Answer(int(status[1]), text))

    def error_received(self, exc: Exception) -> None:
        self._answers.put_nowait(OSError(str(exc)))

    async def ask(self, request: bytes) -> _Answer:
        """The final answer to one request."""
        repeats = asyncio.create_task(self._repeat(request))
        sequence = re.search(rb"CSeq: \d+", request)
        wanted = sequence[0].decode() if sequence else ""
        try:
            while True:
                answer = await self._answers.get()
                if isinstance(answer, OSError):
                    raise answer
                if answer.status >= _TRYING and wanted in answer.text:
                    return answer
        finally:
            repeats.cancel()

    async def _repeat(self, request: bytes) -> None:
        wait = FIRST_REPEAT_SECONDS
        while self._transport is not None:
            self._transport.sendto(request)
            await asyncio.sleep(wait)
            wait *= 2


@asynccontextmanager
async def _phone(address: str) -> AsyncIterator[_Phone]:
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise Unreached(f"{address!r} is no address to ask at")
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            transport, phone = await loop.create_datagram_endpoint(
                _Phone, remote_addr=(parts[1].strip("[]"), int(parts[2]))
            )
            try:
                yield phone
            finally:
                transport.close()
    except TimeoutError as late:
        raise Unreached(f"no SIP answer within {DEADLINE_SECONDS:g} seconds") from late
    except OSError as broken:
        raise Unreached(f"{type(broken).__name__}: {broken}") from broken


def _challenge(answer: str) -> dict[str, str]:
    digest = _DIGEST.search(answer)
    if digest is None:
        return {}
    return {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(digest[1])}


def _response(login: Login, ha1: str, asked: dict[str, str]) -> str:
    uri, nonce = f"sip:{login.realm}", asked.get("nonce", "")
    ha2 = _md5(f"REGISTER:{uri}")
    parts = [f'username="{login.username}"', f'realm="{login.realm}"', f'nonce="{nonce}"']
    parts += [f'uri="{uri}"', "algorithm=MD5"]
    if "auth" in asked.get("qop", "").split(","):
        ours = secrets.token_hex(8)
        proof = _md5(f"{ha1}:{nonce}:00000001:{ours}:auth:{ha2}")
        parts += ["qop=auth", "nc=00000001", f'cnonce="{ours}"']
    else:
        proof = _md5(f"{ha1}:{nonce}:{ha2}")
    if "opaque" in asked:
        parts.append(f'opaque="{asked["opaque"]}"')
    return "Digest " + ", ".join([*parts, f'response="{proof}"'])


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
