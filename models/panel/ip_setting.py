"""IP settings: networks whose calls are this account's without a SIP sign-in.

Switches load them as lists; a change makes them load anew.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.rules.enums import ActiveStatus


class IpSetting(Model):
    """One white-listed network of one account. Heading: IP Settings."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    account = columns.belongs_to("Account", "ip_settings")
    account_id: UUID
    name = fields.CharField(max_length=80)
    network = fields.CharField(max_length=43)  # CIDR in canonical form, host bits zero
    prefix = fields.CharField(max_length=20, default="")  # digits dialled before the number
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "ip_settings"
        unique_together = (("network", "prefix"),)
