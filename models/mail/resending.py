"""Sending a mail again because a person asks for it: the same words to where mails go today.

A link that lets somebody in is made anew; the old mail stays as it is.
"""

from __future__ import annotations

from uuid import UUID

from models.access import audit
from models.accounts.account import Account
from models.accounts.account_row import GONE
from models.database import transaction
from models.ids import new_id
from models.mail.email import Email, MailDraft
from models.rules.errors import DomainError, ErrorCode
from models.rules.viewer import Viewer


async def resend(viewer: Viewer, email_id: UUID) -> UUID:
    """Queue a mail again; answers the new one.

    Raises NOT_FOUND for a mail that the viewer does not see, FORBIDDEN for whoever it was for, and
    WRONG_STATE when its account is gone.
    """
    async with transaction():
        old = await Email.get_or_none(id=email_id)
        if old is None:
            raise _missing()
        draft = await _draft(viewer, old)
        await Email.queue([draft])
        fresh = await Email.get(dedupe_key=draft.event)
        subject = audit.Subject("Email", fresh.id, old.template, old.account_id)
        await audit.record(viewer, "emailResend", subject)
        return fresh.id


async def _draft(viewer: Viewer, old: Email) -> MailDraft:
    event = f"resend/{old.id}/{new_id()}"
    if old.account_id is None:
        if not viewer.is_staff:
            raise _missing()
        return MailDraft(
            template=old.template, event=event, to=old.to_address or None, facts=old.facts
        )
    account = await Account.get_or_none(id=old.account_id)
    if account is None or not account.visible_to(viewer):
        raise _missing()
    if account.id == viewer.account_id:
        sentence = "Only whoever looks after this account may send its mails again."
        raise DomainError(ErrorCode.FORBIDDEN, ("id",), sentence)
    if account.status in GONE:
        raise DomainError(ErrorCode.WRONG_STATE, ("id",), "The account is deleted.")
    return MailDraft.to_account(account, old.template, event, old.facts, old.invoice_id)


def _missing() -> DomainError:
    return DomainError(ErrorCode.NOT_FOUND, ("id",), "There is no such mail.")
