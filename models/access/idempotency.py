"""Repeated mutations: the first result, kept 24 hours in the transaction of its effect.

Refused inputs leave no row, so the key is free again. Secrets are never in a result.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class IdempotencyKey(Model):
    """One key a principal used for one mutation."""

    id = fields.UUIDField(primary_key=True)
    principal_id = fields.UUIDField()
    mutation = fields.CharField(max_length=64)
    key = fields.CharField(max_length=200)
    input_hmac = fields.CharField(max_length=64)  # keyed: the input may hold a password
    result = fields.JSONField[dict[str, object]]()  # ids of what was made
    created_at = fields.DatetimeField(auto_now_add=True, db_index=True)

    class Meta:
        table = "idempotency_keys"
        unique_together = (("principal_id", "mutation", "key"),)
