"""The outbox: what must be started outside, written in the transaction that decided it.

Who reads it and what is started stands two floors up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import columns
from models.database import raw, transaction

KEPT_DAYS = 7  # delivered rows stay this long, for whoever asks when something was started
LONGEST_WAIT_SECONDS = 300  # a row that is refused again and again is tried every five minutes

_CLAIM = """
SELECT id, kind, subject_id, generation, traceparent FROM outbox
 WHERE delivered_at IS NULL AND next_attempt_at <= now()
 ORDER BY id LIMIT $1
   FOR UPDATE SKIP LOCKED
"""
_DELIVERED = "UPDATE outbox SET delivered_at = now(), last_error = NULL WHERE id = ANY($1)"
_REFUSED = """
UPDATE outbox
   SET attempts = attempts + 1, last_error = $2,
       next_attempt_at = now() + least(power(2, least(attempts, 20)), $3) * interval '1 second'
 WHERE id = $1
"""
_OLDEST = """
SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::int
  FROM outbox WHERE delivered_at IS NULL
"""
_PUT = """
INSERT INTO outbox (kind, subject_id, generation, traceparent,
                    payload, created_at, attempts, next_attempt_at)
SELECT $1, subject, $3, $4, '{}', now(), 0, now() FROM unnest($2::uuid[]) AS subject
"""
_FORGET = "DELETE FROM outbox WHERE delivered_at < now() - $1 * interval '1 day'"


class OutboxKind(StrEnum):
    """What is to be set going, and so what `subject_id` is."""

    JOB = "JOB"  # start the workflow of a job
    JOB_CONTROL = "JOB_CONTROL"  # tell it that its desired state changed
    MAIL = "MAIL"  # deliver the mails of one batch
    SIP_DEVICE = "SIP_DEVICE"  # a device changed; `generation` says how often
    SUBTREE = "SUBTREE"  # a reseller was switched, and with it every device below it
    IP_LISTS = "IP_LISTS"  # networks were listed or struck; the subject is the house


@dataclass(frozen=True, slots=True)
class Errand:
    """One claimed row, as its deliverer needs it."""

    id: int
    kind: OutboxKind
    subject_id: UUID
    generation: int
    traceparent: str | None


class Outbox(Model):
    """One thing to set going; delivered at least once, harmless when twice."""

    id = fields.BigIntField(primary_key=True, generated=True)
    kind = columns.word(OutboxKind)
    subject_id = fields.UUIDField()
    generation = fields.BigIntField(default=0)
    # Small integers only: it is read by whoever reads the workflow's history.
    payload = fields.JSONField[dict[str, int]](default=dict)
    # The trace of whoever decided it (W3C Trace Context), so that what follows is found with it;
    # null where none is collected.
    traceparent = fields.CharField(max_length=55, null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    delivered_at = fields.DatetimeField(null=True)
    # Refused deliveries wait, so that one bad row does not hold up the rest.
    attempts = fields.IntField(default=0)
    next_attempt_at = fields.DatetimeField(auto_now_add=True)
    last_error = fields.TextField(null=True)

    class Meta:
        table = "outbox"

    @classmethod
    async def put(cls, kind: OutboxKind, *subject_ids: UUID, generation: int = 0) -> None:
        """Write one row for each subject, in the transaction that is open."""
        async with transaction() as tx:
            await raw(tx).execute(_PUT, kind, list(subject_ids), generation, _traceparent())

    @classmethod
    async def oldest_seconds(cls) -> int:
        """Age of the oldest row that waits; 0 when none does."""
        async with transaction() as tx:
            return int(await raw(tx).fetchval(_OLDEST))

    @classmethod
    async def forget_delivered(cls) -> None:
        """Remove rows that were delivered more than `KEPT_DAYS` ago."""
        async with transaction() as tx:
            await raw(tx).execute(_FORGET, KEPT_DAYS)


def _traceparent() -> str | None:
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")


async def claim(tx: BaseDBAsyncClient, limit: int) -> list[Errand]:
    """Waiting rows, oldest first, locked for this transaction and invisible to other claimants."""
    rows = await raw(tx).fetch(_CLAIM, limit)
    return [
        Errand(
            row["id"],
            OutboxKind(row["kind"]),
            row["subject_id"],
            row["generation"],
            row["traceparent"],
        )
        for row in rows
    ]


async def settle(
    tx: BaseDBAsyncClient, delivered: Sequence[int], refused: Sequence[tuple[int, str]]
) -> None:
    """Write what became of claimed rows, in the claiming transaction."""
    await raw(tx).execute(_DELIVERED, list(delivered))
    for row_id, reason in refused:
        await raw(tx).execute(_REFUSED, row_id, reason, LONGEST_WAIT_SECONDS)
