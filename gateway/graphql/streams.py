"""Server-Sent Events as graphql-sse reads them: one connection an operation.

Where the events come from is not known here.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from starlette.types import Receive, Scope, Send

from gateway.departure import Departed, present

SILENCE_SECONDS: Final = 12.0  # proxies close what is silent for longer than some fifteen


class EventStream:
    """An ASGI response that writes each body of `bodies` as a `next` event, then `complete`."""

    def __init__(self, bodies: AsyncGenerator[bytes], headers: dict[str, str]) -> None:
        self._bodies = bodies
        self._headers = headers | {
            "Content-Type": "text/event-stream; charset=utf-8",
            "X-Accel-Buffering": "no",
        }

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Write until the events end or the client leaves."""
        headers = [(name.lower().encode(), text.encode()) for name, text in self._headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            async with present(receive), asyncio.TaskGroup() as group:
                lock = asyncio.Lock()
                breathing = group.create_task(_breathe(send, lock))
                async with aclosing(self._bodies) as bodies:
                    async for body in bodies:
                        await _write(send, lock, b"event: next\ndata: " + body + b"\n\n")
                breathing.cancel()
        except Departed:
            return
        await send({"type": "http.response.body", "body": b"event: complete\ndata:\n\n"})


async def _breathe(send: Send, lock: asyncio.Lock) -> None:
    while True:
        await asyncio.sleep(SILENCE_SECONDS)
        await _write(send, lock, b":\n\n")


async def _write(send: Send, lock: asyncio.Lock, piece: bytes) -> None:
    async with lock:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
