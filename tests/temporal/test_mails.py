"""Mails from the event to the reader."""

from __future__ import annotations

from models.jobs.outbox import Outbox
from models.mail.email import Email, MailDraft
from models.rules.enums import EmailStatus
from tests.temporal.conftest import House, eventually


def _finished(event: str, to: str | None = "ann@example.com") -> MailDraft:
    facts = {"job": {"name": "import", "outcome": "completed", "done": 3, "succeeded": 3}}
    facts["job"] |= {"failed": 0, "failure": ""}
    return MailDraft(template="job_finished", event=event, to=to, facts=facts)


async def _has(status: EmailStatus, count: int = 1) -> bool:
    return await Email.filter(status=status).count() == count


async def test_a_queued_mail_is_delivered_once_and_its_row_says_so(working: House) -> None:
    await Email.queue([_finished("event/1")])
    await Email.queue([_finished("event/1")])
    await eventually(lambda: _has(EmailStatus.SENT))
    [mail] = working.smtp.mails("ann@example.com")
    [row] = await Email.all()
    assert row.subject == mail.subject == "import: completed"
    assert (row.attempts, row.last_error) == (1, None)
    assert f"<{row.id}@example.com>" == mail.message_id
    assert await Outbox.oldest_seconds() == 0
