"""Uploaded files: what lies in storage and who may use it.

The bytes themselves never pass through here.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models.ids import new_id


class Upload(Model):
    """One file in storage: finished once `completed_at` is set, gone once `removed_at` is."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    # Only this principal may start a job with it.
    principal_id = fields.UUIDField()
    reseller_id = fields.UUIDField(null=True)
    file_name = fields.CharField(max_length=255)
    # Where it lies, relative to the storage's root.
    storage_key = fields.CharField(max_length=255, unique=True)
    bytes = fields.BigIntField(null=True)
    sha256 = fields.CharField(max_length=64, null=True)
    # What was detected in the first 256 KiB; a job may override both.
    encoding = fields.CharField(max_length=40, null=True)
    separator = fields.CharField(max_length=1, null=True)
    header = ArrayField("text", null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    completed_at = fields.DatetimeField(null=True)
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "uploads"
