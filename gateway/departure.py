"""Ends the work for a client that has gone away, so that nobody computes what nobody reads.

Work that has effects is not put under this: what was begun is finished.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from starlette.types import Receive

_UNWATCHED_SECONDS: Final = 0.05  # most answers are quicker than it takes to watch for a hang-up


class Departed(Exception):
    """The client closed the connection before the answer was ready."""


class _Watch:
    """Cancels a task when the connection of its client ends."""

    def __init__(self, receive: Receive, task: "asyncio.Task[Any]") -> None:
        self._receive = receive
        self._task = task
        self._watching: asyncio.Task[None] | None = None
        self.departed = False

    def begin(self) -> None:
        self._watching = asyncio.create_task(self._wait())

    def end(self) -> None:
        if self._watching is not None:
            self._watching.cancel()

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.departed = True
        self._task.cancel()


@asynccontextmanager
async def present(receive: Receive) -> AsyncIterator[None]:
    """Run the body while the client is there; raises Departed, with the body cancelled, when not.

    The request's body must have been read already.
    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - for the type: this is a coroutine
    watch = _Watch(receive, task)
    timer = asyncio.get_running_loop().call_later(_UNWATCHED_SECONDS, watch.begin)
    try:
        yield
    except asyncio.CancelledError:
        if watch.departed and task.uncancel() == 0:
            raise Departed from None
        raise
    finally:
        timer.cancel()
        watch.end()
