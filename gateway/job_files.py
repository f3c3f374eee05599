"""Links of kind `file`: what a job left behind, for whoever asked for the job.

Exports and reports lie in storage; sealed credentials are read once, from the job's own rows.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from mimetypes import guess_type

from obstore.store import ObjectStore

from gateway.downloads import File, Opener, held_file, stored_file
from models.jobs.credentials import credentials_file, forget_credentials
from models.jobs.download import Download
from models.links import Link
from models.rules.permissions import JOBS
from models.rules.viewer import Viewer


def job_files(store: ObjectStore) -> Opener:
    """Opens exports, reports and credentials."""

    async def opened(link: Link, viewer: Viewer) -> File | None:
        if link.principal_id != viewer.principal_id:
            return None
        found = await Download.get_or_none(
            id=link.subject_id,
            job__principal_id=viewer.principal_id,
            expires_at__gt=datetime.now(UTC),
        ).select_related("job")
        if found is None or not viewer.may(JOBS[found.job.kind]):
            return None
        if found.storage_key is None:
            return await _credentials(found)
        media_type = guess_type(found.file_name)[0] or "application/octet-stream"
        return await stored_file(store, found.storage_key, found.file_name, media_type)

    return opened


async def _credentials(download: Download) -> File | None:
    """Secrets that are gone as soon as their first byte leaves; None when they are already."""
    content = await credentials_file(download)
    if content is None:
        return None

    async def read(start: int, end: int) -> AsyncGenerator[bytes]:
        if await forget_credentials(download):
            yield content[start:end]

    return replace(held_file(content, download.file_name, "text/csv"), read=read)
