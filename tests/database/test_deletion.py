"""Deleting accounts: off at once, everything belonging gone, money and documents kept."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from models.access.audit import AuditEvent
from models.access.principal import viewer_of_token
from models.accounts.account import Account
from models.accounts.reseller import Reseller
from models.database import raw, read_pool, transaction
from models.jobs import deletion
from models.jobs.choosing import Wish
from models.jobs.deletion_plan import start_deletion, start_reseller_deletion
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.jobs.outbox import Outbox, OutboxKind
from models.mail.email import Email
from models.money.invoice import Invoice
from models.panel.did import Did
from models.panel.product import ProductOrder
from models.panel.retired_username import RetiredUsername
from models.panel.sip_device import SipDevice
from models.rules.draft import ResellerDraft
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
from tests.database.deletion_world import (
    belongings,
    carried,
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


async def deleted(
    admin: Person, *whom: Person, policy: BalancePolicy = BalancePolicy.KEEP
) -> list[JobRow]:
    wish = Wish(ids=tuple(each.id for each in whom))
    return await carried(await start_deletion(admin.viewer, wish, policy))


async def status_of(account_id: UUID) -> AccountStatus:
    return (await Account.get(id=account_id)).status


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


async def subtree(admin: Person) -> tuple[Person, Person, list[Person]]:
    """A reseller with one below it, and a customer of each."""
    rita = await people.reseller(admin, opening_balance=Decimal(100))
    nils = await people.reseller(admin, rita, opening_balance=Decimal(40))
    customers = [
        await people.customer(admin, rita, opening_balance=Decimal(5)),
        await people.customer(admin, nils, opening_balance=Decimal(7)),
    ]
    return rita, nils, customers


async def test_a_reseller_takes_everybody_below_it_along_the_deepest_first(admin: Person) -> None:
    rita, nils, customers = await subtree(admin)
    foreign = await people.customer(admin, await people.reseller(admin))
    job = await start_reseller_deletion(admin.viewer, [rita.id], 4, BalancePolicy.RETURN)
    rows = await carried(job)
    assert [row.outcome for row in rows] == [RowOutcome.DELETED] * 4
    assert [row.account_id for row in rows[2:]] == [nils.id, rita.id]
    gone = await Account.filter(status=AccountStatus.DELETED).values_list("id", flat=True)
    assert set(gone) == {rita.id, nils.id, *(each.id for each in customers)}
    assert await balances(rita.id, nils.id, *(each.id for each in customers)) == [0, 0, 0, 0]
    assert await system_balance("CASH") == 0
    assert await status_of(foreign.id) is AccountStatus.ACTIVE
    assert await left_behind() == {}
    await assert_books_add_up()


async def test_resellers_are_off_before_the_first_row_and_take_nobody_in(admin: Person) -> None:
    rita, nils, customers = await subtree(admin)
    rates = (await Account.get(id=customers[1].id)).rate_group_id
    job = await start_reseller_deletion(admin.viewer, [rita.id], 4)
    piece = await piece_of(job)
    for each in (rita, nils):
        assert await status_of(each.id) is AccountStatus.DELETING
    for each in customers:
        assert await status_of(each.id) is AccountStatus.ACTIVE
        assert await viewer_of_token(each.token) is None
    with pytest.raises(DomainError):
        await people.customer(admin, nils, rate_group_id=rates)
    draft = ResellerDraft(first_name="X", email="x@x.example", parent_id=nils.id)
    with pytest.raises(DomainError):
        await Reseller.open(admin.viewer, draft)
    assert (await deletion.begin(piece)) is not None
    assert (await deletion.finish(piece)) is not None
    assert await left_behind() == {}


async def test_a_reseller_waits_for_the_pieces_before_it(admin: Person) -> None:
    rita, _, _ = await subtree(admin)
    job = await start_reseller_deletion(admin.viewer, [rita.id], 4)
    await piece_of(job)
    first = deletion.Piece(job.id, 0, 1, 2)
    second = deletion.Piece(job.id, 1, 3, 4)
    assert await deletion.begin(second) is not None
    assert await deletion.finish(second) is None
    assert await deletion.begin(first) is not None
    assert await deletion.finish(first) is not None
    assert await deletion.finish(second) is not None
    assert await status_of(rita.id) is AccountStatus.DELETED


async def test_a_reseller_with_somebody_left_below_it_is_kept_off_with_the_reason(
    admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rita, _, customers = await subtree(admin)
    off = deletion.switch_off

    async def stumbling(tx: object, ids: list[UUID], told: object) -> None:
        if customers[0].id in ids:
            raise DomainError(ErrorCode.RATE_MISSING, (), "There is no exchange rate for XYZ.")
        await off(tx, ids, told)  # type: ignore[arg-type]

    monkeypatch.setattr(deletion, "switch_off", stumbling)
    rows = await carried(await start_reseller_deletion(admin.viewer, [rita.id], 4))
    assert [row.outcome for row in rows] == ["REJECTED", "DELETED", "DELETED", "REJECTED"]
    assert rows[0].reasons[0]["code"] == "RATE_MISSING"
    assert rows[3].reasons[0]["code"] == "WRONG_STATE"
    assert await status_of(customers[0].id) is AccountStatus.ACTIVE
    assert await status_of(rita.id) is AccountStatus.DELETING
    monkeypatch.undo()
    rows = await carried(await start_reseller_deletion(admin.viewer, [rita.id], 2))
    assert [row.outcome for row in rows] == [RowOutcome.DELETED] * 2
    assert await left_behind() == {}


async def test_resellers_are_counted_with_all_below_them_and_never_delete_themselves(
    admin: Person,
) -> None:
    rita, nils, _ = await subtree(admin)
    other = await people.reseller(admin)
    for asker, ids, expected, told in (
        (admin, [rita.id], 1, (ErrorCode.WRONG_STATE, ("expectedCount",))),
        (admin, [], 0, (ErrorCode.REQUIRED, ("ids",))),
        (rita, [rita.id], 4, (ErrorCode.FORBIDDEN, ("ids",))),
        (nils, [rita.id], 4, (ErrorCode.NOT_FOUND, ("ids",))),
        (other, [nils.id], 2, (ErrorCode.NOT_FOUND, ("ids",))),
    ):
        with pytest.raises(DomainError) as refused:
            await start_reseller_deletion(asker.viewer, ids, expected)
        assert (refused.value.code, refused.value.field) == told
    now = await viewer_of_token(rita.token)
    assert now is not None
    await carried(await start_reseller_deletion(now, [nils.id], 2))
    assert await status_of(rita.id) is AccountStatus.ACTIVE


async def test_a_deleted_provider_is_barred_as_a_carrier(admin: Person) -> None:
    carrier = await people.customer(admin, kind=AccountKind.PROVIDER, number="carrier")
    await deleted(admin, carrier)
    found = await read_pool().fetchval(
        "SELECT count(*) FROM accounts WHERE number = 'carrier' AND kind = 'PROVIDER'"
        " AND (deleted_at IS NULL OR deleted_at > now())"
    )
    assert found == 0


async def test_people_stop_what_has_not_begun_and_nothing_else(admin: Person) -> None:
    ada, ben = await people.customer(admin), await people.customer(admin)
    job = await start_deletion(admin.viewer, Wish(ids=(ada.id, ben.id)))
    await piece_of(job)
    first, second = (deletion.Piece(job.id, n, n + 1, n + 1) for n in (0, 1))
    assert await deletion.begin(first) is not None
    await Job.filter(id=job.id).update(status="RUNNING")
    await Job.cancel(job.id, admin.viewer)
    assert await deletion.begin(first) is not None
    assert await deletion.finish(first) is not None
    assert await deletion.begin(second) is None
    states = [await status_of(each.id) for each in (ada, ben)]
    assert sorted(states) == [AccountStatus.ACTIVE, AccountStatus.DELETED]
