"""What tells that the database is away or busy, not that a row or the program is wrong.

Storage and mail servers are known further up.
"""

from __future__ import annotations

import asyncpg
from tortoise.exceptions import BaseORMException, DBConnectionError

from models.rules.errors import Unavailable

# A database that is starting, stopping, full, gone, or asks for another try.
_OUTAGES = (
    Unavailable,
    OSError,
    TimeoutError,
    DBConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # What asyncpg says when a connection it has just handed out dies before the first word.
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.CannotConnectNowError,
    asyncpg.LockNotAvailableError,
)


def is_outage(error: BaseException | None) -> bool:
    """Whether the same work may succeed later as it is."""
    while error is not None:
        if isinstance(error, _OUTAGES):
            return True
        # Tortoise wraps what asyncpg said.
        error = error.__cause__ if isinstance(error, BaseORMException) else None
    return False
