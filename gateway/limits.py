"""Points a minute: how much query cost one principal, or one stranger's address, may spend.

Counted in this process alone; tries to sign in are counted by the tables.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from schema.refusals import Code, Refusal

_REMEMBERED: Final = (
    20_000  # principals; the least recently seen one starts anew, with a full purse
)
_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Throttle:
    """What is left after a spending. restores_per_second: points that come back."""

    limit: int
    remaining: int
    restores_per_second: float


class Points:
    """A purse for each spender, filled evenly over the minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """per_minute: 0 lets everybody spend as they like."""
        self._limit = per_minute
        self._rate = per_minute / _SECONDS
        self._clock = clock
        self._purses: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, spender: str, points: int) -> Throttle | None:
        """Take points, at least 1; None without a limit. Raises Refusal(RATE_LIMITED)."""
        if not self._limit:
            return None
        now, price = self._clock(), max(points, 1)
        left = self._left(spender, now)
        if left < price:
            self._purses[spender] = (left, now)
            raise self._refusal(price - left)
        self._purses[spender] = (left - price, now)
        return Throttle(self._limit, int(left - price), round(self._rate, 3))

    def _left(self, spender: str, now: float) -> float:
        amount, then = self._purses.pop(spender, (float(self._limit), now))
        while len(self._purses) >= _REMEMBERED:
            self._purses.popitem(last=False)
        return min(self._limit, amount + (now - then) * self._rate)

    def _refusal(self, missing: float) -> Refusal:
        seconds = min(math.ceil(missing / self._rate), _SECONDS)
        message = f"More than {self._limit} points were asked for within a minute."
        return Refusal(Code.RATE_LIMITED, message, retry_after_seconds=seconds)
