"""A batch that fails as a whole is halved until the single bad items are found.

Each try is a savepoint of the transaction at hand; outages are nobody's fault and pass through.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

from models.constraints import meaning_of
from models.database import transaction
from models.outages import is_outage
from models.rules.enums import RowOutcome
from models.rules.errors import DomainError, ErrorCode, Problem
from models.rules.violation import Violation

Item = TypeVar("Item")
Done = TypeVar("Done")

UNWRITABLE = Violation(ErrorCode.INVALID, "could not be written; the operator's log says why")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one item of a batch was not written: REJECTED by a rule, or FAILED by a fault of ours."""

    outcome: RowOutcome
    problems: tuple[Problem, ...]


async def halved(
    items: Sequence[Item],
    verb: Callable[[BaseDBAsyncClient, Sequence[Item]], Awaitable[Sequence[Done]]],
) -> list[Done | Refusal]:
    """What the verb made of each item, in their order; those it can not do are refused alone."""
    if not items:
        return []
    try:
        async with transaction() as savepoint:
            return list(await verb(savepoint, items))
    except Exception as error:
        if is_outage(error):
            raise
        if len(items) == 1:
            return [_refusal(error)]
    middle = len(items) // 2
    return await halved(items[:middle], verb) + await halved(items[middle:], verb)


def _refusal(error: Exception) -> Refusal:
    refused: Exception | None = error
    if isinstance(error, (IntegrityError, asyncpg.IntegrityConstraintViolationError)):
        refused = meaning_of(error)
    if isinstance(refused, DomainError):
        return Refusal(RowOutcome.REJECTED, refused.problems)
    _log.error("A row of a batch could not be written", exc_info=error)
    return Refusal(RowOutcome.FAILED, (UNWRITABLE.at(),))
