"""Portal passwords as Argon2id hashes, computed in threads because each takes tens of milliseconds.

What makes a password acceptable stands in `models.rules.password`.
"""

from __future__ import annotations

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# RFC 9106 section 4, second recommended option: 64 MiB, three passes.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)
_AT_ONCE = asyncio.Semaphore(2)  # 64 MiB each: a burst of sign-ins must not become gigabytes


async def hashed(password: str) -> str:
    """The encoded Argon2id hash of a password."""
    async with _AT_ONCE:
        return await asyncio.to_thread(_HASHER.hash, password)


async def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password made this hash; takes as long when there is no hash at all."""
    async with _AT_ONCE:
        return await asyncio.to_thread(_verified, password_hash, password)


def _verified(password_hash: str | None, password: str) -> bool:
    try:
        _HASHER.verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody signs in with this")
