"""Periods that are over are closed, each once, in whatever way the sweep comes to them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from models.accounts.account import Account
from models.accounts.changing import Asked
from models.database import transaction
from models.mail.email import Email
from models.money.billing import ClosedPeriods, close_periods, hold_due
from models.money.invoice import Invoice
from models.rules.enums import AccountStatus, AccountType, BillingSchedule, InvoiceKind
from tests import people
from tests.database.billing_world import owe, tax
from tests.database.money_world import assert_books_add_up, open_account

pytestmark = pytest.mark.usefixtures("database")

BERLIN = "Europe/Berlin"
OPENED = datetime(2026, 1, 15, 9, tzinfo=UTC)
END_OF_JANUARY = datetime(2026, 1, 30, 23, tzinfo=UTC)  # midnight in Berlin, billing day 31


async def postpaid(**settings: Any) -> UUID:
    """A customer in Berlin who is billed on the 31st, opened in January."""
    told = {"time_zone": BERLIN, "billing_schedule": BillingSchedule.MONTHLY, "billing_day": 31}
    told |= {"period_started_at": OPENED, "next_billing_at": END_OF_JANUARY}
    account_id = await open_account(AccountType.POSTPAID)
    await Account.filter(id=account_id).update(**(told | settings))
    return account_id


async def close(as_of: datetime, *account_ids: UUID) -> list[ClosedPeriods]:
    async with transaction() as tx:
        return await close_periods(tx, await hold_due(tx, account_ids, as_of), as_of)


async def periods(account_id: UUID) -> list[tuple[datetime, datetime]]:
    """Of the account's invoices."""
    rows = await Invoice.filter(account_id=account_id, kind=InvoiceKind.INVOICE).order_by(
        "period_start"
    )
    return [(r.period_start, r.period_end) for r in rows if r.period_start and r.period_end]


async def test_a_period_that_is_over_becomes_one_invoice_and_the_next_one_begins() -> None:
    account_id = await postpaid()
    await owe(account_id, "10", at=OPENED + timedelta(days=1))
    [closed] = await close(END_OF_JANUARY, account_id)
    account = await Account.get(id=account_id)
    assert await periods(account_id) == [(OPENED, END_OF_JANUARY)]
    assert closed.total == 10
    assert account.period_started_at == END_OF_JANUARY
    assert account.next_billing_at == datetime(2026, 2, 27, 23, tzinfo=UTC)  # the 28th, clamped
    await assert_books_add_up()


async def test_what_is_not_over_yet_is_left_alone() -> None:
    account_id = await postpaid()
    assert await close(END_OF_JANUARY - timedelta(microseconds=1), account_id) == []
    assert (await Account.get(id=account_id)).next_billing_at == END_OF_JANUARY


async def test_missed_months_make_one_invoice_each_with_what_fell_into_them() -> None:
    account_id = await postpaid()
    for month, amount in ((1, "1"), (2, "2"), (3, "4")):
        await owe(account_id, amount, at=datetime(2026, month, 20, tzinfo=UTC))
    await close(datetime(2026, 4, 10, tzinfo=UTC), account_id)
    ends = [
        END_OF_JANUARY,
        datetime(2026, 2, 27, 23, tzinfo=UTC),
        datetime(2026, 3, 30, 22, tzinfo=UTC),  # summer time
    ]
    assert await periods(account_id) == list(zip([OPENED, *ends], ends, strict=False))
    totals = await Invoice.filter(account_id=account_id).order_by("period_start")
    assert [row.total for row in totals] == [1, 2, 4]
    assert [row.sequence for row in totals] == [1, 2, 3]
    assert (await Account.get(id=account_id)).next_billing_at == datetime(
        2026, 4, 29, 22, tzinfo=UTC
    )


async def test_a_period_without_charges_ends_without_a_document_unless_one_is_wanted() -> None:
    quiet = await postpaid()
    wanting = await postpaid(invoices_zero_amounts=True)
    closed = {each.account_id: each for each in await close(END_OF_JANUARY, quiet, wanting)}
    assert closed[quiet].documents == ()
    assert await periods(quiet) == []
    assert await periods(wanting) == [(OPENED, END_OF_JANUARY)]
    for account_id in (quiet, wanting):
        assert (await Account.get(id=account_id)).period_started_at == END_OF_JANUARY


