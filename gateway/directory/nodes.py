"""Which switch is asking: user and password of each node, compared in constant time.

Retired nodes are strangers. While the database is away the nodes known last are good for a minute.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from gateway.directory.away import Away
from models.switch.node import NodeLogin, password_matches

FRESH_SECONDS = 2.0  # the longest a retired node may stay admitted when its word got lost
LAST_KNOWN_SECONDS = 60.0
_NOBODY = NodeLogin(UUID(int=0), "nobody", "nobody", "0" * 64)

Read = Callable[[], Awaitable[Mapping[str, NodeLogin] | None]]  # None: the database is away


class NodeBook:
    """The nodes by their directory user, read when needed."""

    def __init__(self, read: Read, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._logins: Mapping[str, NodeLogin] = {}
        self._read_at = float("-inf")
        self._stale = True

    def drop(self) -> None:
        """Read them again before the next answer."""
        self._stale = True

    async def admitted(self, authorization: str) -> NodeLogin | None:
        """The node that this Authorization header proves, or None. Raises Away."""
        user, password = credentials(authorization)
        logins = await self._current()
        login = logins.get(user)
        proven = password_matches(password, (login or _NOBODY).password_hash)
        return login if proven else None

    async def _current(self) -> Mapping[str, NodeLogin]:
        if not self._stale and self._clock() - self._read_at <= FRESH_SECONDS:
            return self._logins
        self._stale = False
        read = await self._read()
        if read is not None:
            self._logins, self._read_at = read, self._clock()
            return read
        self._stale = True
        if self._clock() - self._read_at > LAST_KNOWN_SECONDS:
            raise Away
        return self._logins


def credentials(authorization: str) -> tuple[str, str]:
    """User and password of HTTP Basic (RFC 7617); two empty texts for anything else."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (user, password) if colon else ("", "")
