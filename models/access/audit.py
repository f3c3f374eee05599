"""The audit trail: who changed which field of what, and when.

Append only; secrets appear as the word "changed".
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns


class AuditEvent(Model):
    """One change that a person or program made."""

    id = fields.UUIDField(primary_key=True)
    at = fields.DatetimeField(auto_now_add=True)
    actor = fields.CharField(max_length=120)  # a name for people to read
    actor_id = fields.UUIDField(null=True)  # the principal; null for the system itself
    action = fields.CharField(max_length=64)  # the mutation's name
    subject_type = fields.CharField(max_length=32)  # GraphQL type of what changed
    subject_id = fields.UUIDField(db_index=True)
    subject_label = fields.CharField(max_length=120)
    # Whose tenant may read this; null for what belongs to the house.
    account = columns.belongs_to("Account", "audit_events", null=True)
    account_id: UUID | None
    changes = fields.JSONField[list[dict[str, Any]]]()  # [{field, old, new}]
    request_id = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "audit_events"
