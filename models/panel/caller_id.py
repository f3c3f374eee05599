"""Caller IDs: the numbers an account may present, and the one it always presents.

Which of them a call shows is decided by `models.rules.cli_pool`.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.rules.enums import ActiveStatus


class CallerId(Model):
    """One white-listed caller ID. Heading: Caller IDs."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    account = columns.belongs_to("Account", "caller_ids")
    account_id: UUID
    number = fields.CharField(max_length=21, unique=True)  # as given
    digits = fields.CharField(max_length=20)  # what a call's CLI is compared with
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "caller_ids"


class ForceCallerId(Model):
    """The one caller ID an account's calls always present. Heading: Force Caller ID."""

    account = columns.one_of("Account", "force_caller_id")
    account_id: UUID
    name = fields.CharField(max_length=80, null=True)
    number = fields.CharField(max_length=21)
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "force_caller_ids"
