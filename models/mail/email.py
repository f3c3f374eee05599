"""Mails: one row an event, written with the event and sent later.

No secret is kept in a row: a link that lets somebody in is made while sending, stored redacted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.models import Model

from models import columns
from models.database import raw, transaction
from models.ids import new_id
from models.jobs.outbox import Outbox, OutboxKind
from models.mail.catalogue import CATALOGUE
from models.rules.enums import EmailStatus

# The event's key makes a repeated event write nothing.
_QUEUE = """
INSERT INTO emails (id, dedupe_key, batch_id, account_id, issuer_id, template, facts, to_address,
                    subject, body, invoice_id, status, attempts, created_at, next_attempt_at)
SELECT m.id, m.dedupe_key, $1, m.account_id, m.issuer_id, m.template, m.facts, m.to_address,
       '', '', m.invoice_id, m.status, 0, now(), now()
  FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::jsonb[], $8::text[],
              $9::uuid[], $10::text[])
       AS m (id, dedupe_key, account_id, issuer_id, template, facts, to_address, invoice_id, status)
ON CONFLICT (dedupe_key) DO NOTHING
RETURNING status
"""


class Addressee(Protocol):
    """What a mail to an account asks of it; the account's row answers, and so may a draft."""

    @property
    def id(self) -> UUID:
        """The account."""

    @property
    def reseller_id(self) -> UUID | None:
        """In whose name it is written to."""

    @property
    def email(self) -> str | None:
        """Its own address."""

    @property
    def notification_email(self) -> str | None:
        """Where it wants its mails instead."""

    @property
    def notifications_enabled(self) -> bool:
        """Whether it wants any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDraft:
    """One mail that an event calls for.

    event: unique for the event, such as `welcome/<account id>`. facts: JSON, never a secret.
    to: None when there is nobody to write to; the row then says SUPPRESSED.
    """

    template: str
    event: str
    to: str | None
    account_id: UUID | None = None
    issuer_id: UUID | None = None
    is_wanted: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)
    invoice_id: UUID | None = None

    @classmethod
    def to_account(
        cls,
        account: Addressee,
        template: str,
        event: str,
        facts: Mapping[str, Any] | None = None,
        invoice_id: UUID | None = None,
    ) -> Self:
        """To where the account wants its mails; security mails go to its own address only.

        So do others with a link that lets somebody in, where there is such an address.
        """
        kind = CATALOGUE[template]
        own, lets_in = kind.is_security, kind.link_lifetime is not None and account.email
        return cls(
            template=template,
            event=event,
            to=account.email if own or lets_in else account.notification_email or account.email,
            account_id=account.id,
            issuer_id=account.reseller_id,
            is_wanted=own or account.notifications_enabled,
            facts=facts or {},
            invoice_id=invoice_id,
        )

    @property
    def status(self) -> EmailStatus:
        """Whether it is to be sent at all."""
        return EmailStatus.QUEUED if self.to and self.is_wanted else EmailStatus.SUPPRESSED


class Email(Model):
    """One mail; `dedupe_key` is the event, so an event that is repeated writes nothing."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    dedupe_key = fields.CharField(max_length=200, unique=True)
    # What one delivery workflow drains: a mail of its own, or all mails of a sweep.
    batch_id = fields.UUIDField()
    # Null for mails to staff.
    account = columns.belongs_to("Account", "emails", null=True)
    account_id: UUID | None
    # In whose name it is sent; null is the administration.
    issuer_id = fields.UUIDField(null=True)
    template = fields.CharField(max_length=48)
    # What the template is filled with; ids, names and amounts, never a secret.
    facts = fields.JSONField[dict[str, Any]](default=dict)
    # Empty when there was nobody to write to (SUPPRESSED).
    to_address = fields.CharField(max_length=254)
    subject = fields.TextField(default="")
    # The text as sent, links that let somebody in redacted; empty until it is sent, and again once
    # its account is deleted unless a document goes with it.
    body = fields.TextField(default="")
    # The document to attach, drawn while sending.
    invoice_id = fields.UUIDField(null=True)
    status = columns.word(EmailStatus, default=EmailStatus.QUEUED)
    attempts = fields.IntField(default=0)
    last_error = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    next_attempt_at = fields.DatetimeField(auto_now_add=True)
    sent_at = fields.DatetimeField(null=True)
    # When the mail server first put it off; null also while that server will not have us at all.
    refused_since = fields.DatetimeField(null=True)

    class Meta:
        table = "emails"

    @classmethod
    async def queue(cls, drafts: Sequence[MailDraft]) -> None:
        """Write mails with their event, in its transaction; one workflow will deliver them all."""
        if not drafts:
            return
        batch_id = new_id()
        async with transaction() as tx:
            written = await raw(tx).fetch(_QUEUE, batch_id, *_columns(drafts))
            if any(row["status"] == EmailStatus.QUEUED for row in written):
                await Outbox.put(OutboxKind.MAIL, batch_id)


def _columns(drafts: Sequence[MailDraft]) -> tuple[list[object], ...]:
    return (
        [new_id() for _ in drafts],
        [draft.event for draft in drafts],
        [draft.account_id for draft in drafts],
        [draft.issuer_id for draft in drafts],
        [draft.template for draft in drafts],
        [orjson.dumps(dict(draft.facts), default=str).decode() for draft in drafts],
        [draft.to or "" for draft in drafts],
        [draft.invoice_id for draft in drafts],
        [draft.status.value for draft in drafts],
    )
