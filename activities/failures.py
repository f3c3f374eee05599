"""The one place where what went wrong becomes what Temporal understands.

A refusal is final, a dependency that is away is tried again, a fault of ours is tried a few times.
"""

from __future__ import annotations

import asyncpg
import tortoise.exceptions
from temporalio.exceptions import ApplicationError

from models.rules.errors import DomainError, Unavailable

FAULT = "FAULT"
AWAY = "AWAY"
FAULT_ATTEMPTS = 5  # a fault may come from a moment's state; after five it is in the program

# A database or a storage that is starting, stopping, full or gone.
_INFRASTRUCTURE = (
    Unavailable,
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.CannotConnectNowError,
    asyncpg.LockNotAvailableError,
    tortoise.exceptions.DBConnectionError,
)


def as_failure(error: Exception, attempt: int) -> ApplicationError:
    """What Temporal is to be told; `attempt` counts from 1."""
    if isinstance(error, ApplicationError):
        return error
    if isinstance(error, DomainError):
        return ApplicationError(error.message, type=error.code, non_retryable=True)
    if is_infrastructure(error):
        return ApplicationError(f"{type(error).__name__}: {error}", type=AWAY)
    spent = attempt >= FAULT_ATTEMPTS
    return ApplicationError(f"{type(error).__name__}: {error}", type=FAULT, non_retryable=spent)


def is_infrastructure(error: BaseException | None) -> bool:
    """Whether a dependency failed, not the row or the program."""
    while error is not None:
        if isinstance(error, _INFRASTRUCTURE):
            return True
        # Tortoise wraps what asyncpg said.
        error = error.__cause__ if isinstance(error, tortoise.exceptions.BaseORMException) else None
    return False
