"""Registrar nodes: the FreeSWITCH and Kamailio instances that ask our directory.

Each has credentials of its own; a retired one is refused.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns
from models.rules.enums import SwitchKind, SwitchNodeState


class SwitchNode(Model):
    """One switch; `directory_user` is what it signs in to the directory listener with."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    name = fields.CharField(max_length=80, unique=True)
    kind = columns.word(SwitchKind)
    # host:port of the event socket, or the RPC URL; null: asks the directory, is never pushed to.
    address = fields.CharField(max_length=255, null=True)
    profiles = ArrayField(element_type="text", default=list)
    secret_sealed = fields.BinaryField(null=True)  # event socket password or bearer token
    directory_user = fields.CharField(max_length=64, unique=True)
    directory_password_hash = fields.CharField(max_length=64)  # SHA-256 of 256 random bits, hex
    state = columns.word(SwitchNodeState, default=SwitchNodeState.ACTIVE)
    last_seen_at = fields.DatetimeField(null=True)
    last_swept_at = fields.DatetimeField(null=True)
    last_error = fields.CharField(max_length=500, null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "switch_nodes"


class DeviceNode(Model):
    """How far one switch has followed one device."""

    id = fields.UUIDField(primary_key=True)
    device = columns.belongs_to("SipDevice", "nodes", goes_along=True)
    device_id: UUID
    node = columns.belongs_to("SwitchNode", "devices", goes_along=True)
    node_id: UUID
    wanted_generation = fields.BigIntField()
    applied_generation = fields.BigIntField(default=0)
    step = fields.CharField(max_length=16, null=True)
    attempts = fields.IntField(default=0)
    last_error = fields.CharField(max_length=500, null=True)
    since = fields.DatetimeField(null=True)

    class Meta:
        table = "device_nodes"
        unique_together = (("device", "node"),)
