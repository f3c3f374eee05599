"""Files that a job offers, with links for whoever asked for the job.

What lies behind a link is handed out elsewhere, and only to that person.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from models.links import Link, url_of
from models.rules.enums import DownloadKind
from schema.context import Info
from schema.jobs.sources import JOBS
from schema.reads import Source, column, computed, row, through

DOWNLOADS = Source(
    table="job_downloads",
    listed="{t}.expires_at > now() AND {t}.fetched_at IS NULL",
    visible=through("job_id", JOBS),
    permission="customers:read",
)


def _url(row: Mapping[str, Any], info: Info) -> str:
    """A link for the viewer; it opens for whoever asked for the job, and for nobody else."""
    subject, until = UUID(row["id"]), datetime.fromisoformat(row["expires_at"])
    return url_of(Link("file", subject, info.context.signed_in.principal_id, until))


@row(DOWNLOADS, description="A file that a job offers for a day.")
class Download:
    """An export, a report, or credentials that can be fetched once."""

    kind: DownloadKind = column(description="What it is.")
    url: str = computed(
        needs=("id", "expires_at"),
        resolve=_url,
        description="Where it is fetched, with the token of whoever asked for the job.",
    )
    file_name: str = column(description="What it is called where it is saved.")
    bytes: int | None = column(description="Its length; null for what is made when it is fetched.")
    expires_at: datetime = column(description="When the link is over.")
