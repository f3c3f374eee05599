"""A file on its way into storage: written piece by piece on one side, kept on the other.

The writer is never far ahead, so memory stays flat whatever the file's length.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeAlias, TypeVar

from obstore import put_async

from activities.outside import outside

AHEAD = 16  # pieces that the writer may be ahead of the storage

Told = TypeVar("Told")
Write: TypeAlias = Callable[[bytes], Coroutine[Any, Any, None]]
Writer: TypeAlias = Callable[[Write], Coroutine[Any, Any, Told]]


async def stored(key: str, writer: Writer[Told]) -> tuple[Told, int]:
    """Keep what the writer writes under this name; what it told in the end, and the bytes.

    Raises what either side failed with; what was kept by then is nobody's.
    """
    pieces = _Pieces()
    try:
        async with asyncio.TaskGroup() as both:
            writing = both.create_task(pieces.filled_by(writer))
            both.create_task(pieces.kept_as(key))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed
    return writing.result(), pieces.length


class _Pieces:
    """What was written and not yet kept, and how long all of it is."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(AHEAD)
        self.length = 0

    async def filled_by(self, writer: Writer[Told]) -> Told:
        """Let the writer write to its end."""
        told = await writer(self._put)
        await self._waiting.put(None)
        return told

    async def kept_as(self, key: str) -> None:
        """Keep everything in storage under this name."""
        await put_async(outside().store, key, self._taken())

    async def _taken(self) -> AsyncIterator[bytes]:
        while (piece := await self._waiting.get()) is not None:
            yield piece

    async def _put(self, piece: bytes) -> None:
        self.length += len(piece)
        await self._waiting.put(piece)
