"""One change of many customers: judged like single ones, all or nothing for each, told apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from models.access.audit import AuditEvent
from models.accounts.account import Account
from models.jobs.batch_update import start_batch_update
from models.jobs.choosing import Wish
from models.jobs.outbox import Outbox, OutboxKind
from models.panel.alert_threshold import AlertThreshold
from models.panel.sip_device import SipDevice
from models.rules.batch_change import BatchChange, NumberChange
from models.rules.enums import AccountStatus, AccountType, RowOutcome
from models.rules.sip_device import SipDeviceDraft
from tests import people
from tests.database.batch_world import carried, down, reasons, to, treated, up
from tests.database.money_world import assert_books_add_up, balance
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def admin() -> Person:
    return await people.administrator()


async def test_what_is_set_is_set_on_everybody_and_stands_in_the_trail(admin: Person) -> None:
    ada, ben = await people.customer(admin), await people.customer(admin, records_calls=True)
    change = BatchChange(records_calls=True, concurrent_calls=to("7"))
    rows = await carried(admin.viewer, [ada.id, ben.id], change)
    assert [row.outcome for row in rows] == [RowOutcome.UPDATED] * 2
    for account in await Account.filter(id__in=[ada.id, ben.id]):
        assert (account.records_calls, account.concurrent_calls, account.version) == (True, 7, 2)
    trail = await AuditEvent.get(action="customersUpdate", subject_id=ben.id)
    assert trail.changes == [{"field": "concurrentCalls", "old": "0", "new": "7"}]
    assert trail.actor_id == admin.id


async def test_who_is_as_wanted_already_is_left_alone(admin: Person) -> None:
    ada = await people.customer(admin, concurrent_calls=7)
    [row] = await carried(admin.viewer, [ada.id], BatchChange(concurrent_calls=to("7")))
    assert row.outcome is RowOutcome.UNCHANGED
    assert (await Account.get(id=ada.id)).version == 1
    assert not await AuditEvent.filter(action="customersUpdate").exists()


@pytest.mark.parametrize(
    ("change", "now", "then"),
    [
        (up("2"), 5, 7),
        (down("2"), 5, 3),
        (up("2"), 0, 0),
        (down("2"), 0, "OUT_OF_RANGE"),
        (down("5"), 5, "OUT_OF_RANGE"),
        (up("100000"), 5, "OUT_OF_RANGE"),
        (to("0"), 5, 0),
    ],
)
async def test_a_limit_goes_up_and_down_and_is_never_lifted_by_a_difference(
    admin: Person, change: NumberChange, now: int, then: int | str
) -> None:
    ada = await people.customer(admin, concurrent_calls=now)
    [row] = await carried(admin.viewer, [ada.id], BatchChange(concurrent_calls=change))
    account = await Account.get(id=ada.id)
    if isinstance(then, str):
        assert reasons(row) == [(then, ["changes", "concurrentCalls"])]
        assert account.concurrent_calls == now
    else:
        assert account.concurrent_calls == then


async def test_all_reasons_stand_in_the_row_and_nobody_else_is_stopped(admin: Person) -> None:
    foreign = await people.rate_group(admin, await people.reseller(admin))
    prepaid = await people.customer(admin)
    postpaid = await people.customer(admin, type=AccountType.POSTPAID)
    change = BatchChange(credit_limit=to("50"), records_calls=True)
    rows = await carried(admin.viewer, [prepaid.id, postpaid.id], change)
    assert reasons(rows[0]) == [("NOT_ALLOWED_FOR_PREPAID", ["changes", "creditLimit"])]
    assert not (await Account.get(id=prepaid.id)).records_calls
    assert (rows[1].previous_amount, rows[1].amount) == (Decimal(0), Decimal(50))
    both = BatchChange(credit_limit=down("60"), rate_group_id=foreign)
    [row] = await carried(admin.viewer, [postpaid.id], both)
    assert reasons(row) == [
        ("OUT_OF_RANGE", ["changes", "creditLimit"]),
        ("RATE_GROUP_NOT_OWNED", ["changes", "rateGroupId"]),
    ]


async def test_balances_are_postings_at_the_owners_cost(admin: Person) -> None:
    rita = await people.reseller(admin, opening_balance=Decimal(10))
    ada, ben = await people.customer(admin, rita), await people.customer(admin, rita)
    rows = await carried(rita.viewer, [ada.id, ben.id], BatchChange(balance=up("4")))
    assert [(row.previous_amount, row.amount) for row in rows] == [(0, 4), (0, 4)]
    assert [await balance(each.id) for each in (rita, ada, ben)] == [2, 4, 4]
    rows = await carried(rita.viewer, [ada.id, ben.id], BatchChange(balance=to("5.50")))
    assert sorted(row.outcome or "" for row in rows) == ["REJECTED", "UPDATED"]
    [refused] = [row for row in rows if row.outcome is RowOutcome.REJECTED]
    assert reasons(refused) == [("INSUFFICIENT_BALANCE", ["changes", "balance"])]
    rows = await carried(rita.viewer, [ada.id, ben.id], BatchChange(balance=down("9")))
    assert [row.outcome for row in rows] == [RowOutcome.REJECTED] * 2
    await assert_books_add_up()


async def test_a_piece_that_is_treated_again_moves_no_money_twice(admin: Person) -> None:
    ada = await people.customer(admin)
    job = await start_batch_update(admin.viewer, Wish(ids=(ada.id,)), BatchChange(balance=up("4")))
    await treated(job)
    await treated(job)
    assert await balance(ada.id) == 4


async def test_a_dry_run_tells_the_amounts_and_writes_only_its_rows(admin: Person) -> None:
    ada = await people.customer(admin, opening_balance=Decimal(3))
    change = BatchChange(balance=up("4"), status=AccountStatus.INACTIVE)
    [row] = await carried(admin.viewer, [ada.id], change, dry_run=True)
    assert (row.outcome, row.previous_amount, row.amount) == (RowOutcome.UPDATED, 3, 7)
    assert await balance(ada.id) == 3
    assert (await Account.get(id=ada.id)).status is AccountStatus.ACTIVE
    assert not await AuditEvent.filter(action="customersUpdate").exists()
    [row] = await carried(admin.viewer, [ada.id], BatchChange(balance=down("4")), dry_run=True)
    assert reasons(row) == [("INSUFFICIENT_BALANCE", ["changes", "balance"])]


async def test_the_alert_is_set_and_moved_from_the_houses_default(admin: Person) -> None:
    ada = await people.customer(admin)
    [row] = await carried(admin.viewer, [ada.id], BatchChange(balance_below=up("2.50")))
    assert (row.previous_amount, row.amount) == (5, Decimal("7.50"))
    change = BatchChange(alert_enabled=False)
    [row] = await carried(admin.viewer, [ada.id], change)
    alert = await AlertThreshold.get(account_id=ada.id)
    assert (alert.enabled, alert.balance_below) == (False, Decimal("7.50"))
    [row] = await carried(admin.viewer, [ada.id], BatchChange(balance_below=down("8")))
    assert reasons(row) == [("OUT_OF_RANGE", ["changes", "balanceBelow"])]


async def test_an_expiry_is_set_cleared_and_counted_from_today(admin: Person) -> None:
    ada = await people.customer(admin)
    at = datetime(2030, 1, 1, tzinfo=UTC)
    await carried(admin.viewer, [ada.id], BatchChange(expires_at=at))
    assert (await Account.get(id=ada.id)).expires_at == at
    await carried(admin.viewer, [ada.id], BatchChange(cleared=("expires_at",)))
    assert (await Account.get(id=ada.id)).expires_at is None
    [row] = await carried(admin.viewer, [ada.id], BatchChange(valid_days=up("3")))
    assert reasons(row) == [("WRONG_STATE", ["changes", "validDays"])]
    await carried(admin.viewer, [ada.id], BatchChange(valid_days=to("30")))
    account = await Account.get(id=ada.id)
    left = (account.expires_at or at) - datetime.now(UTC)
    assert timedelta(days=30) <= left <= timedelta(days=31)


async def test_the_same_valid_days_renew_once_a_day_and_another_end_forgets_them(
    admin: Person,
) -> None:
    ada = await people.customer(admin, valid_days=30)
    month = BatchChange(valid_days=to("30"))
    [row] = await carried(admin.viewer, [ada.id], month)
    assert row.outcome is RowOutcome.UNCHANGED
    await Account.filter(id=ada.id).update(expires_at=datetime.now(UTC) + timedelta(days=2))
    [row] = await carried(admin.viewer, [ada.id], month)
    assert row.outcome is RowOutcome.UPDATED
    renewed = await Account.get(id=ada.id)
    assert renewed.expires_at is not None
    assert renewed.expires_at > datetime.now(UTC) + timedelta(days=29)
    await carried(admin.viewer, [ada.id], BatchChange(expires_at=datetime(2030, 1, 1, tzinfo=UTC)))
    assert (await Account.get(id=ada.id)).valid_days is None


async def test_devices_rise_a_generation_and_no_story_is_started_for_each(admin: Person) -> None:
    ada = await people.customer(admin)
    device = await SipDevice.issue(admin.viewer, SipDeviceDraft(account_id=ada.id))
    before = await Outbox.filter(kind=OutboxKind.SIP_DEVICE).count()
    await carried(admin.viewer, [ada.id], BatchChange(records_calls=True))
    assert (await SipDevice.get(id=device.device_id)).generation == 1
    await carried(admin.viewer, [ada.id], BatchChange(status=AccountStatus.INACTIVE))
    row = await SipDevice.get(id=device.device_id)
    assert (row.generation, row.drop_generation) == (2, 2)
    assert await Outbox.filter(kind=OutboxKind.SIP_DEVICE).count() == before
