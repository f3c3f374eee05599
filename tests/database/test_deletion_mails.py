"""What a deletion leaves of mails: that they were written, and the text of documents alone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.jobs.outbox import Outbox, OutboxKind
from models.mail.email import Email
from models.mail.resending import resend
from models.mail.sending import mark_sent, take_letter
from models.rules.enums import EmailStatus
from models.rules.errors import DomainError, ErrorCode
from tests import people
from tests.database.deletion_acts import deleted
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")


async def posted() -> None:
    """Everything that is queued has gone out."""
    for errand in await Outbox.filter(kind=OutboxKind.MAIL):
        while letter := await take_letter(errand.subject_id, "http://portal.example"):
            await mark_sent(letter.id)


async def mails_of(person: Person) -> list[Email]:
    return await Email.filter(account_id=person.id).order_by("id")


async def test_mails_are_emptied_and_those_of_documents_stay() -> None:
    admin = await people.administrator()
    ada, other = [await people.customer(admin, opening_balance=Decimal(5)) for _ in range(2)]
    await posted()
    before = {mail.id: mail for mail in await mails_of(ada)}
    assert {(mail.template, mail.invoice_id is None) for mail in before.values()} == {
        ("welcome", True),
        ("receipt", False),
    }
    assert all(mail.body for mail in before.values())
    untouched = [(mail.id, mail.body, mail.facts) for mail in await mails_of(other)]
    await deleted(admin, ada)
    for mail in [mail for mail in await mails_of(ada) if mail.id in before]:
        was = before[mail.id]
        assert (mail.status, mail.to_address) == (EmailStatus.SENT, was.to_address)
        assert (mail.subject, mail.sent_at) == (was.subject, was.sent_at)
        kept = (was.body, was.facts) if was.invoice_id else ("", {})
        assert (mail.body, mail.facts) == kept
        with pytest.raises(DomainError) as refused:
            await resend(admin.viewer, mail.id)
        assert refused.value.code is ErrorCode.WRONG_STATE
    assert [(mail.id, mail.body, mail.facts) for mail in await mails_of(other)] == untouched
