"""The audit trail: who changed which field of what, and when.

Append only; secrets appear as the word "changed".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.models import Model

from models import columns
from models.database import raw, transaction
from models.ids import new_ids
from models.rules.global_ids import REFERS_TO, global_id
from models.rules.money import plain_text
from models.rules.viewer import Viewer
from models.rules.violation import name_in_api

CHANGED: Final = "changed"  # stands for a secret that was set anew
SYSTEM: Final = "system"  # the actor of what nobody asked for: sweeps, the first start
CHANNEL_CUSTOMERS: Final = "customers"  # told the id of an account that somebody changed
_NAME_LENGTH = 120
_TELL = "SELECT pg_notify($1, $2)"

# The order of `_record`.
_COLUMNS = (
    *("id", "at", "actor", "actor_id", "action", "subject_type", "subject_id", "subject_label"),
    *("account_id", "changes", "request_id"),
)

current_request: ContextVar[str | None] = ContextVar("current_request", default=None)
"""The request id of the operation under way; the gateway sets it, audit rows carry it."""


class AuditEvent(Model):
    """One change that a person or program made."""

    id = fields.UUIDField(primary_key=True)
    at = fields.DatetimeField(auto_now_add=True)
    actor = fields.CharField(max_length=_NAME_LENGTH)  # a name for people to read
    actor_id = fields.UUIDField(null=True)  # the principal; null for the system itself
    action = fields.CharField(max_length=64)  # the mutation's name
    subject_type = fields.CharField(max_length=32)  # GraphQL type of what changed
    subject_id = fields.UUIDField()  # found by audit_events_of_subject
    subject_label = fields.CharField(max_length=_NAME_LENGTH)
    # Whose tenant may read this; null for what belongs to the house.
    account = columns.belongs_to("Account", "audit_events", null=True)
    account_id: UUID | None
    changes = fields.JSONField[list[dict[str, Any]]]()  # [{field, old, new}]
    request_id = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "audit_events"


@dataclass(frozen=True, slots=True)
class Subject:
    """What was changed: its GraphQL type, and the name people know it by.

    account_id: the account whose tenant may read the event, or None for what is the house's.
    """

    type: str
    id: UUID
    label: str
    account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, by its name in the API; None is "not set"."""

    field: str
    old: object
    new: object


async def record(
    viewer: Viewer | None, action: str, subject: Subject, changes: Iterable[FieldChange] = ()
) -> None:
    """Write one event in the open transaction; `viewer` None is the system itself."""
    async with transaction() as tx:
        await record_many(viewer, action, [(subject, changes)])
        if subject.account_id is not None:
            # Whoever follows the account reads it again; batches tell nobody, a notification in
            # every commit would halve their speed.
            await raw(tx).execute(_TELL, CHANNEL_CUSTOMERS, str(subject.account_id))


async def record_many(
    viewer: Viewer | None, action: str, events: Iterable[tuple[Subject, Iterable[FieldChange]]]
) -> None:
    """The same for many subjects, in one COPY: a batch writes as many events as accounts."""
    told = list(events)
    if told:
        names = zip(new_ids(len(told)), told, strict=True)
        by = _By(viewer, action, datetime.now(UTC))
        records = [_record(by, event_id, *event) for event_id, event in names]
        async with transaction() as tx:
            await raw(tx).copy_records_to_table("audit_events", columns=_COLUMNS, records=records)


def differences(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[FieldChange, ...]:
    """The fields of `new` whose value differs from the one in `old`; columns get their API name."""
    return tuple(
        FieldChange(name_in_api(name), old.get(name), value)
        for name, value in new.items()
        if old.get(name) != value
    )


def said(field: str, value: object) -> str | None:
    """A value as the trail shows it: the way the API would."""
    if isinstance(value, set | frozenset):
        value = sorted(value)
    match value:
        case None:
            return None
        case list() | tuple():
            return ", ".join(_said_of_one(field, item) for item in value)
    return _said_of_one(field, value)


def _said_of_one(field: str, value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case Decimal():
            return plain_text(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case UUID():
            return global_id(REFERS_TO[field], value)
    return str(value)


@dataclass(frozen=True, slots=True)
class _By:
    """Who did what, and when."""

    viewer: Viewer | None
    action: str
    at: datetime


def _record(
    by: _By, event_id: UUID, subject: Subject, changes: Iterable[FieldChange]
) -> tuple[Any, ...]:
    told = [
        {
            "field": change.field,
            "old": said(change.field, change.old),
            "new": said(change.field, change.new),
        }
        for change in changes
    ]
    return (
        event_id,
        by.at,
        SYSTEM if by.viewer is None else by.viewer.name[:_NAME_LENGTH],
        None if by.viewer is None else by.viewer.principal_id,
        by.action,
        subject.type,
        subject.id,
        subject.label[:_NAME_LENGTH],
        subject.account_id,
        orjson.dumps(told).decode() if told else "[]",
        current_request.get(),
    )
