"""Speed dials: one digit that stands for a number.

They take effect in the call decision.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns


class SpeedDial(Model):
    """What one key 0-9 dials for one account. Heading: Speed Dial."""

    id = fields.UUIDField(primary_key=True)
    account = columns.belongs_to("Account", "speed_dials")
    account_id: UUID
    key = fields.SmallIntField()  # 0-9
    number = fields.CharField(max_length=20)

    class Meta:
        table = "speed_dials"
        unique_together = (("account", "key"),)
