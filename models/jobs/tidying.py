"""What jobs leave lying about, and when it goes: secrets, reserved numbers, files, old errands.

Rows and verdicts of a job stay; files themselves are removed a floor higher.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from models.database import raw, transaction
from models.jobs.job import TERMINAL
from models.jobs.outbox import Outbox

AT_ONCE = 500  # files of one round; the next hour takes the rest

# Secrets nobody fetched within their day, and those of jobs that were never offered any.
_WIPE_CREDENTIALS = """
UPDATE job_chunks c SET sealed_credentials = NULL
  FROM jobs j
 WHERE j.id = c.job_id AND c.sealed_credentials IS NOT NULL
   AND j.status = ANY ($1) AND j.finished_at < now() - interval '24 hours'
"""
_FORGET_POSITIONS = """
DELETE FROM dealt_positions p USING jobs j WHERE j.id = p.job_id AND j.status = ANY ($1)
"""
_OVER = """
SELECT id, storage_key FROM job_downloads
 WHERE expires_at < now() AND storage_key IS NOT NULL ORDER BY expires_at LIMIT $1
"""
_FORGET_KEYS = "UPDATE job_downloads SET storage_key = NULL WHERE id = ANY ($1)"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in storage, and the row that knows of it."""

    id: UUID
    storage_key: str


async def forget() -> None:
    """Wipe secrets that were not fetched, give up reserved numbers, drop delivered errands."""
    async with transaction() as tx:
        await raw(tx).execute(_WIPE_CREDENTIALS, TERMINAL)
        await raw(tx).execute(_FORGET_POSITIONS, TERMINAL)
    await Outbox.forget_delivered()


async def downloads_that_are_over() -> list[Kept]:
    """Files of downloads whose day has passed."""
    async with transaction() as tx:
        return [Kept(row["id"], row["storage_key"]) for row in await raw(tx).fetch(_OVER, AT_ONCE)]


async def forget_downloads(ids: list[UUID]) -> None:
    """Their files are gone."""
    async with transaction() as tx:
        await raw(tx).execute(_FORGET_KEYS, ids)
