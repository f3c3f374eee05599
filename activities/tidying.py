"""What jobs and devices left lying about goes, an hour's worth at a time.

Rows say what is over, so a missed hour only makes the next one longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import obstore
from temporalio import activity

from activities.beat import heartbeating
from activities.outside import outside
from models.jobs import tidying
from models.jobs.tidying import Kept
from models.panel.retired_username import RetiredUsername


@activity.defn
async def tidy_up() -> None:
    """Wipe and remove what is over."""
    async with heartbeating():
        await tidying.forget()
        await RetiredUsername.forget_old()
        while over := await tidying.downloads_that_are_over():
            await _remove(over)


async def _remove(files: Sequence[Kept]) -> None:
    """Remove files, and then the knowledge of them: a kill in between only does it twice."""
    for file in files:
        folder = str(PurePosixPath(file.storage_key).parent)
        # Beside the file lie those of tries that were broken off.
        async for page in obstore.list(outside().store, folder):
            for entry in page:
                await obstore.delete_async(outside().store, entry["path"])
    await tidying.forget_downloads([file.id for file in files])
