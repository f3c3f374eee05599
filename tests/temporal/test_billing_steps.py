"""Each step of billing and of the sweeps run twice, and cut short: nothing comes of it twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities import outside
from activities.billing import BillingTick, bill_accounts, open_billing_run, stage_due_accounts
from activities.jobs import JobRef, PieceRef
from activities.mails import MailBatch, deliver_mails
from activities.notices import alert_low_balances, follow_expiries
from activities.overdue import remind_of_invoices, suspend_debtors
from activities.renewals import remind_of_dids, remind_of_orders, renew_dids, renew_orders
from activities.sweeping import SweepEnd, SweepPage
from models.accounts.account import Account
from models.jobs import chunk
from models.jobs.job import Job
from models.mail.email import Email
from models.money.invoice import Invoice
from models.money.issuer_profile import IssuerProfile
from models.settings import HouseSettings
from tests import people
from tests.database.renewal_world import number_of, order_of
from tests.temporal.billing import ENDED, LATER, OPENED, owing, run_of
from tests.temporal.conftest import House
from tests.temporal.digest import everything, run_twice

Step = Callable[[SweepPage], Awaitable[SweepEnd]]
STEPS = (
    *(renew_dids, renew_orders, remind_of_dids, remind_of_orders, remind_of_invoices),
    *(suspend_debtors, follow_expiries, alert_low_balances),
)
AS_OF = ENDED + timedelta(days=60)


async def run(step: Any, told: Any) -> Any:
    return await ActivityEnvironment().run(step, told)


async def queued() -> Job:
    """A billing run of five accounts that no worker carries."""
    admin = await people.administrator()
    await owing(5)
    return await run_of(admin.viewer)


async def staged() -> tuple[Job, PieceRef]:
    """The same with its rows staged, and the piece that they are."""
    job = await queued()
    prepared = await run(stage_due_accounts, JobRef(str(job.id)))
    return job, PieceRef(str(job.id), 0, prepared.first_row, prepared.last_row)


async def test_opening_a_run_twice_changes_nothing(house: House) -> None:
    await owing(3)
    first, again = await run_twice(house, open_billing_run, BillingTick(LATER))
    assert first == again


async def test_staging_twice_changes_nothing(house: House) -> None:
    job = await queued()
    first, again = await run_twice(house, stage_due_accounts, JobRef(str(job.id)))
    assert (first.first_row, first.last_row) == (1, 5)
    assert again == first


async def test_billing_a_piece_twice_changes_nothing(house: House) -> None:
    _, piece = await staged()
    for end in await run_twice(house, bill_accounts, piece):
        assert end.is_done
    assert await Invoice.all().count() == 5


async def test_a_piece_cut_short_before_its_commit_leaves_nothing_and_is_done_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, piece = await staged()
    before = await everything(house.dsn)
    write = chunk._write

    async def broken(*_: Any) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(chunk, "_write", broken)
    with pytest.raises(ConnectionResetError):
        await run(bill_accounts, piece)
    assert await everything(house.dsn) == before
    monkeypatch.setattr(chunk, "_write", write)
    assert (await run(bill_accounts, piece)).is_done
    first = await Invoice.all().order_by("sequence").first()
    assert first is not None
    assert first.number == "INV-000001"


async def something_for_everybody() -> None:
    """An account that each sweep has something to do for."""
    admin = await people.administrator()
    rich = await people.customer(admin, opening_balance=Decimal(20))
    await number_of(rich.id, next_renewal_at=ENDED, assigned_at=OPENED)
    await order_of(rich.id, {}, next_renewal_at=ENDED)
    await number_of(rich.id, next_renewal_at=AS_OF + timedelta(days=1), assigned_at=OPENED)
    await order_of(rich.id, {"name": "Other"}, next_renewal_at=AS_OF + timedelta(days=1))
    await people.customer(admin, valid_days=1)
    await Account.filter(valid_days=1).update(expires_at=ENDED)
    await owing(2)
    job = await run_of(admin.viewer, LATER)
    prepared = await run(stage_due_accounts, JobRef(str(job.id)))
    await run(bill_accounts, PieceRef(str(job.id), 0, prepared.first_row, prepared.last_row))
    await IssuerProfile.filter(reseller_id=None).update(suspend_after_days=30)
    await HouseSettings.filter(id=1).update(low_balance_default=50)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
async def test_a_page_of_a_sweep_twice_changes_nothing(house: House, step: Step) -> None:
    await something_for_everybody()
    untouched = await everything(house.dsn)
    first, again = await run_twice(house, step, SweepPage(AS_OF))
    assert await everything(house.dsn) != untouched
    assert first.treated > 0
    assert again.treated in {0, first.treated}


async def test_an_invoices_mail_carries_its_pdf(house: House) -> None:
    outside.install(house.outside)
    admin = await people.administrator()
    [account_id] = await owing(1)
    await Account.filter(id=account_id).update(email=None, notification_email="books@c.example")
    job = await run_of(admin.viewer, LATER, [account_id])
    prepared = await run(stage_due_accounts, JobRef(str(job.id)))
    await run(bill_accounts, PieceRef(str(job.id), 0, prepared.first_row, prepared.last_row))
    mail = await Email.get(template="new_invoice")
    assert (await run(deliver_mails, MailBatch(str(mail.batch_id)))).waiting == 0
    [sent] = house.smtp.mails("books@c.example")
    assert sent.subject == "Invoice INV-000001: 10.00 USD"
    [attached] = house.smtp.store.attachments(sent)
    assert (attached.name, attached.media_type) == ("INV-000001.pdf", "application/pdf")
    assert attached.content.startswith(b"%PDF-")
