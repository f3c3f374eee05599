"""The one step of an export: the database writes, the storage keeps, nothing stays in memory.

A try that breaks off leaves a file nobody is told of; the next one writes another.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

from obstore import put_async
from temporalio import activity

from activities.beat import heartbeating
from activities.jobs import JobRef, Prepared
from activities.outside import outside
from models.jobs.download import Download
from models.jobs.export import publish_export, write_export
from models.jobs.export_plan import ExportPlan
from models.jobs.job import Job
from models.rules.enums import DownloadKind

AHEAD = 16  # pieces of some 64 KiB that the database may be ahead of the storage


@activity.defn
async def export_customers(ref: JobRef) -> Prepared:
    """Write the file and offer it, unless that is done."""
    job_id = UUID(ref.job_id)
    if await Download.filter(job_id=job_id, kind=DownloadKind.EXPORT).exists():
        return Prepared(is_done=True)
    plan = ExportPlan.of(await Job.get(id=job_id))
    key = f"exports/{job_id}/{uuid4()}"
    async with heartbeating():
        pieces = _Pieces()
        async with asyncio.TaskGroup() as both:
            writing = both.create_task(pieces.filled_by(plan))
            both.create_task(pieces.kept_as(key))
        await publish_export(job_id, key, (writing.result(), pieces.length))
    return Prepared(is_done=True)


class _Pieces:
    """What the database has written and the storage not yet taken, and how long all of it is."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(AHEAD)
        self.length = 0

    async def filled_by(self, plan: ExportPlan) -> int:
        """Write the export; how many accounts it holds."""
        accounts = await write_export(plan, self._put)
        await self._waiting.put(None)
        return accounts

    async def kept_as(self, key: str) -> None:
        """Keep everything in storage under this name."""
        await put_async(outside().store, key, self._taken())

    async def _taken(self) -> AsyncIterator[bytes]:
        while (piece := await self._waiting.get()) is not None:
            yield piece

    async def _put(self, piece: bytes) -> None:
        self.length += len(piece)
        await self._waiting.put(piece)
