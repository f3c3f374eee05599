"""A SIP phone that registers: as much of RFC 3261 and RFC 2617 as a registrar needs to see.

It proves itself with a secret; what a switch keeps is no business of it.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import md5
from typing import TypeVar, cast

SECONDS = 3.0
FORBIDDEN = 403
NOT_FOUND = 404
OK = 200
UNAUTHORIZED = 401
NO_SUCH_CALL = 481
_PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^",\s]+))')


def digest(*parts: str) -> str:
    """MD5 of parts with colons between them."""
    return md5(":".join(parts).encode()).hexdigest()


def headers_of(message: str) -> dict[str, str]:
    """The headers of a SIP message by their lower-case names; of several, the first."""
    found: dict[str, str] = {}
    for line in message.partition("\r\n\r\n")[0].split("\r\n")[1:]:
        name, _, value = line.partition(":")
        found.setdefault(name.strip().lower(), value.strip())
    return found


def parameters_of(value: str) -> dict[str, str]:
    """The parameters of a Digest header."""
    return {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(value)}


def status_of(answer: str) -> int:
    """The status of an answer."""
    return int(answer.split(" ")[1])


@dataclass
class Phone(asyncio.DatagramProtocol):
    """One phone of one login; `register` answers the last status it was told.

    shown: the name it gives as its own, when that is not the one it proves.
    """

    username: str
    realm: str
    secret: str
    local: str = ""
    answers: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    number: int = 0
    transport: asyncio.DatagramTransport | None = None
    shown: str | None = None

    async def register(self, *, expires: int = 300) -> int:
        """Sign in, or renew, or with 0 sign out."""
        answer = await self._proven("REGISTER", f"sip:{self.realm}", f"Expires: {expires}")
        return status_of(answer)

    async def call(self, number: str) -> int:
        """Call somebody without signing in; the first final answer."""
        return status_of(await self._ask(self._request("INVITE", f"sip:{number}@{self.realm}")))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)
        host, port = self.transport.get_extra_info("sockname")[:2]
        self.local = f"{host}:{port}"

    def datagram_received(self, data: bytes, _address: object) -> None:
        self.answers.put_nowait(data.decode())

    async def _proven(self, method: str, uri: str, *more: str) -> str:
        """The answer to a request, which is said again with a proof when one is wanted."""
        answer = await self._ask(self._request(method, uri, *more))
        if status_of(answer) != UNAUTHORIZED:
            return answer
        asked = parameters_of(headers_of(answer)["www-authenticate"])
        return await self._ask(self._request(method, uri, *more, self._proof(asked, method, uri)))

    async def _ask(self, request: str) -> str:
        assert self.transport is not None
        async with asyncio.timeout(SECONDS):
            while True:
                self.transport.sendto(request.encode())
                try:
                    async with asyncio.timeout(0.5):
                        while True:
                            answer = await self.answers.get()
                            if not answer.startswith("SIP/2.0 1") and self._is_mine(answer):
                                return answer
                except TimeoutError:
                    continue

    def _is_mine(self, answer: str) -> bool:
        return headers_of(answer).get("cseq", "").startswith(f"{self.number} ")

    def _request(self, method: str, uri: str, *more: str) -> str:
        self.number += 1
        who = f"<sip:{self.shown or self.username}@{self.realm}>"
        whom = who if method == "REGISTER" else f"<{uri}>"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.local};branch=z9hG4bK{secrets.token_hex(8)};rport",
            "Max-Forwards: 70",
            f"From: {who};tag={self.call_id}",
            f"To: {whom}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.number} {method}",
            f"Contact: <sip:{self.username}@{self.local}>",
            "User-Agent: A phone 1.0",
            *more,
            "Content-Length: 0",
        ]
        return "\r\n".join(lines) + "\r\n\r\n"

    def _proof(self, asked: dict[str, str], method: str, uri: str) -> str:
        ha1 = digest(self.username, self.realm, self.secret)
        ha2 = digest(method, uri)
        head = f'Authorization: Digest username="{self.username}", realm="{asked["realm"]}", '
        head += f'nonce="{asked["nonce"]}", uri="{uri}", '
        if "qop" not in asked:
            return head + f'response="{digest(ha1, asked["nonce"], ha2)}"'
        ours = secrets.token_hex(4)
        proof = digest(ha1, asked["nonce"], "00000001", ours, "auth", ha2)
        return head + f'qop=auth, nc=00000001, cnonce="{ours}", response="{proof}"'


AnyPhone = TypeVar("AnyPhone", bound=Phone)


@asynccontextmanager
async def phone(server: str, username: str, realm: str, secret: str) -> AsyncIterator[Phone]:
    """A phone with a socket of its own, for a switch at `host:port`."""
    async with plugged_in(Phone(username, realm, secret), server) as made:
        yield made


@asynccontextmanager
async def plugged_in(made: AnyPhone, server: str) -> AsyncIterator[AnyPhone]:
    """This phone with its socket."""
    host, _, port = server.rpartition(":")
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: made, remote_addr=(host, int(port))
    )
    try:
        yield made
    finally:
        transport.close()
