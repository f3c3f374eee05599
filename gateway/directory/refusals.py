"""Sign-ins that were refused: gathered here between two writings, so that guessing costs no row.

What does not fit is counted but named to nobody; whoever is refused waits for nothing here.
"""

from __future__ import annotations

import asyncio
import logging

from tortoise.exceptions import BaseORMException

from gateway.directory.away import SILENCE
from gateway.directory.measures import ALERTS, REFUSALS
from models.rules.refusal import Refusal, RefusedKind
from models.switch.refusal import Counted, SignInRefusals, is_probe, told_by_kamailios

WRITE_SECONDS = 5.0  # how late an alert may be; a guesser needs years, people minutes
MOST_SUBJECTS = 2_000  # between two writings, of which each is a row to write

logger = logging.getLogger(__name__)


class Refusals:
    """What one process has to write down; `work` does, for as long as it runs."""

    def __init__(self) -> None:
        self._counted: dict[tuple[RefusedKind, str], Counted] = {}

    def tell(self, refusal: Refusal) -> None:
        """Count one refused sign-in, unless the house itself looked whether it is refused."""
        if is_probe(refusal):
            return
        REFUSALS.labels(refusal.reason.value).inc()
        for subject in refusal.subjects:
            known = self._counted.get(subject)
            if known is not None or len(self._counted) < MOST_SUBJECTS:
                before = 0 if known is None else known.failures
                self._counted[subject] = Counted(*subject, before + 1, refusal)

    async def work(self) -> None:
        """Write down what was gathered, over and over; what can not be written is let go."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            try:
                await self.write()
            except (*SILENCE, BaseORMException) as away:
                logger.warning("refusals could not be written", extra={"reason": repr(away)})

    async def write(self) -> None:
        """Write down what was gathered, with what Kamailios told. Raises what the database does."""
        for refusal in await told_by_kamailios():
            self.tell(refusal)
        counted, self._counted = list(self._counted.values()), {}
        if counted:
            for alert in await SignInRefusals.count(counted):
                ALERTS.labels(alert.kind).inc()
                words = {"kind": alert.kind, "subject": alert.subject, "failures": alert.failures}
                logger.warning("sign-ins are refused again and again", extra=words)
