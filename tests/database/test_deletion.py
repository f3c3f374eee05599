"""Deleting accounts: off at once, everything belonging gone, money and documents kept."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.access.audit import AuditEvent
from models.access.principal import viewer_of_token
from models.accounts.account import Account
from models.database import raw, read_pool, transaction
from models.jobs import deletion, lifecycle
from models.jobs.choosing import Wish
from models.jobs.chunk import Piece
from models.jobs.deletion_plan import stage_deletion, start_deletion
from models.jobs.job import Job
from models.jobs.outbox import Outbox, OutboxKind
from models.mail.email import Email
from models.money.invoice import Invoice
from models.panel.did import Did
from models.panel.product import ProductOrder
from models.panel.retired_username import RetiredUsername
from models.panel.sip_device import SipDevice
from models.rules.enums import (
    AccountKind,
    AccountStatus,
    AccountType,
    BalancePolicy,
    EmailStatus,
    InvoiceStatus,
    RowOutcome,
)
from models.rules.errors import DomainError, ErrorCode
from models.rules.sip_device import SipDeviceDraft
from tests import people
from tests.database.billing_world import owe
from tests.database.deletion_acts import deleted, status_of
from tests.database.deletion_world import (
    belongings,
    default_tax,
    furnish,
    left_behind,
    piece_of,
)
from tests.database.money_world import (
    assert_books_add_up,
    balance,
    balances,
    count,
    fund,
    system_balance,
)
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def admin() -> Person:
    return await people.administrator()


async def test_everything_that_belongs_to_an_account_goes_and_all_records_stay(
    admin: Person,
) -> None:
    await default_tax(admin)
    ada = await people.customer(admin, opening_balance=Decimal(50), generate_pin=True)
    await furnish(admin, ada)
    had = await belongings(ada.id)
    assert {t for t, n in had.items() if not n} == {"email_templates", "reseller_prices"}
    kept = {table: await count(table) for table in ("postings", "refills", "invoices")}
    [row] = await deleted(admin, ada)
    assert (row.outcome, row.account_id) == (RowOutcome.DELETED, ada.id)
    assert set((await belongings(ada.id)).values()) == {0}
    assert await left_behind() == {}
    assert {table: await count(table) for table in kept} == kept
    account = await Account.get(id=ada.id)
    assert account.status is AccountStatus.DELETED
    assert account.deleted_at is not None
    assert account.deleted_by == admin.viewer.name
    assert account.email is not None  # until it is erased
    trail = await AuditEvent.filter(action="customersDelete").order_by("id")
    assert [event.changes for event in trail] == [
        [{"field": "status", "old": "ACTIVE", "new": "DELETING"}],
        [{"field": "status", "old": "DELETING", "new": "DELETED"}],
    ]


async def test_numbers_go_back_to_stock_and_orders_end(admin: Person) -> None:
    ada = await people.customer(admin, opening_balance=Decimal(50))
    await furnish(admin, ada)
    await deleted(admin, ada)
    did = await Did.get()
    assert (did.account_id, did.assigned_at, did.next_renewal_at) == (None, None, None)
    ben = await people.customer(admin, opening_balance=Decimal(50))
    await Did.assign(admin.viewer, did.id, ben.id)
    order = await ProductOrder.get(account_id=ada.id)
    assert order.terminated_at is not None
    assert order.next_renewal_at is None
    assert await AuditEvent.filter(action="didRelease", subject_id=did.id).count() == 1


async def test_number_and_address_are_free_for_somebody_else(admin: Person) -> None:
    ada = await people.customer(admin, number="4711", email="ada@example.com")
    await deleted(admin, ada)
    again = await people.customer(admin, number="4711", email="ada@example.com")
    assert again.id != ada.id
    with pytest.raises(DomainError):
        await people.customer(admin, number="4711")


async def test_whoever_is_being_deleted_is_off_before_anything_is_removed(admin: Person) -> None:
    ada = await people.customer(admin)
    device = await SipDevice.issue(admin.viewer, SipDeviceDraft(account_id=ada.id))
    errands = await Outbox.filter(kind=OutboxKind.SIP_DEVICE).count()
    piece = await piece_of(await start_deletion(admin.viewer, Wish(ids=(ada.id,))))
    assert await deletion.begin(piece) == [ada.id]
    assert await status_of(ada.id) is AccountStatus.DELETING
    assert await viewer_of_token(ada.token) is None
    with pytest.raises(DomainError):
        await people.sign_in(ada.login)
    with pytest.raises(DomainError) as refused:
        await SipDevice.issue(admin.viewer, SipDeviceDraft(account_id=ada.id))
    assert refused.value.code is ErrorCode.WRONG_STATE
    row = await SipDevice.get(id=device.device_id)
    assert (row.generation, row.drop_generation) == (2, 2)
    assert not await read_pool().fetchval("SELECT count(*) FROM effective_devices")
    assert await Outbox.filter(kind=OutboxKind.SIP_DEVICE).count() == errands
    await deletion.finish(piece)
    assert await read_pool().fetchval("SELECT count(*) FROM kamailio.credentials") == 0
    tombstone = await RetiredUsername.get(id=device.device_id)
    assert (tombstone.account_id, tombstone.username) == (ada.id, device.username)


async def test_each_step_repeated_changes_nothing(admin: Person) -> None:
    ada = await people.customer(admin, opening_balance=Decimal(50))
    await furnish(admin, ada)
    piece = await piece_of(await start_deletion(admin.viewer, Wish(ids=(ada.id,))))
    await deletion.begin(piece)
    version = (await Account.get(id=ada.id)).version
    assert await deletion.begin(piece) == [ada.id]
    assert (await Account.get(id=ada.id)).version == version
    tally = await deletion.finish(piece)
    events = await AuditEvent.all().count()
    assert await deletion.finish(piece) == tally
    assert await deletion.begin(piece) == []
    assert await AuditEvent.all().count() == events
    [row] = await deleted(admin, ada)
    assert row.outcome is RowOutcome.UNCHANGED


async def test_a_closing_invoice_takes_what_is_unbilled_and_still_goes_out(admin: Person) -> None:
    ada = await people.customer(admin, type=AccountType.POSTPAID, credit_limit=Decimal(99))
    await owe(ada.id, "30", at=datetime.now(UTC))
    await deleted(admin, ada)
    invoice = await Invoice.get(account_id=ada.id)
    assert (invoice.total, invoice.outstanding, invoice.status) == (30, 30, InvoiceStatus.OPEN)
    assert not await read_pool().fetchval(
        "SELECT count(*) FROM billable_lines WHERE invoice_id IS NULL"
    )
    assert (await Account.get(id=ada.id)).next_billing_at is None
    mails = await Email.filter(account_id=ada.id).order_by("id")
    told = {mail.template: mail.status for mail in mails}
    assert told == {"welcome": EmailStatus.SUPPRESSED, "new_invoice": EmailStatus.QUEUED}
    await assert_books_add_up()


async def test_missed_periods_are_closed_before_the_last_one(admin: Person) -> None:
    ada = await people.customer(admin, type=AccountType.POSTPAID)
    async with transaction() as tx:
        await raw(tx).execute(
            "UPDATE accounts SET created_at = now() - interval '40 days',"
            " period_started_at = now() - interval '40 days',"
            " next_billing_at = now() - interval '10 days' WHERE id = $1",
            ada.id,
        )
    month_ago = await read_pool().fetchval("SELECT now() - interval '30 days'")
    await owe(ada.id, "10", at=month_ago)
    await owe(ada.id, "5", at=datetime.now(UTC))
    await deleted(admin, ada)
    totals = await Invoice.filter(account_id=ada.id).order_by("period_start").values_list("total")
    assert [total for (total,) in totals] == [10, 5]


@pytest.mark.parametrize(
    ("policy", "then"),
    [(BalancePolicy.KEEP, 8), (BalancePolicy.WRITE_OFF, 8), (BalancePolicy.RETURN, 0)],
)
async def test_what_is_left_stays_or_goes_back_to_the_owner(
    admin: Person, policy: BalancePolicy, then: int
) -> None:
    rita = await people.reseller(admin, opening_balance=Decimal(20))
    ada = await people.customer(admin, rita, opening_balance=Decimal(8))
    await deleted(admin, ada, policy=policy)
    assert await balances(ada.id, rita.id) == [then, 20 - then]
    await assert_books_add_up()


@pytest.mark.parametrize(
    ("policy", "owed"),
    [(BalancePolicy.KEEP, -30), (BalancePolicy.WRITE_OFF, 0), (BalancePolicy.RETURN, -30)],
)
async def test_what_is_owed_stays_open_or_is_written_off(
    admin: Person, policy: BalancePolicy, owed: int
) -> None:
    ada = await people.customer(admin, type=AccountType.POSTPAID)
    await owe(ada.id, "30", at=datetime.now(UTC))
    await deleted(admin, ada, policy=policy)
    invoice = await Invoice.get(account_id=ada.id)
    assert await balance(ada.id) == owed
    assert invoice.outstanding == -owed
    assert await system_balance("WRITE_OFF") == -30 - owed
    await assert_books_add_up()


async def test_late_money_still_finds_a_deleted_account_and_leaves_nothing_behind(
    admin: Person,
) -> None:
    ada = await people.customer(admin, type=AccountType.POSTPAID)
    await owe(ada.id, "4", at=datetime.now(UTC))
    await deleted(admin, ada)
    await owe(ada.id, "9", at=datetime.now(UTC))
    await fund(ada.id, "3")
    assert await balance(ada.id) == -10
    assert (await Invoice.get(account_id=ada.id)).outstanding == 1
    assert await left_behind() == {}
    assert not await Email.filter(template="low_balance").exists()


async def test_a_deleted_provider_is_barred_as_a_carrier(admin: Person) -> None:
    carrier = await people.customer(admin, kind=AccountKind.PROVIDER, number="carrier")
    await deleted(admin, carrier)
    found = await read_pool().fetchval(
        "SELECT count(*) FROM accounts WHERE number = 'carrier' AND kind = 'PROVIDER'"
        " AND (deleted_at IS NULL OR deleted_at > now())"
    )
    assert found == 0


async def two_going(admin: Person) -> tuple[Job, list[Person]]:
    """A job that runs over two customers, in the order of their rows, and is staged."""
    whom = [await people.customer(admin) for _ in range(2)]
    job = await start_deletion(admin.viewer, Wish(ids=tuple(each.id for each in whom)))
    await lifecycle.proceed(job.id)
    return job, sorted(whom, key=lambda each: each.id)


async def test_everybody_is_off_before_anybody_is_removed(admin: Person) -> None:
    job, whom = await two_going(admin)
    span = await stage_deletion(job.id)
    assert await deletion.switch_all_off(job.id, span, at_once=1)
    for each in whom:
        assert await status_of(each.id) is AccountStatus.DELETING
        assert await viewer_of_token(each.token) is None
    versions = [(await Account.get(id=each.id)).version for each in whom]
    assert await deletion.switch_all_off(job.id, span)
    assert [(await Account.get(id=each.id)).version for each in whom] == versions
    piece = Piece(job.id, 0, span.first, span.last)
    assert await deletion.begin(piece) == [each.id for each in whom]
    assert await deletion.finish(piece) is not None
    assert await left_behind() == {}


async def test_people_stop_what_has_not_begun_and_whoever_is_off_stays_so(admin: Person) -> None:
    job, (ada, ben) = await two_going(admin)
    span = await stage_deletion(job.id)
    first, second = (Piece(job.id, n, n + 1, n + 1) for n in (0, 1))
    assert await deletion.begin(first) is not None
    await Job.pause(job.id, admin.viewer)
    assert await deletion.begin(first) is None
    assert await deletion.begin(second) is None
    assert not await deletion.switch_all_off(job.id, span)
    assert await status_of(ada.id) is AccountStatus.DELETING
    assert await status_of(ben.id) is AccountStatus.ACTIVE
    await Job.resume(job.id, admin.viewer)
    assert await deletion.begin(first) is not None
    await Job.cancel(job.id, admin.viewer)
    assert await deletion.finish(first) is not None  # it was under way
    assert await deletion.begin(first) == []
    assert await deletion.begin(second) is None
    assert await status_of(ada.id) is AccountStatus.DELETED
    assert await status_of(ben.id) is AccountStatus.ACTIVE