async def test_a_document_is_mailed_once_with_itself_attached() -> None:
    account_id = await postpaid(email="carla@customers.example")
    await tax(account_id)
    await owe(account_id, "100", at=OPENED)
    await close(END_OF_JANUARY, account_id)
    [invoice] = await Invoice.filter(account_id=account_id)
    [mail] = await Email.filter(template="new_invoice")
    assert mail.invoice_id == invoice.id
    assert mail.to_address == "carla@customers.example"
    assert mail.facts["invoice"] == {
        "title": "Invoice",
        "number": invoice.number,
        "period": "15 January 2026 to 30 January 2026",
        "total": "119.00 USD",
        "outstanding": "119.00 USD",
        "due_on": "7 February 2026",
    }


async def test_a_credit_is_mailed_as_a_credit_note() -> None:
    account_id = await postpaid()
    await owe(account_id, "-5", at=OPENED)
    [closed] = await close(END_OF_JANUARY, account_id)
    assert closed.total == -5
    [mail] = await Email.filter(template="new_invoice")
    assert mail.facts["invoice"]["title"] == "Credit note"
    assert mail.facts["invoice"]["due_on"] == ""


@pytest.mark.parametrize(
    ("settings", "is_billed"),
    [
        ({}, True),
        ({"status": AccountStatus.INACTIVE}, True),
        ({"status": AccountStatus.DELETING}, False),
        ({"status": AccountStatus.DELETED, "deleted_at": OPENED, "next_billing_at": None}, False),
        ({"type": AccountType.PREPAID}, False),
    ],
)
async def test_only_living_postpaid_accounts_are_billed(
    settings: dict[str, Any], is_billed: bool
) -> None:
    account_id = await postpaid(**settings)
    assert bool(await close(END_OF_JANUARY, account_id)) is is_billed


async def test_two_sweeps_at_once_close_each_period_once() -> None:
    accounts = [await postpaid() for _ in range(12)]
    for account_id in accounts:
        await owe(account_id, "3", at=OPENED)
    later = END_OF_JANUARY + timedelta(hours=1)
    await asyncio.gather(*(close(later, *accounts) for _ in range(4)))
    assert [len(await periods(account_id)) for account_id in accounts] == [1] * 12
    await assert_books_add_up()


async def test_an_account_that_somebody_holds_is_left_for_the_next_sweep(database: str) -> None:
    account_id = await postpaid()
    other = await asyncpg.connect(database)
    async with other.transaction():
        await other.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", account_id)
        assert await close(END_OF_JANUARY, account_id) == []
    await other.close()
    assert len(await close(END_OF_JANUARY, account_id)) == 1


async def test_a_change_of_the_calendar_closes_what_is_over_under_the_old_one_first() -> None:
    admin = await people.administrator()
    customer = await people.customer(admin, type=AccountType.POSTPAID, time_zone=BERLIN)
    now = datetime.now(UTC)
    ended = now - timedelta(days=3)
    await Account.filter(id=customer.id).update(
        period_started_at=now - timedelta(days=20),
        next_billing_at=ended,
        billing_day=(now + timedelta(days=5)).day,
    )
    await owe(customer.id, "8", at=now - timedelta(days=10))
    asked = Asked(admin.viewer, customer.id)
    await Account.change(asked, {"billing_schedule": BillingSchedule.DAILY, "billing_day": None})
    account = await Account.get(id=customer.id)
    assert await periods(customer.id) == [(now - timedelta(days=20), ended)]
    assert account.period_started_at == ended
    assert account.next_billing_at is not None
    assert now < account.next_billing_at <= now + timedelta(days=1)


async def test_a_change_of_something_else_closes_nothing() -> None:
    admin = await people.administrator()
    customer = await people.customer(admin, type=AccountType.POSTPAID, time_zone=BERLIN)
    ended = datetime.now(UTC) - timedelta(days=3)
    await Account.filter(id=customer.id).update(next_billing_at=ended)
    await Account.change(Asked(admin.viewer, customer.id), {"first_name": "Clara"})
    assert (await Account.get(id=customer.id)).next_billing_at == ended


async def test_an_open_period_keeps_its_start_when_the_calendar_changes() -> None:
    admin = await people.administrator()
    customer = await people.customer(admin, type=AccountType.POSTPAID, time_zone="UTC")
    before = await Account.get(id=customer.id)
    await Account.change(Asked(admin.viewer, customer.id), {"time_zone": "Pacific/Apia"})
    after = await Account.get(id=customer.id)
    assert after.period_started_at == before.period_started_at
    assert after.next_billing_at != before.next_billing_at
    assert await periods(customer.id) == []
