"""What a job waits for stands in its row while it does, and goes when it goes on.

Pieces wait side by side: the row has the words of the one that tried last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw, transaction
from models.jobs.chunk import is_wanted
from models.jobs.job import TERMINAL

# Names of switches are for staff, who alone read jobs of the house.
_NAMES: Final = """
SELECT n.id, n.name FROM switch_nodes n, jobs j
 WHERE j.id = $1 AND j.reseller_id IS NULL AND n.id = ANY ($2)
"""
_SAY: Final = """
WITH said AS (
    UPDATE jobs SET failure = $2
     WHERE id = $1 AND failure IS DISTINCT FROM $2 AND status <> ALL ($3) RETURNING id
)
SELECT pg_notify('jobs', id::text) FROM said
"""


async def waits_for_switches(job_id: UUID, switch_ids: Iterable[UUID]) -> bool:
    """Say which switches have not let go of how many devices, one of `switch_ids` a device.

    False when people want the job paused or ended: then it waits for nothing any more.
    """
    async with transaction() as tx:
        if not await is_wanted(tx, job_id):
            await _say(tx, job_id, None)
            return False
        counts = Counter(switch_ids)
        rows = await raw(tx).fetch(_NAMES, job_id, list(counts))
        names = {row["id"]: row["name"] for row in rows}
        told = [
            (f"Switch {names[id_]}" if id_ in names else "A switch", count)
            for id_, count in counts.items()
        ]
        await _say(tx, job_id, " ".join(_sentence(*each) for each in sorted(told)))
        return True


async def waits_no_longer(job_id: UUID) -> None:
    """Take the words away again; those of a job that has ended stay."""
    async with transaction() as tx:
        await _say(tx, job_id, None)


async def _say(tx: BaseDBAsyncClient, job_id: UUID, words: str | None) -> None:
    await raw(tx).execute(_SAY, job_id, words, TERMINAL)


def _sentence(switch: str, count: int) -> str:
    devices = "1 device" if count == 1 else f"{count} devices"
    return f"{switch} has not let go of {devices} yet."
