"""Wordings of mails, mails sent again, and the audits of the house, through the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.doctor import books
from gateway.doctor.finding import State
from gateway.settings import Settings, read_settings
from models.database import raw, transaction
from models.ids import new_id
from models.jobs.billing_run import start_billing_run
from models.jobs.job import Job
from models.mail.email import Email
from models.mail.rendering import built_in
from models.mail.sending import mark_never
from models.mail.template import EmailTemplate
from models.rules.enums import AccountType, EmailStatus
from schema.scalars import global_id
from tests import people
from tests.api.product import Product, refusals
from tests.database.billing_world import billed

pytestmark = pytest.mark.usefixtures("database")

SET = "emailTemplateSet { emailTemplate { name subject isDefault placeholders } }"
RESET = "emailTemplateReset { emailTemplate { subject isDefault } }"
LISTED = "query($id: ID) { emailTemplates(resellerId: $id) { name subject isDefault } }"
PREVIEW = """query($input: EmailTemplateInput!) { emailTemplatePreview(input: $input) {
    subject text html userErrors { code field message } } }"""
RESEND = "emailResend { email { id template status to } }"
AUDITS = """{ reconciliation { leftovers { kind count } ledgerDifferences { kind count }
    numberGaps { kind count } orphanCdrs oldestOutboxSeconds stuckJobs { id kind } } }"""
WORDING = {"name": "low_balance", "subject": "Hurry", "text": "Refill", "html": "<p>Refill</p>"}


async def test_an_issuers_own_wording_stands_until_it_is_reset() -> None:
    admin, product = await people.administrator(), Product()
    rita = await people.reseller(admin)
    answer = await product.mutate(rita, SET, template=WORDING)
    assert refusals(answer) == []
    assert (answer["emailTemplate"]["subject"], answer["emailTemplate"]["isDefault"]) == (
        "Hurry",
        False,
    )
    assert (await EmailTemplate.wording("low_balance", rita.id)).subject == "Hurry"
    assert await EmailTemplate.wording("low_balance", None) == built_in("low_balance")
    listed = (await product.ask(rita, LISTED))["emailTemplates"]
    assert [each["name"] for each in listed if not each["isDefault"]] == ["low_balance"]
    answer = await product.mutate(rita, RESET, name="low_balance")
    assert answer["emailTemplate"]["isDefault"]
    assert await EmailTemplate.wording("low_balance", rita.id) == built_in("low_balance")


async def test_a_reseller_without_a_wording_sends_that_of_the_administration() -> None:
    admin, product = await people.administrator(), Product()
    rita = await people.reseller(admin)
    await product.mutate(admin, SET, template=WORDING)
    listed = (await product.ask(rita, LISTED))["emailTemplates"]
    assert {"name": "low_balance", "subject": "Hurry", "isDefault": True} in listed


async def test_a_wording_that_can_not_be_filled_in_is_refused_at_its_place() -> None:
    admin, product = await people.administrator(), Product()
    wrong = {**WORDING, "text": "{{ account.nonsense }}", "html": "{% for x in y %}{% endfor %}"}
    answer = await product.mutate(admin, SET, template=wrong)
    assert {tuple(path) for _, path in refusals(answer)} == {
        ("template", "text"),
        ("template", "html"),
    }
    assert await EmailTemplate.all().count() == 0


async def test_a_preview_is_filled_in_or_tells_what_is_wrong() -> None:
    admin, product = await people.administrator(), Product()
    good = {**WORDING, "text": "{{ account.available }} left"}
    shown = (await product.ask(admin, PREVIEW, input=good))["emailTemplatePreview"]
    assert (shown["text"], shown["userErrors"]) == ("4.10 EUR left", [])
    bad = {**WORDING, "subject": "{{ secret }}"}
    shown = (await product.ask(admin, PREVIEW, input=bad))["emailTemplatePreview"]
    assert shown["subject"] == ""
    assert [error["field"] for error in shown["userErrors"]] == [["subject"]]


async def test_nobody_changes_the_wording_of_a_foreign_issuer() -> None:
    admin, product = await people.administrator(), Product()
    mine, foreign = await people.reseller(admin), await people.reseller(admin)
    other = str(global_id("Reseller", foreign.id))
    answer = await product.mutate(mine, SET, template={**WORDING, "resellerId": other})
    assert refusals(answer) == [("NOT_FOUND", ["template", "resellerId"])]
    answer = await product.mutate(mine, RESET, name="low_balance", resellerId=other)
    assert refusals(answer) == [("NOT_FOUND", ["resellerId"])]
    assert (await product.ask(mine, LISTED, id=other))["emailTemplates"] == []
    assert await EmailTemplate.all().count() == 0


async def test_customers_have_nothing_to_do_with_wordings() -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin)
    assert (await product.send(carla, LISTED)).codes == ["FORBIDDEN"]
    assert (await product.send(carla, PREVIEW, input=WORDING)).codes == ["FORBIDDEN"]


async def test_a_mail_is_sent_again_to_where_mails_go_today() -> None:
    admin, product = await people.administrator(), Product()
    rita = await people.reseller(admin)
    carla = await people.customer(admin, rita, type=AccountType.POSTPAID)
    old = await Email.get(template="welcome", account_id=carla.id)
    given = {"id": str(global_id("Email", old.id)), "idempotencyKey": "again"}
    first = await product.mutate(rita, RESEND, **given)
    assert first["email"]["status"] == "QUEUED"
    assert first["email"]["id"] != given["id"]
    assert (await product.mutate(rita, RESEND, **given))["email"] == first["email"]
    assert await Email.filter(template="welcome", account_id=carla.id).count() == 2
    assert (await Email.get(id=old.id)).status is EmailStatus.QUEUED


async def test_strangers_and_the_account_itself_send_nothing_again() -> None:
    admin, product = await people.administrator(), Product()
    foreign, carla = await people.reseller(admin), await people.customer(admin)
    mail = await Email.get(template="welcome", account_id=carla.id)
    given = str(global_id("Email", mail.id))
    assert refusals(await product.mutate(foreign, RESEND, id=given)) == [("NOT_FOUND", ["id"])]
    assert refusals(await product.mutate(carla, RESEND, id=given)) == [("FORBIDDEN", ["id"])]
    assert await Email.filter(account_id=carla.id).count() == 1


async def test_all_audits_are_empty_when_all_is_well() -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin, type=AccountType.POSTPAID)
    await billed(carla.id, "10")
    found = (await product.ask(admin, AUDITS))["reconciliation"]
    lists = ("leftovers", "ledgerDifferences", "numberGaps", "stuckJobs")
    assert [found[name] for name in lists] == [[], [], [], []]
    assert found["orphanCdrs"] == 0
    for stranger in (carla, await people.reseller(admin)):
        assert (await product.send(stranger, AUDITS)).codes == ["FORBIDDEN"]


async def test_what_is_wrong_is_found_by_the_audits_and_the_doctor(database: str) -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin, type=AccountType.POSTPAID)
    await billed(carla.id, "10")
    job = await start_billing_run(admin.viewer, None, None)
    await Job.filter(id=job.id).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    await Email.filter(account_id=carla.id).update(last_error="535 who are you?")
    async with transaction() as tx:
        await raw(tx).execute("UPDATE number_counters SET last_number = last_number + 1")
        await raw(tx).execute("UPDATE ledger_accounts SET balance = 1 WHERE id = $1", carla.id)
        await raw(tx).execute(
            "INSERT INTO cdr_orphans (id, node_id, unique_id, reason, report, received_at)"
            " VALUES ($1, $1, 'x', 'nobody', '{}', now())",
            new_id(),
        )
    found = (await product.ask(admin, AUDITS))["reconciliation"]
    assert [each["count"] for each in found["numberGaps"]] == [1]
    assert [each["count"] for each in found["ledgerDifferences"]] == [1]
    assert found["orphanCdrs"] == 1
    assert found["stuckJobs"] == [{"id": str(global_id("Job", job.id)), "kind": "BILLING_RUN"}]
    assert await _verdicts(database) == {
        "mails": State.POOR,
        "jobs": State.POOR,
        "ledger": State.BAD,
        "document numbers": State.BAD,
        "calls": State.POOR,
        "deleted accounts": State.GOOD,
    }


async def test_the_doctor_has_nothing_against_a_house_that_is_well(database: str) -> None:
    assert set((await _verdicts(database)).values()) == {State.GOOD}


async def test_the_doctor_tells_of_mails_that_failed_since_yesterday(database: str) -> None:
    carla = await people.customer(await people.administrator())
    mail = await Email.get(account_id=carla.id)
    await mark_never(mail.id, "550 no such user")
    found = await books.mails(_settings(database))
    assert found.state is State.POOR
    assert found.sentence == "1 failed in the last day, the last words: 550 no such user"
    await Email.all().update(next_attempt_at=datetime.now(UTC) - timedelta(days=1))
    assert (await books.mails(_settings(database))).state is State.GOOD


async def _verdicts(database: str) -> dict[str, State]:
    asked = (books.mails, books.jobs, books.ledger, books.numbers, books.calls, books.leftovers)
    found = [await examination(_settings(database)) for examination in asked]
    return {finding.subject: finding.state for finding in found}


def _settings(database: str) -> Settings:
    return read_settings({"DATABASE_URL": database, "TRUNKLINE_SECRET_KEY": "k" * 32})
