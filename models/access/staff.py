"""Administrators and sub-administrators of the house.

They have no wallet and no tenant: they see every account.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns
from models.rules.enums import ActiveStatus, Role


class Staff(Model):
    """A person of the administration, with chosen permissions unless an administrator."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    name = fields.CharField(max_length=80)
    email = fields.CharField(max_length=254)
    role = columns.word(Role)
    permissions = ArrayField(element_type="text", null=True)
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    password_hash = fields.TextField(null=True)
    time_zone = fields.CharField(max_length=64, default="UTC")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "staff"
