"""What holders are told of renewals: paid, about to be, not paid, and let go.

Each event is one mail; whether something was paid is known before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.mail.email import Email, MailDraft
from models.mail.recipient import Recipient
from models.money.charge import Charged, total_with_tax
from models.money.party import Party
from models.panel.renewal import UNFUNDED, Renewal, Renewed
from models.rules.enums import PostingKind
from models.rules.printed import shown_amount, shown_instant


async def mail_outcome(
    tx: BaseDBAsyncClient, outcome: Renewed, parties: Mapping[UUID, Party], as_of: datetime
) -> None:
    """Tell of what was paid, what was not, and what was let go."""
    everybody = [renewal.account_id for renewal, _ in outcome.paid]
    everybody += [renewal.account_id for renewal in outcome.unfunded]
    recipients = await Recipient.of_many(tx, everybody)
    drafts = [
        _paid(recipients[renewal.account_id], renewal, charged, parties)
        for renewal, charged in outcome.paid
        if renewal.prices[0]
    ]
    drafts += [_unpaid(recipients[r.account_id], r, parties, as_of) for r in outcome.kept]
    drafts += [_let_go(recipients[r.account_id], r) for r in outcome.released]
    await Email.queue(drafts)


async def mail_notices(
    tx: BaseDBAsyncClient, renewals: Sequence[Renewal], parties: Mapping[UUID, Party]
) -> None:
    """Remind of renewals that are ahead; what costs nothing needs no reminder."""
    recipients = await Recipient.of_many(tx, [renewal.account_id for renewal in renewals])
    drafts = []
    for renewal in renewals:
        if renewal.prices[0]:
            facts = _facts(renewal, parties, renewal.begins_at) | {"is_overdue": False}
            event = f"renewal_notice/{renewal.id}/{renewal.begins_at.isoformat()}"
            recipient = recipients[renewal.account_id]
            drafts.append(_draft(recipient, "product_renewal_notice", event, facts))
    await Email.queue(drafts)


def _paid(
    recipient: Recipient, renewal: Renewal, charged: Charged, parties: Mapping[UUID, Party]
) -> MailDraft:
    facts = _facts(renewal, parties, renewal.ends_at)
    facts |= {"has_receipt": charged.receipt_id is not None}
    event = f"renewed/{renewal.id}/{renewal.begins_at.isoformat()}"
    return MailDraft.to_account(
        recipient, "product_renewed", event, {"renewal": facts}, charged.receipt_id
    )


def _unpaid(
    recipient: Recipient, renewal: Renewal, parties: Mapping[UUID, Party], as_of: datetime
) -> MailDraft:
    """Once for each period that passes unpaid; the tries of the days between say nothing."""
    since = renewal.overdue_since or renewal.begins_at
    nth = renewal.cycle.passed(since, as_of)
    facts = _facts(renewal, parties, renewal.cycle.tomorrow(as_of)) | {"is_overdue": True}
    event = f"renewal_unpaid/{renewal.id}/{since.isoformat()}/{nth}"
    return _draft(recipient, "product_renewal_notice", event, facts)


def _let_go(recipient: Recipient, renewal: Renewal) -> MailDraft:
    event = f"renewal_ended/{renewal.id}/{renewal.begins_at.isoformat()}"
    if renewal.kind is PostingKind.DID:
        facts = {"number": renewal.name.removeprefix("DID "), "reason": UNFUNDED}
        return MailDraft.to_account(recipient, "did_released", event, {"did": facts})
    return _draft(recipient, "product_released", event, {"name": renewal.name, "reason": UNFUNDED})


def _facts(renewal: Renewal, parties: Mapping[UUID, Party], renews_at: datetime) -> dict[str, Any]:
    party = parties[renewal.account_id]
    amount = total_with_tax(party, renewal.prices[0])
    return {
        "name": renewal.name,
        "amount": shown_amount(amount, party.currency_code),
        "renews_on": shown_instant(renewal.cycle.zone, renews_at),
    }


def _draft(recipient: Recipient, template: str, event: str, facts: Mapping[str, Any]) -> MailDraft:
    return MailDraft.to_account(recipient, template, event, {"renewal": facts})
