"""Calls as the switches report them: priced there, charged once here, kept by the month.

Which posting charged a call is named; how it was charged stands in the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import columns
from models.ids import new_id
from models.money.cdr_intake import Report, TakenIn, take_in
from models.rules.enums import CallDirection, CallType


class CdrKey(Model):
    """That a node has reported a call. Apart from `cdrs`, whose parts cannot promise uniqueness."""

    id = fields.UUIDField(primary_key=True)  # the CDR's or the orphan's
    node = columns.belongs_to("SwitchNode", "cdr_keys")
    node_id: UUID
    unique_id = fields.CharField(max_length=128)  # the node's name for the call

    class Meta:
        table = "cdr_keys"
        unique_together = (("node", "unique_id"),)


class Cdr(Model):
    """One call of one account. Partitioned by the month of `started_at`."""

    id = fields.UUIDField(primary_key=True)
    account = columns.belongs_to("Account", "cdrs")
    account_id: UUID
    unique_id = fields.CharField(max_length=128)
    node_id = fields.UUIDField()
    device_id: UUID | None = fields.UUIDField(null=True)  # outlives the device
    posting_id: UUID | None = fields.UUIDField(null=True)  # null: the call cost nobody anything
    sip_user = fields.CharField(max_length=64, null=True)
    caller_id = fields.CharField(max_length=64)
    called_number = fields.CharField(max_length=64)
    destination = fields.CharField(max_length=120, null=True)
    started_at = fields.DatetimeField()
    answered_at: datetime | None = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField()
    billable_seconds = fields.IntField()
    disposition = fields.CharField(max_length=64)  # Q.850 cause, as the switch words it
    debit = columns.amount()  # what the account paid, tax included
    cost = columns.amount()  # what the call cost its owner, as the switch priced it
    currency_code = fields.CharField(max_length=3)
    call_type = columns.word(CallType)
    direction = columns.word(CallDirection)
    rate_group_id: UUID | None = fields.UUIDField(null=True)  # the account's when the call came in
    provider = columns.belongs_to("Account", "carried_cdrs", null=True)
    provider_id: UUID | None
    provider_cost: Decimal | None = columns.amount(null=True)
    # Resellers above the account for whom the switch sent no price; they paid the one below.
    assumed_levels = fields.SmallIntField(default=0)
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "cdrs"

    @staticmethod
    async def take_in(
        tx: BaseDBAsyncClient, node_id: UUID, reports: Sequence[Report], now: datetime
    ) -> list[TakenIn]:
        """Keep and charge what a node reports, each call once; see `cdr_intake.take_in`."""
        return await take_in(tx, node_id, reports, now)


class OrphanCdr(Model):
    """A report whose account is not known here; kept as it came, for people to look at."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    node_id = fields.UUIDField()
    unique_id = fields.CharField(max_length=128)
    reason = fields.CharField(max_length=255)
    report = fields.JSONField[dict[str, object]]()
    received_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "cdr_orphans"
