"""Jobs that should go on and do not: nothing of them was committed for a while.

A paused job waits for people and is not stuck.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from models.jobs.job import TERMINAL
from models.money.reader import Reader

PATIENCE = timedelta(minutes=15)  # a piece takes a minute at most, an upload's staging ten

_STUCK = """
SELECT j.id FROM jobs j
 WHERE j.status <> ALL ($1::text[]) AND j.status <> 'PAUSED'
   AND greatest(j.created_at, j.started_at,
                (SELECT max(c.finished_at) FROM job_chunks c WHERE c.job_id = j.id))
       < now() - $2::interval
 ORDER BY j.created_at, j.id LIMIT 100
"""


async def stuck_jobs(connection: Reader) -> list[UUID]:
    """Their ids, the oldest first, at most a hundred."""
    return [row["id"] for row in await connection.fetch(_STUCK, TERMINAL, PATIENCE)]
