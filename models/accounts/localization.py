"""Localizations: how the numbers of a call are rewritten for a country (number translation).

The rules are applied by `models.rules.localization`.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.rules.enums import ActiveStatus, CallDirection, LocalizationTarget


class Localization(Model):
    """A set of number translations of the administration or of one reseller."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    name = fields.CharField(max_length=80)
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    # Accounts of this country get the active set of their owner when none is chosen.
    country_code = fields.CharField(max_length=2, null=True)
    reseller = columns.belongs_to("Account", "localizations", null=True)
    reseller_id: UUID | None
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "localizations"


class LocalizationRule(Model):
    """One cut-and-add rule; within direction and target the first that matches wins."""

    id = fields.UUIDField(primary_key=True)
    localization = columns.belongs_to("Localization", "rules", goes_along=True)
    localization_id: UUID
    position = fields.IntField()  # the order given by the author, from 0
    direction = columns.word(CallDirection)
    target = columns.word(LocalizationTarget)
    cut = fields.CharField(max_length=20)  # leading text to remove; "*" always matches
    add = fields.CharField(max_length=20)

    class Meta:
        table = "localization_rules"
        unique_together = (("localization", "position"),)
