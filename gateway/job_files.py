"""Links of kind `file`: what a job left in storage, for whoever asked for the job.

Sealed credentials are no such file: they are read once, from the job's own rows.
"""

from datetime import UTC, datetime
from mimetypes import guess_type

from obstore.store import ObjectStore

from gateway.downloads import File, Opener, stored_file
from models.jobs.download import Download
from models.links import Link
from models.rules.viewer import Viewer


def job_files(store: ObjectStore) -> Opener:
    """Opens exports and reports."""

    async def opened(link: Link, viewer: Viewer) -> File | None:
        if link.principal_id != viewer.principal_id:
            return None
        found = await Download.get_or_none(
            id=link.subject_id,
            job__principal_id=viewer.principal_id,
            expires_at__gt=datetime.now(UTC),
        )
        if found is None or found.storage_key is None:
            return None
        media_type = guess_type(found.file_name)[0] or "application/octet-stream"
        return await stored_file(store, found.storage_key, found.file_name, media_type)

    return opened
