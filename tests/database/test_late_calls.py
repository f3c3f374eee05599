"""Deleted postpaid accounts pay for what is reported late: once more, and taxed as before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from models.accounts.account import Account
from models.database import transaction
from models.jobs import deletion
from models.jobs.billing_run import open_scheduled_run
from models.jobs.choosing import Wish
from models.jobs.deletion_plan import start_deletion
from models.mail.email import Email
from models.money.billing import ClosedPeriods, close_periods, hold_due
from models.money.invoice import Invoice
from models.rules.enums import AccountType
from tests import people
from tests.database.billing_world import owe
from tests.database.deletion_acts import deleted
from tests.database.deletion_world import default_tax, piece_of
from tests.database.money_world import CLERK, assert_books_add_up, balance
from tests.database.test_money_cdr import attach_node, call, take_in
from tests.people import Person

MONTH = timedelta(days=31)


@pytest.fixture
async def admin(database: str) -> Person:
    assert database
    return await people.administrator()


@pytest.fixture
async def node(database: str) -> UUID:
    assert database
    return await attach_node()


@pytest.fixture
async def ada(admin: Person) -> Person:
    """A postpaid customer, taxed at 10 %."""
    await default_tax(admin)
    return await people.customer(admin, type=AccountType.POSTPAID, credit_limit=Decimal(99))


async def close(account_id: UUID, as_of: datetime) -> list[ClosedPeriods]:
    async with transaction() as tx:
        return await close_periods(tx, await hold_due(tx, [account_id], as_of), as_of)


async def papers_of(account_id: UUID) -> list[Invoice]:
    return await Invoice.filter(account_id=account_id).order_by("sequence")


async def test_a_late_call_of_a_deleted_account_is_billed_once(
    admin: Person, ada: Person, node: UUID
) -> None:
    await take_in(node, call(ada.id, "5"))
    await deleted(admin, ada)
    await take_in(node, call(ada.id, "2"), call(ada.id, "1"))
    as_of = datetime.now(UTC)
    assert await open_scheduled_run(as_of) is not None
    assert len(await close(ada.id, as_of)) == 1
    closing, late = await papers_of(ada.id)
    assert [closing.total, late.total] == [Decimal("5.50"), Decimal("3.30")]
    assert (late.period_start, late.period_end) == (closing.period_end, as_of)
    assert await Email.filter(account_id=ada.id, invoice_id=late.id).count() == 1
    assert (await Account.get(id=ada.id)).next_billing_at is None
    assert await close(ada.id, as_of + MONTH) == []
    assert await balance(ada.id) == Decimal("-8.80")
    await assert_books_add_up()


async def test_nothing_late_keeps_no_run_busy(admin: Person, ada: Person, node: UUID) -> None:
    await deleted(admin, ada)
    assert await open_scheduled_run(datetime.now(UTC)) is None
    await take_in(node, call(ada.id, "0.001"))
    assert [each.documents for each in await close(ada.id, datetime.now(UTC))] == [()]
    assert await open_scheduled_run(datetime.now(UTC)) is None


async def test_later_calls_yet_are_billed_in_a_period_of_their_own(
    admin: Person, ada: Person, node: UUID
) -> None:
    await deleted(admin, ada)
    await take_in(node, call(ada.id, "2"))
    middle = datetime.now(UTC)
    async with transaction() as tx:  # the run as of then comes late: one more call is in by now
        held = await hold_due(tx, [ada.id], middle)
    await owe(ada.id, "4", at=middle + timedelta(minutes=1))
    async with transaction() as tx:
        await close_periods(tx, held, middle)
    assert await close(ada.id, middle) == []
    await close(ada.id, middle + MONTH)
    first, second = await papers_of(ada.id)
    assert [first.net, second.net] == [2, 4]
    assert second.period_start == first.period_end == middle


async def test_a_call_reported_while_its_account_is_deleted_is_billed_afterwards(
    admin: Person, ada: Person, node: UUID
) -> None:
    piece = await piece_of(await start_deletion(admin.viewer, Wish(ids=(ada.id,))))
    await deletion.begin(piece)
    await take_in(node, call(ada.id, "2"))
    assert await close(ada.id, datetime.now(UTC) + MONTH) == []
    await deletion.finish(piece)
    await close(ada.id, datetime.now(UTC))
    assert [paper.total for paper in await papers_of(ada.id)] == [Decimal("2.20")]


async def test_what_stood_on_a_voided_invoice_of_a_deleted_account_is_billed_again(
    admin: Person, ada: Person, node: UUID
) -> None:
    await take_in(node, call(ada.id, "5"))
    await deleted(admin, ada)
    [wrong] = await papers_of(ada.id)
    async with transaction() as tx:
        now = datetime.now(UTC)
        await Invoice.void(tx, wrong.id, actor=CLERK, at=now, reason="Wrong address")
    await close(ada.id, datetime.now(UTC))
    _, right = await papers_of(ada.id)
    assert right.total == wrong.total == Decimal("5.50")
    await assert_books_add_up()


async def test_a_reseller_that_is_gone_pays_its_share_of_a_late_call(
    admin: Person, node: UUID
) -> None:
    rita = await people.reseller(admin, type=AccountType.POSTPAID)
    ada = await people.customer(admin, rita, type=AccountType.POSTPAID)
    for each in (ada, rita):
        gone = {"status": "DELETED", "deleted_at": datetime.now(UTC), "next_billing_at": None}
        await Account.filter(id=each.id).update(**gone)
    await take_in(node, call(ada.id, "2"))
    for each in (rita, ada):
        assert len(await close(each.id, datetime.now(UTC))) == 1
        assert [paper.net for paper in await papers_of(each.id)] == [2]
