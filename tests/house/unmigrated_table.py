"""A table that no migration knows, to prove that one would be noticed."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Unmigrated(Model):
    """One row of nothing."""

    id = fields.UUIDField(primary_key=True)

    class Meta:
        table = "unmigrated"
