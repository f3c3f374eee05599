"""From the outbox to Temporal: what rows asked for is started, at least once and without harm.

A row is delivered when Temporal knows of it; what then happens is told by other rows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import asyncpg

from activities.failures import is_infrastructure
from models.database import transaction
from models.jobs.outbox import Errand, claim, settle
from workflows.connection import is_away
from workflows.delivery import Deliverer

CLAIMED_AT_ONCE = 100  # started side by side; more would hold their rows locked for longer
POLL_SECONDS = 1.0  # a lost wake-up costs no more than this
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 10.0  # how late an errand may be once a dependency is back

_log = logging.getLogger(__name__)


class Relay:
    """Carries the outbox; any number of them may run, each errand is claimed by one."""

    def __init__(self, deliverer: Deliverer, dsn: str) -> None:
        self._deliverer = deliverer
        self._dsn = dsn
        self._nudge = asyncio.Event()

    async def run(self) -> None:
        """Deliver until cancelled, through absences of Temporal and of the database."""
        listening = asyncio.create_task(self._listen())
        wait = FIRST_WAIT_SECONDS
        try:
            while True:
                if await self._carried_all():
                    wait = FIRST_WAIT_SECONDS
                    await self._pause(POLL_SECONDS)
                else:
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, LONGEST_WAIT_SECONDS)
        finally:
            listening.cancel()

    async def carry(self) -> int:
        """Deliver one claim's worth; how many rows were claimed. Raises what `is_away` tells."""
        async with transaction() as tx:
            errands = await claim(tx, CLAIMED_AT_ONCE)
            if errands:
                outcomes = await asyncio.gather(
                    *map(self._deliverer.deliver, errands), return_exceptions=True
                )
                delivered, refused = _sorted_out(errands, outcomes)
                await settle(tx, delivered, refused)
            return len(errands)

    async def _carried_all(self) -> bool:
        """Whether the outbox was emptied; otherwise something was away, which is said."""
        try:
            while await self.carry() == CLAIMED_AT_ONCE:
                pass
        except Exception as error:
            if not (is_away(error) or is_infrastructure(error)):
                raise
            _log.warning("The outbox waits: %s", error)
            return False
        return True

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._nudge.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._nudge.clear()

    async def _listen(self) -> None:
        """Be woken by new rows; a connection of its own, because a pool forgets its listeners."""
        while True:
            try:
                await self._hear()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("Not listening to the outbox, polling instead: %s", error)
            await asyncio.sleep(POLL_SECONDS)

    async def _hear(self) -> None:
        """Listen until the connection breaks."""
        connection = await asyncpg.connect(self._dsn)
        gone = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: gone.set())
            await connection.add_listener("outbox", lambda *_: self._nudge.set())
            await gone.wait()
        finally:
            connection.terminate()


def _sorted_out(
    errands: Sequence[Errand], outcomes: Sequence[BaseException | None]
) -> tuple[list[int], list[tuple[int, str]]]:
    """Delivered and refused rows; raises instead when Temporal was away for any of them."""
    delivered: list[int] = []
    refused: list[tuple[int, str]] = []
    for errand, outcome in zip(errands, outcomes, strict=True):
        if outcome is None:
            delivered.append(errand.id)
        elif is_away(outcome) or not isinstance(outcome, Exception):
            raise outcome
        else:
            _log.error("Errand %s was refused: %s", errand, outcome)
            refused.append((errand.id, str(outcome)))
    return delivered, refused
