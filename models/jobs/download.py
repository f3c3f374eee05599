"""Files a job offers: an export, a report, or credentials that can be fetched once.

Links are signed where they are handed out; here is only what lies behind them.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.database import raw, transaction
from models.ids import new_id
from models.rules.enums import DownloadKind

KEPT = timedelta(hours=24)

_PUBLISH = """
INSERT INTO job_downloads (id, job_id, kind, file_name, storage_key, bytes, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, now(), now() + $7) ON CONFLICT (job_id, kind) DO NOTHING
"""


class Download(Model):
    """One file of a job, for the asking principal alone."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    job = columns.belongs_to("Job", "downloads")
    job_id: UUID
    kind = columns.word(DownloadKind)
    # Null for credentials: they are read from the job's sealed chunks.
    storage_key = fields.CharField(max_length=255, null=True)
    file_name = fields.CharField(max_length=255)
    bytes = fields.BigIntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    # Set by the one fetch of credentials; they are gone from then on.
    fetched_at = fields.DatetimeField(null=True)

    class Meta:
        table = "job_downloads"
        unique_together = (("job_id", "kind"),)


async def publish(
    job_id: UUID, kind: DownloadKind, name: str, stored: tuple[str, int] | None = None
) -> None:
    """Offer a file for a day; `stored` is where it lies and its bytes. A second one is ignored."""
    key, length = stored or (None, None)
    async with transaction() as tx:
        await raw(tx).execute(_PUBLISH, new_id(), job_id, kind, name, key, length, KEPT)
