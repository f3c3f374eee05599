"""What the tables say about work that is waiting.

Sums that must agree are asked of the rooms that keep them.
"""

from __future__ import annotations

import asyncpg

from gateway.doctor.dependencies import SECONDS
from gateway.doctor.finding import Finding, good, poor
from gateway.settings import Settings

PATIENCE_SECONDS = 60  # the relay takes a row within a second; a minute means that nobody does
WAITING = """
SELECT count(*) AS rows, coalesce(extract(epoch FROM now() - min(created_at)), 0)::int AS seconds
  FROM outbox WHERE delivered_at IS NULL
"""


async def outbox(settings: Settings) -> Finding:
    """What was decided is also being started."""
    connection = await asyncpg.connect(settings.needed_database_url, timeout=SECONDS)
    try:
        waiting = await connection.fetchrow(WAITING)
    finally:
        await connection.close()
    rows, seconds = waiting or (0, 0)
    sentence = f"{rows} waiting, the oldest for {seconds} s"
    if seconds > PATIENCE_SECONDS:
        return poor("outbox", sentence, "start a worker, and Temporal; see the worker's log")
    return good("outbox", sentence)
