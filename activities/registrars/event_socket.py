"""FreeSWITCH's event socket as far as commands need it: sign in, `api`, read the answer.

One connection at a time, commands one after another; every step has a deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from activities.registrars.port import DEADLINE_SECONDS, Unreached

LONGEST_ANSWER = 64 * 1024 * 1024  # bytes; a hundred thousand registrations are about fifty
_LONGEST_HEAD = 64 * 1024
_LINE_ENDS = ("\n", "\r", "\0")


@dataclass(frozen=True, slots=True)
class Command:
    """One line for `api`; only `freeswitch` writes them, from checked words."""

    line: str

    def __post_init__(self) -> None:
        if not self.line or any(end in self.line for end in _LINE_ENDS):
            raise ValueError("a command is one line")


@dataclass(frozen=True, slots=True)
class _Message:
    headers: dict[str, str]
    body: str = ""


@dataclass(slots=True)
class EventSocket:
    """A signed-in connection. Everything it does raises Unreached."""

    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def api(self, command: Command, seconds: float = DEADLINE_SECONDS) -> str:
        """What the switch says to a command."""
        async with self._turn, _in_time(seconds):
            message = await self._asked(f"api {command.line}", "api/response")
            return message.body

    async def sign_in(self, password: str) -> None:
        """Say the password; a switch that does not know it is as good as away."""
        async with self._turn, _in_time(DEADLINE_SECONDS):
            greeting = await self._message()
            if greeting.headers.get("Content-Type") != "auth/request":
                raise Unreached("no event socket answers there, or it refuses this address")
            reply = await self._asked(f"auth {password}", "command/reply")
            if not reply.headers.get("Reply-Text", "").startswith("+OK"):
                raise Unreached("the event socket refuses its password")

    def close(self) -> None:
        """End the connection at once: nothing that was asked is still awaited."""
        self._writer.transport.abort()

    async def _asked(self, line: str, content_type: str) -> _Message:
        self._writer.write(f"{line}\n\n".encode())
        await self._writer.drain()
        while True:
            message = await self._message()
            kind = message.headers.get("Content-Type")
            if kind == content_type:
                return message
            if kind == "text/disconnect-notice":
                raise Unreached("the switch ended the connection")

    async def _message(self) -> _Message:
        head = (await self._reader.readuntil(b"\n\n")).decode("utf-8", "replace")
        headers = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
        length = headers.get("Content-Length", "0")
        if not headers or not length.isdecimal() or int(length) > LONGEST_ANSWER:
            raise Unreached("what answers there is no event socket")
        body = await self._reader.readexactly(int(length))
        return _Message(headers, body.decode("utf-8", "replace"))


@asynccontextmanager
async def event_socket(host: str, port: int, password: str) -> AsyncIterator[EventSocket]:
    """A signed-in connection for as long as the block runs. Raises Unreached."""
    async with _in_time(DEADLINE_SECONDS):
        reader, writer = await asyncio.open_connection(host, port, limit=_LONGEST_HEAD)
    connection = EventSocket(reader, writer)
    try:
        await connection.sign_in(password)
        yield connection
    finally:
        connection.close()


@asynccontextmanager
async def _in_time(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as late:
        raise Unreached(f"no answer within {seconds:g} seconds") from late
    except (OSError, EOFError, asyncio.LimitOverrunError) as broken:
        raise Unreached(f"{type(broken).__name__}: {broken}") from broken
