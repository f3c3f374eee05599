"""Uploaded files: what lies in storage and who may use it.

The bytes themselves never pass through here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models.database import raw, transaction
from models.ids import new_id
from models.rules.errors import DomainError, ErrorCode
from models.rules.viewer import Viewer

NAME_LONGEST = 255

# What nobody has used for a day, whole or not; a job holds its file until a day after its end. The
# pictures of issuers stay, also those of papers that were issued under an earlier one.
_OVERDUE = """
SELECT u.id FROM uploads u
 WHERE u.removed_at IS NULL
   AND coalesce(u.completed_at, u.created_at) < now() - interval '24 hours'
   AND NOT EXISTS (SELECT FROM jobs j WHERE j.upload_id = u.id
                      AND coalesce(j.finished_at, now()) > now() - interval '24 hours')
   AND NOT EXISTS (SELECT FROM issuer_profiles p WHERE p.logo_upload_id = u.id)
   AND NOT EXISTS (SELECT FROM letterheads l WHERE l.content ->> 'logo_upload_id' = u.id::text)
"""


@dataclass(frozen=True, slots=True)
class Received:
    """What is known of a file once all of it lies in storage."""

    bytes: int
    sha256: str
    encoding: str
    separator: str
    header: tuple[str, ...]


class Upload(Model):
    """One file in storage: finished once `completed_at` is set, gone once `removed_at` is."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    # Only this principal may start a job with it.
    principal_id = fields.UUIDField()
    reseller_id = fields.UUIDField(null=True)
    file_name = fields.CharField(max_length=NAME_LONGEST)
    # Where it lies, relative to the storage's root.
    storage_key = fields.CharField(max_length=255, unique=True)
    bytes = fields.BigIntField(null=True)
    sha256 = fields.CharField(max_length=64, null=True)
    # Detected in the first 256 KiB, the encoding also by the first accent wherever it stands; a job
    # may override both.
    encoding = fields.CharField(max_length=40, null=True)
    separator = fields.CharField(max_length=1, null=True)
    header = ArrayField("text", null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    completed_at = fields.DatetimeField(null=True)
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "uploads"

    @classmethod
    async def begin(cls, viewer: Viewer, file_name: str) -> Self:
        """Give a file a place; what is not whole or not used within a day is swept away."""
        upload_id = new_id()
        return await cls.create(
            id=upload_id,
            principal_id=viewer.principal_id,
            reseller_id=viewer.owner_id,
            file_name=file_name[:NAME_LONGEST],
            storage_key=f"uploads/{upload_id}",
        )

    async def complete(self, received: Received) -> None:
        """All of it lies in storage; jobs may use it from now on."""
        self.bytes, self.sha256 = received.bytes, received.sha256
        self.encoding, self.separator = received.encoding, received.separator
        self.header, self.completed_at = list(received.header), datetime.now(UTC)
        await self.save()

    @classmethod
    async def finished(cls, upload_id: UUID, viewer: Viewer) -> Self:
        """The viewer's own complete file; raises NOT_FOUND at `uploadId`."""
        upload = await cls.get_or_none(
            id=upload_id,
            principal_id=viewer.principal_id,
            completed_at__isnull=False,
            removed_at__isnull=True,
        )
        if upload is None:
            sentence = "There is no such upload of yours, or it is not complete."
            raise DomainError(ErrorCode.NOT_FOUND, ("uploadId",), sentence)
        return upload

    @classmethod
    async def overdue(cls) -> list[Self]:
        """Files that storage need not hold any longer."""
        async with transaction() as tx:
            ids = [row["id"] for row in await raw(tx).fetch(_OVERDUE)]
        return await cls.filter(id__in=ids)

    async def leave_storage(self) -> None:
        """Its bytes are gone; what it was stays on record."""
        self.removed_at = datetime.now(UTC)
        await self.save(update_fields=["removed_at"])
