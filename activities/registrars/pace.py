"""How fast one switch is told things: evenly, so that a burst of ours never stalls its calls.

Each worker process keeps its own pace.
"""

from __future__ import annotations

import asyncio
import time

COMMANDS_PER_SECOND = 100.0  # a switch also answers phones and carries calls meanwhile

# How soon a switch that did not answer is tried again; each try may take the whole deadline, and
# devices that wait for it must not keep the slots from devices at other switches.
BETWEEN_KNOCKS_SECONDS = 10.0

_next_at: dict[str, float] = {}
_knocked_at: dict[str, float] = {}
_silent_until: dict[str, float] = {}


async def keep_pace(node_id: str, per_second: float = COMMANDS_PER_SECOND) -> None:
    """Wait for this switch's next turn."""
    now = time.monotonic()
    turn = max(now, _next_at.get(node_id, 0.0))
    _next_at[node_id] = turn + 1 / per_second
    if turn > now:
        await asyncio.sleep(turn - now)


def may_knock(node_id: str) -> bool:
    """Whether a switch that did not answer may be tried again now; who is told so tries it."""
    now = time.monotonic()
    if now < _knocked_at.get(node_id, -BETWEEN_KNOCKS_SECONDS) + BETWEEN_KNOCKS_SECONDS:
        return False
    _knocked_at[node_id] = now
    return True


def knock_again(node_id: str) -> None:
    """Whoever knocked was answered, or asked nothing: the next one may knock at once."""
    _knocked_at.pop(node_id, None)


def fell_silent(address: str) -> None:
    """An address answered nobody: it is not asked again for a while, because each try waits."""
    _silent_until[address] = time.monotonic() + BETWEEN_KNOCKS_SECONDS


def is_silent(address: str) -> bool:
    """Whether an address answered nobody a moment ago."""
    return time.monotonic() < _silent_until.get(address, 0.0)
