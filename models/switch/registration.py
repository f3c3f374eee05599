"""Registrations as a FreeSWITCH told them last; a Kamailio keeps its own in schema `kamailio`.

Written by whoever asks the switches, replaced as a whole for one device or one switch.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.rules.refusal import AGENT_LONGEST

CONTACT_LONGEST = 512  # as a Kamailio keeps it; what differs beyond it counts as one


class DeviceRegistration(Model):
    """One contact of one device at one switch."""

    id = fields.UUIDField(primary_key=True)
    device = columns.belongs_to("SipDevice", "registrations", goes_along=True)
    device_id: UUID
    node = columns.belongs_to("SwitchNode", "registrations", goes_along=True)
    node_id: UUID
    contact = fields.CharField(max_length=CONTACT_LONGEST)
    user_agent = fields.CharField(max_length=AGENT_LONGEST, null=True)
    expires_at = fields.DatetimeField(null=True)
    seen_at = fields.DatetimeField()

    class Meta:
        table = "device_registrations"
        unique_together = (("device", "node", "contact"),)
