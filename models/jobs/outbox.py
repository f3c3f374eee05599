"""The outbox: what must be started outside, written in the transaction that decided it.

Who reads it and what is started stands two floors up.
"""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models import columns


class OutboxKind(StrEnum):
    """What is to be set going, and so what `subject_id` is."""

    JOB = "JOB"  # start the workflow of a job
    JOB_CONTROL = "JOB_CONTROL"  # tell it that its desired state changed
    MAIL = "MAIL"  # deliver the mails of one batch
    SIP_DEVICE = "SIP_DEVICE"  # a device changed; `generation` says how often


class Outbox(Model):
    """One thing to set going; delivered at least once, harmless when twice."""

    id = fields.BigIntField(primary_key=True, generated=True)
    kind = columns.word(OutboxKind)
    subject_id = fields.UUIDField()
    generation = fields.IntField(default=0)
    # Small integers only: it is read by whoever reads the workflow's history.
    payload = fields.JSONField[dict[str, int]](default=dict)
    created_at = fields.DatetimeField(auto_now_add=True)
    delivered_at = fields.DatetimeField(null=True)
    # Refused deliveries wait, so that one bad row does not hold up the rest.
    attempts = fields.IntField(default=0)
    next_attempt_at = fields.DatetimeField(auto_now_add=True)
    last_error = fields.TextField(null=True)

    class Meta:
        table = "outbox"
