"""SIP devices: what a customer's phone signs in as.

Credentials stand in schema `kamailio` as hashes; the secret itself is shown once and never kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns
from models.panel import sip_issue
from models.panel.sip_issue import DeviceRequest, IssuedDevice
from models.rules.enums import ActiveStatus, ProvisioningState

if TYPE_CHECKING:
    import asyncpg


class SipDevice(Model):
    """One SIP account at the switches. Heading: SIP Devices."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    account = columns.belongs_to("Account", "sip_devices")
    account_id: UUID
    username = fields.CharField(max_length=64)  # unique in its realm, case-folded; immutable
    realm = fields.CharField(max_length=253)  # the owner's realm when the device was made
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    # Raised with everything a switch must follow; steps of an older generation stop.
    generation = fields.BigIntField(default=1)
    provisioning = columns.word(ProvisioningState, default=ProvisioningState.PENDING)
    provisioned_at = fields.DatetimeField(null=True)  # when `provisioning` last changed
    caller_id_name = fields.CharField(max_length=80, null=True)
    caller_id_number = fields.CharField(max_length=20, null=True)
    codecs = ArrayField(element_type="text", default=list)  # in order of preference
    call_waiting = fields.BooleanField(default=True)
    max_calls = fields.IntField(null=True)
    allowed_networks = ArrayField(element_type="text", default=list)  # CIDR; empty: anywhere
    voicemail_enabled = fields.BooleanField(default=False)
    voicemail_mail_to = fields.CharField(max_length=254, null=True)
    voicemail_attach_file = fields.BooleanField(default=True)
    voicemail_keep_local = fields.BooleanField(default=True)
    voicemail_mail_all = fields.BooleanField(default=False)
    voicemail_pin_sealed = fields.BinaryField(null=True)  # six digits, sealed; switches only
    # Asked to go: refused and unlisted from then on; the row stays until every switch has let go.
    removed_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "sip_devices"

    @classmethod
    async def issue_many(
        cls, connection: asyncpg.Connection[asyncpg.Record], requests: Sequence[DeviceRequest]
    ) -> list[IssuedDevice]:
        """Give one device to each request's account, within the open transaction, in their order.

        Nothing is announced: the devices work with the commit. Raises Refused (TAKEN at
        `sipUsername`) when a name that somebody chose is in use.
        """
        return await sip_issue.issue_many(connection, requests)
