"""A phone that calls and is called: as much of RFC 3261 as it takes to talk and to be hung up on.

Nobody speaks: there is no media, and sessions are not described.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field

from tests.phone import OK, Phone, headers_of, status_of

_COPIED = ("via", "record-route", "from", "call-id", "cseq")


@dataclass
class Talker(Phone):
    """Takes every call. `is_talking`: a call stands; `was_hung_up_on`: the other side ended it.

    heard: the methods of the requests that reached it.
    """

    is_talking: asyncio.Event = field(default_factory=asyncio.Event)
    was_hung_up_on: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[str] = field(default_factory=list)
    answered: str = ""

    async def dial(self, username: str) -> int:
        """Call a login of the same realm and, if it answers, talk."""
        answer = await self._proven("INVITE", f"sip:{username}@{self.realm}")
        if status_of(answer) == OK:
            self.answered = answer
            self._say(self._within_call("ACK"))
            self.is_talking.set()
        return status_of(answer)

    async def say_in_call(self, method: str) -> int:
        """Say it to the other side of the call that one made, even when that is over."""
        self.number += 1
        return status_of(await self._ask(self._within_call(method)))

    async def slip_in(self, method: str, uri: str, switch: str) -> int:
        """Say it as if within a call that never was; the final answer, 0 for what has none."""
        request = self._request(method, uri, f"Route: <sip:{switch};lr>")
        request = request.replace(f"To: <{uri}>", f"To: <{uri}>;tag=invented")
        if method == "ACK":
            self._say(request)
            return 0
        return status_of(await self._ask(request))

    def datagram_received(self, data: bytes, address: object) -> None:
        message = data.decode()
        method = message.partition(" ")[0]
        if not method.startswith("SIP/"):
            self.heard.append(method)
        match method:
            case "INVITE":
                self._say(self._taken(message))
            case "ACK":
                self.is_talking.set()
            case "BYE":
                self._say(self._taken(message))
                self.was_hung_up_on.set()
            case _:
                super().datagram_received(data, address)

    def _taken(self, request: str) -> str:
        """The answer 200 to a request."""
        to = headers_of(request)["to"]
        lines = [
            "SIP/2.0 200 OK",
            *(line for name in _COPIED for line in _lines(request, name)),
            f"To: {to}" if "tag=" in to else f"To: {to};tag={self.call_id}",
            f"Contact: <sip:{self.username}@{self.local}>",
            "Content-Length: 0",
        ]
        return "\r\n".join(lines) + "\r\n\r\n"

    def _within_call(self, method: str) -> str:
        answer = self.answered
        told = headers_of(answer)
        routes = [line.partition(":")[2] for line in _lines(answer, "record-route")]
        lines = [
            f"{method} {told['contact'].strip('<>')} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.local};branch=z9hG4bK{secrets.token_hex(8)};rport",
            *(f"Route:{route}" for route in reversed(routes)),
            "Max-Forwards: 70",
            *_lines(answer, "from"),
            *_lines(answer, "to"),
            *_lines(answer, "call-id"),
            f"CSeq: {self.number} {method}",
            f"Contact: <sip:{self.username}@{self.local}>",
            "Content-Length: 0",
        ]
        return "\r\n".join(lines) + "\r\n\r\n"

    def _say(self, message: str) -> None:
        assert self.transport is not None
        self.transport.sendto(message.encode())


def _lines(message: str, name: str) -> list[str]:
    """Every header line of this lower-case name, in its order."""
    lines = message.partition("\r\n\r\n")[0].split("\r\n")[1:]
    return [line for line in lines if line.partition(":")[0].strip().lower() == name]
