"""Mails: one row an event, written with the event and sent later.

No secret is kept in a row: a link that lets somebody in is made while sending, stored redacted.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.accounts.account import Account
from models.ids import new_id
from models.rules.enums import EmailStatus


class Email(Model):
    """One mail; `dedupe_key` is the event, so an event that is repeated writes nothing."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    dedupe_key = fields.CharField(max_length=200, unique=True)
    # What one delivery workflow drains: a mail of its own, or all mails of a sweep.
    batch_id = fields.UUIDField()
    # Null for mails to staff.
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "models.Account", null=True, related_name="emails", on_delete=fields.RESTRICT
    )
    # In whose name it is sent; null is the administration.
    issuer_id = fields.UUIDField(null=True)
    template = fields.CharField(max_length=48)
    # What the template is filled with; ids, names and amounts, never a secret.
    facts = fields.JSONField[dict[str, object]](default=dict)
    # Empty when there was nobody to write to (SUPPRESSED).
    to_address = fields.CharField(max_length=254)
    subject = fields.TextField(default="")
    # The text as sent, links that let somebody in redacted; empty until it is sent.
    body = fields.TextField(default="")
    # The document to attach, drawn while sending.
    invoice_id = fields.UUIDField(null=True)
    status = columns.word(EmailStatus, default=EmailStatus.QUEUED)
    attempts = fields.IntField(default=0)
    last_error = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    next_attempt_at = fields.DatetimeField(auto_now_add=True)
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "emails"
