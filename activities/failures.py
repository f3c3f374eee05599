"""The one place where what went wrong becomes what Temporal understands.

A refusal is final, a dependency that is away is tried again, a fault of ours is tried a few times.
"""

from __future__ import annotations

from uuid import uuid4

from obstore.exceptions import BaseError as StorageError
from obstore.exceptions import NotFoundError
from temporalio.exceptions import ApplicationError

from models.outages import is_outage
from models.rules.errors import DomainError

FAULT = "FAULT"
AWAY = "AWAY"
FAULT_ATTEMPTS = 5  # a fault may come from a moment's state; after five it is in the program


def as_failure(error: Exception, attempt: int) -> ApplicationError:
    """What Temporal is to be told; `attempt` counts from 1.

    A fault may quote anybody's row, and becomes what the asker of a job reads: it is told by a
    reference alone, under which the log has all of it.
    """
    if isinstance(error, ApplicationError):
        return error
    if isinstance(error, DomainError):
        return ApplicationError(error.message, type=error.code, non_retryable=True)
    if is_infrastructure(error):
        return ApplicationError(f"{type(error).__name__}: {error}", type=AWAY)
    spent = attempt >= FAULT_ATTEMPTS
    sentence = f"Something went wrong on our side; the log has it under {uuid4().hex}."
    return ApplicationError(sentence, type=FAULT, non_retryable=spent)


def is_infrastructure(error: BaseException) -> bool:
    """Whether a dependency failed, not the row or the program; a missing file stays missing."""
    if isinstance(error, StorageError):
        return not isinstance(error, NotFoundError)
    return is_outage(error)
