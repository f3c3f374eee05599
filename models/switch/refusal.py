"""Refused sign-ins as the switches tell them: counted per source and per user, last one per device.

At most 20,000 are counted at a time, the quietest forgotten first; nobody is locked out by any.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns, seal
from models.access import audit
from models.database import raw, transaction
from models.ids import new_id
from models.rules.errors import DomainError, ErrorCode
from models.rules.refusal import (
    AGENT_LONGEST,
    ALARMING,
    WINDOW_MINUTES,
    Refusal,
    RefusalReason,
    RefusedKind,
)
from models.rules.viewer import Viewer
from models.switch.staff import tell_staff

if TYPE_CHECKING:
    import asyncpg

MOST_ROWS = 20_000
_WORDS = ("user", "domain", "source", "agent")

# In the order of their names, so that two listeners never wait for each other crosswise.
_COUNT = f"""
WITH told AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[],
                         $7::text[])
        AS t (id, kind, subject, failures, reason, source, username)
), counted AS (
    INSERT INTO sign_in_refusals AS r (id, kind, subject, failures, window_began_at, last_at,
                                       last_reason, last_source, last_user)
    SELECT id, kind, subject, failures, now(), now(), reason, source, username
      FROM told ORDER BY kind, subject
        ON CONFLICT (kind, subject) DO UPDATE
       SET failures = excluded.failures + CASE WHEN r.window_began_at < now() - {{window}}
                                               THEN 0 ELSE r.failures END,
           window_began_at = CASE WHEN r.window_began_at < now() - {{window}}
                                  THEN now() ELSE r.window_began_at END,
           last_at = now(), last_reason = excluded.last_reason,
           last_source = excluded.last_source, last_user = excluded.last_user
 RETURNING id, kind, failures
)
SELECT id FROM counted
 WHERE failures >= CASE kind WHEN 'USER' THEN {ALARMING[RefusedKind.USER]}
                             ELSE {ALARMING[RefusedKind.SOURCE]} END
""".format(window=f"interval '{WINDOW_MINUTES} minutes'")  # noqa: S608 - our own text
_ALERT = """
UPDATE sign_in_refusals SET alerted_at = now(), released_at = NULL
 WHERE id = ANY ($1) AND (alerted_at IS NULL OR released_at IS NOT NULL)
RETURNING kind, subject, failures
"""
# Rows that another listener is writing are left to it.
_FORGET = """
DELETE FROM sign_in_refusals WHERE id IN (
    SELECT id FROM sign_in_refusals
     WHERE last_at < now() - interval '1 day'
        OR id IN (SELECT id FROM sign_in_refusals
                   ORDER BY alerted_at IS NOT NULL AND released_at IS NULL DESC, last_at DESC
                  OFFSET $1)
       FOR UPDATE SKIP LOCKED)
"""
_LAST_OF_DEVICES = """
INSERT INTO device_refusals AS r (device_id, at, reason, source, user_agent)
SELECT d.id, now(), t.reason, nullif(t.source, ''), nullif(t.agent, '')
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
       AS t (realm, username, reason, source, agent)
  JOIN sip_devices d ON d.realm = t.realm AND d.username = t.username
 ORDER BY d.id
    ON CONFLICT (device_id) DO UPDATE
   SET at = excluded.at, reason = excluded.reason, source = excluded.source,
       user_agent = excluded.user_agent
"""
_RELEASE = """
UPDATE sign_in_refusals SET released_at = now(), failures = 0, window_began_at = now() WHERE id = $1
"""
# What Kamailios wrote down for us; two listeners never take the same.
_TAKE = """
DELETE FROM kamailio.refusals WHERE slot IN (
    SELECT slot FROM kamailio.refusals FOR UPDATE SKIP LOCKED)
