"""Whose token it is, remembered for a moment so that a busy screen does not ask for every request.

What a token gives is decided by the tables; nothing here grants anything.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from models.rules.viewer import Viewer

REMEMBERED_SECONDS: Final = 2.0  # how late a revocation in another process may be noticed here
REMEMBERED_TOKENS: Final = 10_000

Find = Callable[[str], Awaitable[Viewer | None]]


class Viewers:
    """Finds the viewer behind a token."""

    def __init__(self, find: Find, clock: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._clock = clock
        self._known: OrderedDict[str, tuple[Viewer, float]] = OrderedDict()
        self._changes = 0

    async def of(self, token: str) -> Viewer | None:
        """The viewer, at most two seconds old; None when the token is nobody's."""
        known = self._known.get(token)
        if known is not None and known[1] > self._clock():
            return known[0]
        return await self.now(token)

    async def now(self, token: str) -> Viewer | None:
        """The viewer as the tables say at this moment."""
        self._known.pop(token, None)
        changes = self._changes
        viewer = await self._find(token)
        if viewer is not None and changes == self._changes:
            self._known[token] = (viewer, self._clock() + REMEMBERED_SECONDS)
            while len(self._known) > REMEMBERED_TOKENS:
                self._known.popitem(last=False)
        return viewer

    def forget(self) -> None:
        """Ask anew for everybody: permissions, sessions or the tree of resellers have changed."""
        self._changes += 1
        self._known.clear()
