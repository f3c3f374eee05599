"""Registrations as a FreeSWITCH told them last; a Kamailio keeps its own in schema `kamailio`.

Written by whoever asks the switches, replaced as a whole for one device or one switch.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns


class DeviceRegistration(Model):
    """One contact of one device at one switch."""

    id = fields.UUIDField(primary_key=True)
    device = columns.belongs_to("SipDevice", "registrations", goes_along=True)
    device_id: UUID
    node = columns.belongs_to("SwitchNode", "registrations", goes_along=True)
    node_id: UUID
    contact = fields.CharField(max_length=512)
    user_agent = fields.CharField(max_length=255, null=True)
    expires_at = fields.DatetimeField(null=True)
    seen_at = fields.DatetimeField()

    class Meta:
        table = "device_registrations"
        unique_together = (("device", "node", "contact"),)
