"""Opening one account for one person: all or nothing, in one transaction with all it sets going.

What an opening consists of stands in `opening`; here are its welcome, its trail and its errands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from models.access import audit
from models.accounts.opening import Opened, Terms, open_accounts
from models.constraints import understood
from models.database import retried, transaction
from models.jobs.outbox import Outbox, OutboxKind
from models.mail.email import Email, MailDraft
from models.money.movement_mails import mail_openings
from models.rules.draft import CustomerDraft
from models.rules.enums import AccountKind
from models.rules.errors import Refused
from models.rules.viewer import Viewer

_ACTIONS = {AccountKind.CUSTOMER: "customerCreate", AccountKind.PROVIDER: "providerCreate"}


async def open_one(viewer: Viewer, draft: CustomerDraft) -> Opened:
    """Open an account, write its welcome mail and set its device going.

    Raises Refused with every rule that the draft breaks, and DomainError TAKEN when another
    caller was first.
    """
    terms = Terms(opener=viewer, now=datetime.now(UTC))
    with understood():
        return await retried(lambda: _open_one(draft, terms))


async def _open_one(draft: CustomerDraft, terms: Terms) -> Opened:
    async with transaction() as tx:
        (answer,) = await open_accounts(tx, [draft], terms)
        if not isinstance(answer, Opened):
            raise Refused(answer)
        await Email.queue([welcome(answer)])
        await mail_openings(tx, [answer.account_id])
        if answer.device:
            await Outbox.put(OutboxKind.SIP_DEVICE, answer.device.device_id, generation=1)
        subject = audit.Subject("Customer", answer.account_id, answer.number, answer.account_id)
        await audit.record(terms.opener, _ACTIONS[answer.draft.kind], subject)
        return answer


@dataclass(slots=True)
class _Recipient:
    """A new account as a mail sees it."""

    id: UUID
    reseller_id: UUID | None
    email: str | None
    notification_email: str | None
    notifications_enabled: bool


def welcome(opened: Opened) -> MailDraft:
    """The mail that greets a new account; it carries a link, never a secret."""
    draft = opened.draft
    recipient = _Recipient(
        id=opened.account_id,
        reseller_id=opened.owner.id,
        email=draft.email,
        notification_email=draft.notification_email,
        notifications_enabled=draft.notifications_enabled,
    )
    device = opened.device
    about = {"username": device.username, "realm": device.realm} if device else None
    return MailDraft.to_account(
        recipient, "welcome", f"welcome/{opened.account_id}", {"device": about}
    )
