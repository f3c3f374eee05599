"""The one step of an export: the database writes, the storage keeps, nothing stays in memory.

A try that breaks off leaves a file nobody is told of; the next one writes another.
"""

from __future__ import annotations

from functools import partial
from uuid import UUID, uuid4

from obstore import delete_async
from temporalio import activity

from activities.beat import heartbeating
from activities.jobs import JobRef, Prepared
from activities.outside import outside
from activities.storing import stored
from models.jobs.download import Download
from models.jobs.export import publish_export, write_export
from models.jobs.export_plan import ExportPlan
from models.jobs.job import Job
from models.rules.enums import DownloadKind


@activity.defn
async def export_customers(ref: JobRef) -> Prepared:
    """Write the file and offer it, unless that is done; not done when people cancelled it."""
    job_id = UUID(ref.job_id)
    if await Download.filter(job_id=job_id, kind=DownloadKind.EXPORT).exists():
        return Prepared(is_done=True)
    plan = ExportPlan.of(await Job.get(id=job_id))
    key = f"exports/{job_id}/{uuid4()}"
    async with heartbeating():
        size = await stored(key, partial(write_export, plan))
        is_offered = await publish_export(job_id, key, size)
        if not is_offered:
            await delete_async(outside().store, key)
    return Prepared(is_done=is_offered)
