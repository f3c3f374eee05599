"""A WebSocket client that speaks ASGI to an application in the same loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from starlette.types import ASGIApp

LONGEST_WAIT_SECONDS = 5.0


class Closed(Exception):
    """The server ended the connection; the argument is its code."""


class Socket:
    """One connection, already accepted."""

    def __init__(self) -> None:
        self.outgoing: asyncio.Queue[Any] = asyncio.Queue()
        self.incoming: asyncio.Queue[Any] = asyncio.Queue()

    async def say(self, message: Any) -> None:
        """Send JSON."""
        await self.say_text(orjson.dumps(message).decode())

    async def say_text(self, text: str) -> None:
        """Send a text frame."""
        await self.outgoing.put({"type": "websocket.receive", "text": text})

    async def hear(self) -> Any:
        """The next message; raises Closed."""
        frame = await asyncio.wait_for(self.incoming.get(), LONGEST_WAIT_SECONDS)
        if frame["type"] == "websocket.close":
            raise Closed(frame["code"])
        return orjson.loads(frame["text"])

    async def open(self, **payload: Any) -> None:
        """Introduce oneself, and be acknowledged."""
        await self.say({"type": "connection_init", "payload": payload})
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, name: str, query: str, **variables: Any) -> None:
        """Begin an operation."""
        asked = {"query": query, "variables": variables}
        await self.say({"type": "subscribe", "id": name, "payload": asked})


@asynccontextmanager
async def connected(
    application: ASGIApp,
    *,
    token: str | None = None,
    protocols: tuple[str, ...] = ("graphql-transport-ws",),
) -> AsyncIterator[Socket]:
    """A connection to /graphql; `token` stands in the handshake."""
    socket = Socket()
    headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("api", 80),
        "scheme": "ws",
        "subprotocols": list(protocols),
    }
    await socket.outgoing.put({"type": "websocket.connect"})
    serving = asyncio.ensure_future(application(scope, socket.outgoing.get, socket.incoming.put))
    accepted = await asyncio.wait_for(socket.incoming.get(), LONGEST_WAIT_SECONDS)
    assert accepted["type"] == "websocket.accept"
    yield socket
    await socket.outgoing.put({"type": "websocket.disconnect", "code": 1000})
    await asyncio.wait_for(serving, LONGEST_WAIT_SECONDS)