RETURNING "user", domain, source, agent, reason
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """How often something was refused since it was last written down, and the last of them."""

    kind: RefusedKind
    subject: str
    failures: int
    last: Refusal


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that is refused so often that people should look."""

    kind: str
    subject: str
    failures: int


class SignInRefusals(Model):
    """How often one source or user was refused lately, and since when people were told."""

    id = fields.UUIDField(primary_key=True)
    kind = columns.word(RefusedKind)
    subject = fields.CharField(max_length=320)  # an address or IPv6 network; user@realm
    failures = fields.IntField()  # since `window_began_at`
    window_began_at: datetime = fields.DatetimeField()
    last_at: datetime = fields.DatetimeField(db_index=True)
    last_reason = columns.word(RefusalReason)
    last_source = fields.CharField(max_length=64)
    last_user = fields.CharField(max_length=320)
    alerted_at: datetime | None = fields.DatetimeField(null=True)
    released_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "sign_in_refusals"
        unique_together = (("kind", "subject"),)

    @classmethod
    async def count(cls, counted: Sequence[Counted]) -> list[Alert]:
        """Write down what was refused; answers, and mails to staff, what has become alarming."""
        async with transaction() as tx:
            alarming = await raw(tx).fetch(_COUNT, *_rows(counted))
            rows = await raw(tx).fetch(_ALERT, [row["id"] for row in alarming])
            alerts = [Alert(**row) for row in rows]
            await _tell_staff(raw(tx), alerts)
            await raw(tx).execute(_LAST_OF_DEVICES, *_lasts(counted))
            await raw(tx).execute(_FORGET, MOST_ROWS)
        return alerts

    @classmethod
    async def release(cls, viewer: Viewer, alert_id: UUID) -> None:
        """End an alert and count anew. Raises NOT_FOUND, ALREADY_DONE."""
        async with transaction() as tx:
            row = await cls.filter(id=alert_id).select_for_update().first()
            if row is None or row.alerted_at is None:
                raise DomainError(ErrorCode.NOT_FOUND, ("id",), "There is no such alert.")
            if row.released_at is not None:
                raise DomainError(ErrorCode.ALREADY_DONE, ("id",), "This alert is released.")
            await raw(tx).execute(_RELEASE, alert_id)
            subject = audit.Subject("SignInAlert", alert_id, row.subject)
            await audit.record(viewer, "signInAlertRelease", subject)


class DeviceRefusal(Model):
    """The last refused sign-in under a device's login."""

    device: Any = fields.OneToOneField(
        "models.SipDevice", related_name="refusal", primary_key=True, on_delete=fields.CASCADE
    )
    device_id: UUID
    at = fields.DatetimeField()
    reason = columns.word(RefusalReason)
    source = fields.CharField(max_length=64, null=True)
    user_agent = fields.CharField(max_length=AGENT_LONGEST, null=True)

    class Meta:
        table = "device_refusals"


def mark_of_probe(address: str) -> str:
    """What a probe of ours calls itself to a switch; who does not know the key can not."""
    return seal.keyed_hash("sip-probe", address.encode())


def is_probe(refusal: Refusal) -> bool:
    """Whether it was the house itself that looked whether somebody is refused."""
    mark = mark_of_probe(refusal.address)
    return hmac.compare_digest(refusal.user_agent.encode(), mark.encode())


async def told_by_kamailios() -> list[Refusal]:
    """What Kamailios wrote down since the last time; each once."""
    async with transaction() as tx:
        rows = await raw(tx).fetch(_TAKE)
    return [
        Refusal.told(row["reason"], {name: _plain(row[name]) for name in _WORDS}) for row in rows
    ]


def _plain(hexadecimal: str) -> str:
    """A stranger's word, written as hexadecimal digits so that it can be no SQL."""
    try:
        return bytes.fromhex(hexadecimal).decode("utf-8", "replace")
    except ValueError:
        return ""


def _rows(counted: Sequence[Counted]) -> tuple[list[object], ...]:
    return (
        [new_id() for _ in counted],
        [each.kind.value for each in counted],
        [each.subject for each in counted],
        [each.failures for each in counted],
        [each.last.reason.value for each in counted],
        [each.last.source for each in counted],
        [each.last.address for each in counted],
    )


def _lasts(counted: Sequence[Counted]) -> tuple[list[object], ...]:
    lasts = [each.last for each in counted if each.kind is RefusedKind.USER]
    return (
        [each.realm for each in lasts],
        [each.username for each in lasts],
        [each.reason.value for each in lasts],
        [each.source for each in lasts],
        [each.user_agent for each in lasts],
    )


async def _tell_staff(
    connection: asyncpg.Connection[asyncpg.Record], alerts: Sequence[Alert]
) -> None:
    """Mail whoever can look after it, once an hour at most: an attack has thousands of names."""
    if not alerts:
        return
    first = alerts[0]
    facts = {"subject": first.subject, "failures": first.failures, "others": len(alerts) - 1}
    facts["is_source"] = first.kind == RefusedKind.SOURCE
    await tell_staff(connection, "sign_in_alert", {"alert": facts})
