"""How fast one switch is told things: evenly, so that a burst of ours never stalls its calls.

Each worker process keeps its own pace.
"""

from __future__ import annotations

import asyncio
import time

COMMANDS_PER_SECOND = 100.0  # a switch also answers phones and carries calls meanwhile

_next_at: dict[str, float] = {}


async def keep_pace(node_id: str, per_second: float = COMMANDS_PER_SECOND) -> None:
    """Wait for this switch's next turn."""
    now = time.monotonic()
    turn = max(now, _next_at.get(node_id, 0.0))
    _next_at[node_id] = turn + 1 / per_second
    if turn > now:
        await asyncio.sleep(turn - now)
