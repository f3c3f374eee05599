"""Mails from the event to the reader, on a mail server that is not always in the mood."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities import outside
from activities.mails import UNWELCOME_SECONDS, MailBatch, deliver_mails
from gateway.embedded.mail_store import MailStore
from gateway.embedded.mailbox import Catcher, smtp_server
from gateway.ports import free_port
from models.accounts.credentials import PasswordReset
from models.jobs.outbox import Outbox
from models.mail import sending
from models.mail.email import Email, MailDraft
from models.mail.template import EmailTemplate
from models.rules.enums import EmailStatus
from tests import people
from tests.conftest import Smtp
from tests.temporal.conftest import House, eventually
from tests.temporal.digest import run_twice


class Moody(Catcher):
    """Answers addresses as it was told, once each, and takes everything after that."""

    def __init__(self, store: MailStore) -> None:
        super().__init__(store)
        self.answers: dict[str, list[str]] = {}

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name and order
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.answers.get(address):
            return self.answers[address].pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and order
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.answers.get(address):
            return self.answers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def moody(tmp_path: Path) -> Moody:
    return Moody(MailStore(tmp_path / "moody"))


@pytest.fixture
async def moody_house(house: House, moody: Moody, tmp_path: Path) -> AsyncIterator[House]:
    """A worker whose mail server has moods."""
    async with smtp_server(moody, 0) as port:
        store = MailStore(tmp_path / "moody")
        changed = replace(house, smtp=Smtp(f"smtp://127.0.0.1:{port}", store))
        async with changed.working():
            yield changed


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits half a minute for the second attempt."""
    monkeypatch.setattr(sending, "FIRST_BACK_OFF_SECONDS", 1)
    monkeypatch.setattr(sending, "LEASE_SECONDS", 2)


def finished(event: str, to: str | None = "ann@example.com", **facts: Any) -> MailDraft:
    job = {"name": "import", "outcome": "completed", "done": 3, "succeeded": 3, "failed": 0}
    return MailDraft(
        template="job_finished", event=event, to=to, facts={"job": {**job, "failure": ""} | facts}
    )


async def has(status: EmailStatus, count: int = 1) -> bool:
    return await Email.filter(status=status).count() == count


async def test_a_queued_mail_is_delivered_once_and_its_row_says_so(working: House) -> None:
    await Email.queue([finished("event/1")])
    await Email.queue([finished("event/1")])
    await eventually(lambda: has(EmailStatus.SENT))
    [mail] = working.smtp.mails("ann@example.com")
    [row] = await Email.all()
    assert row.subject == mail.subject == "import: completed"
    assert row.attempts == 1
    assert not row.last_error
    await working.closed(f"mail/{row.batch_id}")
    assert f"<{row.id}@example.com>" == mail.message_id
    assert await Outbox.oldest_seconds() == 0


async def test_a_mail_that_is_refused_for_now_is_tried_again(
    moody_house: House, moody: Moody
) -> None:
    moody.answers["ann@example.com"] = ["451 not now"]
    await Email.queue([finished("event/1")])
    await eventually(lambda: has(EmailStatus.SENT))
    [row] = await Email.all()
    assert row.attempts == 2
    assert not row.last_error
    await moody_house.closed(f"mail/{row.batch_id}")
    assert len(moody_house.smtp.store.newest_first()) <= 1


async def test_a_mail_that_is_refused_for_good_fails_with_the_servers_words_and_alone(
    moody_house: House, moody: Moody
) -> None:
    del moody_house
    moody.answers["bob@example.com"] = ["550 no such user"]
    await Email.queue([finished("event/1", "bob@example.com"), finished("event/2")])
    await eventually(lambda: has(EmailStatus.SENT))
    await eventually(lambda: has(EmailStatus.FAILED))
    row = await Email.get(to_address="bob@example.com")
    assert row.last_error == "550 no such user"
    assert row.attempts == 1


async def test_mails_wait_while_the_mail_server_is_away(house: House, moody: Moody) -> None:
    port = free_port()
    away = replace(house, smtp=Smtp(f"smtp://127.0.0.1:{port}", house.smtp.store))
    async with away.working():
        await Email.queue([finished("event/1"), finished("event/2")])

        async def was_tried() -> bool:
            return await Email.filter(last_error__isnull=False).exists()

        await eventually(was_tried)
        async with smtp_server(moody, port):
            await eventually(lambda: has(EmailStatus.SENT, 2))


async def test_a_mail_server_that_refuses_our_login_is_left_alone_for_a_while(
    house: House, smtp: Smtp
) -> None:
    refusing = replace(house, smtp=Smtp(smtp.url.replace("//", "//user:wrong@"), smtp.store))
    outside.install(refusing.outside)
    await Email.queue([finished("event/1"), finished("event/2")])
    left = await ActivityEnvironment().run(deliver_mails, await _batch())
    assert (left.waiting, left.next_in_seconds) == (2, UNWELCOME_SECONDS)
    assert await Email.filter(attempts=1).count() == 1


