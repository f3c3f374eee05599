"""The house's own choices, one row, changed through the API.

What a process needs to start (addresses, keys) is environment and not here.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models import columns


class HouseSettings(Model):
    """The one row; its id is always 1."""

    id = fields.SmallIntField(primary_key=True, generated=False)
    base_currency = fields.CharField(max_length=3, default="USD")
    time_zone = fields.CharField(max_length=64, default="UTC")
    country_code = fields.CharField(max_length=2, default="US")
    realm = fields.CharField(max_length=253, default="sip.trunkline.local")
    pin_minimum_length = fields.SmallIntField(default=6)
    low_balance_default = columns.amount(default=5)
    account_number_length = fields.SmallIntField(default=10)

    class Meta:
        table = "settings"
