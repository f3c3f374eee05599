"""The report of an import becomes a file.

A try that breaks off leaves a file nobody is told of; the next one writes another.
"""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from temporalio import activity

from activities.beat import heartbeating
from activities.jobs import JobRef
from activities.storing import Write, stored
from models.jobs import report
from models.jobs.download import Download
from models.jobs.import_funds import judge_funds
from models.jobs.job import Job
from models.rules.enums import DownloadKind

PAGE_ROWS = 2000


@activity.defn
async def write_report(ref: JobRef) -> None:
    """Write what became of each row and offer it, unless that is done.

    What is told of all rows together, the funds of a dry run, is judged before.
    """
    job = await Job.get(id=UUID(ref.job_id))
    if await Download.filter(job_id=job.id, kind=DownloadKind.REPORT).exists():
        return
    key = f"reports/{job.id}/{uuid4()}"

    async def write(put: Write) -> None:
        await put(report.heading(job))
        last = 0
        while rows := await report.page(job, last, PAGE_ROWS):
            await put(await asyncio.to_thread(b"".join, report.lines(job, rows)))
            last = rows[-1]["row_no"]

    async with heartbeating():
        if job.dry_run:
            await judge_funds(job)
        _, length = await stored(key, write)
        await report.publish_report(job.id, key, length)
