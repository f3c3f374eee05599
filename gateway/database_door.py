"""Whether PostgreSQL lets us in, before anything of ours needs it.

Questions about its content are asked through models; the one exception is stated below.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

import asyncpg

from gateway.embedded.children import ChildError

NAME = "DATABASE_URL"
PAUSE_SECONDS = 2.0
WORD_SECONDS = 15.0
CONNECT_SECONDS = 5.0
AWAY = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError)
REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidPasswordError,
    asyncpg.InvalidCatalogNameError,
)


async def door_opens(dsn: str, say: Callable[[str], None]) -> None:
    """Wait for PostgreSQL, saying what is missing. Raises ChildError when it refuses us."""
    where = place(dsn)
    waited = 0.0
    while True:
        try:
            connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
        except REFUSED as error:
            raise ChildError(
                f"PostgreSQL at {where} refuses us ({error}): correct {NAME}"
            ) from error
        except AWAY as error:
            if waited % WORD_SECONDS < PAUSE_SECONDS:
                say(f"PostgreSQL at {where} does not answer ({error}): start it, or correct {NAME}")
            await asyncio.sleep(PAUSE_SECONDS)
            waited += PAUSE_SECONDS
        else:
            return await connection.close()


async def administrator_is_there(dsn: str) -> bool:
    """Whether a first administrator would be refused, asked before a password is made for one."""
    connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
    try:
        found = "SELECT EXISTS (SELECT FROM staff WHERE role = 'ADMIN')"
        return bool(await connection.fetchval(found))
    finally:
        await connection.close()


def place(dsn: str) -> str:
    """Host, port and database of an address, without the password."""
    parts = urlsplit(dsn)
    return f"{parts.hostname}:{parts.port or 5432}{parts.path}"