@pytest.mark.parametrize("code", [530, 534, 535, 538])
@pytest.mark.parametrize("refused", ["trunkline@example.com", "ann@example.com"])
async def test_a_mail_server_that_wants_a_login_or_tls_first_costs_no_mail(
    house: House, moody: Moody, code: int, refused: str
) -> None:
    wanting = f"{code} 5.7.0 Must issue a STARTTLS command first"
    moody.answers[refused] = [wanting]
    async with smtp_server(moody, 0) as port:
        changed = replace(house, smtp=Smtp(f"smtp://127.0.0.1:{port}", house.smtp.store))
        outside.install(changed.outside)
        await Email.queue([finished("event/1"), finished("event/2")])
        left = await ActivityEnvironment().run(deliver_mails, await _batch())
    assert (left.waiting, left.next_in_seconds) == (2, UNWELCOME_SECONDS)
    tried = await Email.get(attempts=1)
    assert (tried.status, tried.last_error) == (EmailStatus.QUEUED, wanting)


async def test_delivering_a_batch_twice_sends_nothing_twice(house: House) -> None:
    outside.install(house.outside)
    await Email.queue([finished("event/1"), finished("event/2")])
    for left in await run_twice(house, deliver_mails, await _batch()):
        assert left.waiting == 0
    assert len(house.smtp.mails()) == 2


async def test_a_letter_in_one_senders_hands_is_not_given_to_another(house: House) -> None:
    del house
    await Email.queue([finished("event/1")])
    batch_id = (await Email.get()).batch_id
    assert await sending.take_letter(batch_id, "") is not None
    assert await sending.take_letter(batch_id, "") is None
    left = await sending.outstanding(batch_id)
    assert (left.waiting, left.next_in_seconds) == (1, 2)


async def test_a_mail_is_given_up_after_a_day_of_trying(house: House) -> None:
    del house
    row = await _queued_a_day_ago()
    await sending.mark_later(row.id, "451 not now")
    assert await has(EmailStatus.QUEUED), "it was never tried before"
    await Email.filter(id=row.id).update(refused_since=row.created_at)
    await sending.mark_later(row.id, "451 still not now")
    row = await Email.get()
    assert (row.status, row.last_error) == (EmailStatus.FAILED, "451 still not now")


async def test_a_mail_waits_for_ever_for_a_server_that_will_not_have_us(house: House) -> None:
    del house
    row = await _queued_a_day_ago()
    await sending.mark_later(row.id, "451 not now")
    await Email.filter(id=row.id).update(refused_since=row.created_at, attempts=5000)
    await sending.mark_unwelcome(row.id, "535 who are you?")
    assert await has(EmailStatus.QUEUED)
    await Email.filter(id=row.id).update(attempts=1)
    await sending.mark_later(row.id, "451 not now")
    assert await has(EmailStatus.QUEUED), "its day begins when the server lets us in"


async def test_a_mail_to_nobody_or_unwanted_is_kept_and_not_sent(house: House) -> None:
    del house
    unwanted = replace(finished("event/2"), is_wanted=False)
    await Email.queue([finished("event/1", None), unwanted])
    assert await has(EmailStatus.SUPPRESSED, 2)
    assert not await Outbox.exists()


async def test_the_welcome_mail_carries_a_link_and_its_row_does_not(working: House) -> None:
    admin = await people.administrator()
    customer = await people.customer(admin, email="carla@example.com", create_sip_device=True)
    await eventually(lambda: has(EmailStatus.SENT))
    [mail] = working.smtp.mails("carla@example.com")
    found = re.search(r"https://portal\.example\.com/set-password\?token=(\S+)", mail.text)
    assert found is not None
    hashed = hashlib.sha256(found[1].encode()).hexdigest()
    assert (await PasswordReset.get(token_hash=hashed)).account_id == customer.id
    row = await Email.get()
    assert found[1] not in row.body
    assert "[link removed]" in row.body
    assert people.PASSWORD not in mail.text + row.body


async def test_a_template_that_names_what_there_is_not_fails_its_mail(house: House) -> None:
    outside.install(house.outside)
    await EmailTemplate.create(
        name="job_finished", subject="{{ job.name }}", text="{{ nothing.here }}", html=""
    )
    await Email.queue([finished("event/1")])
    await ActivityEnvironment().run(deliver_mails, await _batch())
    row = await Email.get()
    assert row.status is EmailStatus.FAILED
    assert row.last_error == "The template can not be filled in: 'nothing' is undefined"


async def test_a_templates_html_is_escaped(house: House) -> None:
    outside.install(house.outside)
    await Email.queue([finished("event/1", name="<script>alert(1)</script>")])
    await ActivityEnvironment().run(deliver_mails, await _batch())
    [mail] = house.smtp.mails()
    assert "<script>" not in (house.smtp.store.html(mail) or "")


async def _queued_a_day_ago() -> Email:
    await Email.queue([finished("event/1")])
    await Email.all().update(created_at=datetime.now(UTC) - sending.GIVEN_UP_AFTER)
    return await Email.get()


async def _batch() -> MailBatch:
    return MailBatch(str((await Email.first() or await Email.get()).batch_id))
