"""Overdue invoices, expiries and low balances: who is told of what, when, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models.access.audit import AuditEvent
from models.accounts.account import Account
from models.accounts.changing import Asked
from models.accounts.expiring import follow_expiries
from models.database import read_pool, transaction
from models.jobs.outbox import Outbox, OutboxKind
from models.mail.email import Email
from models.money.invoice import Invoice
from models.money.issuer_profile import IssuerProfile
from models.money.low_balance import alert_low_balances
from models.money.overdue import remind_of_invoices, suspend_debtors
from models.panel.alert_threshold import AlertThreshold
from models.panel.sip_device import SipDevice
from models.rules.enums import AccountStatus, AccountType, EmailStatus, ProvisioningState
from models.rules.panel import AlertThresholdDraft
from models.settings import HouseSettings
from tests import people
from tests.database.billing_world import APRIL, billed, pay
from tests.database.money_world import NOW, fund, open_account, open_reseller
from tests.database.sweep_world import sweep
from tests.database.test_money_fights import charge_of, post

pytestmark = pytest.mark.usefixtures("database")

DUE = APRIL + timedelta(days=7)
BELOW = AlertThresholdDraft


@pytest.fixture
async def debtor(database: str) -> UUID:
    """A postpaid customer with one invoice of 10 that was due on 8 April."""
    del database
    account_id = await open_account(AccountType.POSTPAID)
    await billed(account_id, "10")
    return account_id


async def events(template: str) -> list[str]:
    """What mails of a kind were for, in their order."""
    rows = await Email.filter(template=template).order_by("created_at", "id")
    return [row.dedupe_key.rpartition("/")[2] for row in rows]


@pytest.mark.usefixtures("debtor")
async def test_reminders_come_at_the_issuers_days_each_once() -> None:
    for hours in range(0, 20 * 24, 6):
        await sweep(DUE + timedelta(hours=hours), remind_of_invoices)
    assert await events("invoice_overdue") == ["3", "7", "14"]
    mail = await Email.filter(template="invoice_overdue").order_by("created_at").first()
    assert mail is not None
    assert mail.facts["invoice"]["outstanding"] == "10.00 USD"
    assert mail.facts["invoice"]["due_on"] == "8 April 2026"
    assert mail.invoice_id == (await Invoice.get()).id


@pytest.mark.usefixtures("debtor")
async def test_after_an_outage_only_the_last_reminder_comes() -> None:
    await sweep(DUE + timedelta(days=9), remind_of_invoices)
    assert await events("invoice_overdue") == ["7"]


async def test_what_is_paid_is_not_reminded_of(debtor: UUID) -> None:
    invoice = await Invoice.get(account_id=debtor)
    await pay(invoice.id, "4")
    await sweep(DUE + timedelta(days=3), remind_of_invoices)
    await pay(invoice.id, "6")
    await sweep(DUE + timedelta(days=8), remind_of_invoices, suspend_debtors)
    assert await events("invoice_overdue") == ["3"]


async def test_an_issuer_has_its_own_days_and_may_never_suspend() -> None:
    rita = await open_reseller()
    await IssuerProfile.create(
        reseller_id=rita,
        name="Rita",
        time_zone="UTC",
        currency_code="USD",
        reminder_days=[1],
        suspend_after_days=None,
    )
    account_id = await open_account(AccountType.POSTPAID, owner=rita)
    await billed(account_id, "10")
    await sweep(DUE + timedelta(days=300), remind_of_invoices, suspend_debtors)
    assert await events("invoice_overdue") == ["1"]
    assert (await Account.get(id=account_id)).suspended_for_debt_at is None


async def test_old_debt_suspends_and_payment_lifts_it(debtor: UUID) -> None:
    late = DUE + timedelta(days=30)
    assert await sweep(late - timedelta(seconds=1), suspend_debtors) == 0
    assert await sweep(late, suspend_debtors) == 1
    assert await sweep(late + timedelta(days=1), suspend_debtors) == 0
    assert (await Account.get(id=debtor)).suspended_for_debt_at == late
    assert await events("invoice_overdue") == ["suspended"]
    invoice = await Invoice.get(account_id=debtor)
    await pay(invoice.id, "9")
    assert (await Account.get(id=debtor)).suspended_for_debt_at == late
    await pay(invoice.id, "1")
    assert (await Account.get(id=debtor)).suspended_for_debt_at is None
    told = await AuditEvent.filter(subject_id=debtor).order_by("at", "id")
    assert [event.action for event in told] == ["debtSuspension", "debtSuspensionLift"]
    [change] = told[1].changes
    assert change == {"field": "suspendedForDebtAt", "old": said(late), "new": None}


def said(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


async def test_a_void_invoice_suspends_nobody_any_more(debtor: UUID) -> None:
    await sweep(DUE + timedelta(days=30), suspend_debtors)
    invoice = await Invoice.get(account_id=debtor)
    async with transaction() as tx:
        await Invoice.void(tx, invoice.id, actor="Ada", at=datetime.now(UTC), reason="Wrong")
    assert (await Account.get(id=debtor)).suspended_for_debt_at is None


async def test_a_suspension_and_its_end_reach_the_switches() -> None:
    admin = await people.administrator()
    customer = await people.customer(
        admin, type=AccountType.POSTPAID, create_sip_device=True, credit_limit=Decimal(50)
    )
    await billed(customer.id, "10")
    await sweep(DUE + timedelta(days=30), suspend_debtors)
    device = await SipDevice.get(account_id=customer.id)
    assert (device.generation, device.provisioning) == (2, ProvisioningState.REVOKING)
    await pay((await Invoice.get(account_id=customer.id)).id, "10")
    device = await SipDevice.get(account_id=customer.id)
    assert (device.generation, device.provisioning) == (3, ProvisioningState.PENDING)


async def test_a_reseller_suspended_for_debt_stops_all_below_it_until_it_pays() -> None:
    admin = await people.administrator()
    rita = await people.reseller(admin, type=AccountType.POSTPAID, credit_limit=Decimal(50))
    ruth = await people.reseller(rita, rita)
    await people.customer(ruth, ruth, create_sip_device=True)
    await billed(rita.id, "10")
    assert await may_register() == 1
    await sweep(DUE + timedelta(days=30), suspend_debtors)
    assert await may_register() == 0
    assert await Outbox.filter(kind=OutboxKind.SUBTREE, subject_id=rita.id).count() == 1
    await pay((await Invoice.get(account_id=rita.id)).id, "10")
    assert await may_register() == 1
    assert await Outbox.filter(kind=OutboxKind.SUBTREE, subject_id=rita.id).count() == 2


async def may_register() -> int:
    return int(await read_pool().fetchval("SELECT count(*) FROM kamailio.subscriber"))


async def test_expiry_drops_registrations_and_tells_once() -> None:
    admin = await people.administrator()
    customer = await people.customer(admin, create_sip_device=True, time_zone="Europe/Berlin")
    expires_at = datetime(2026, 6, 30, 22, tzinfo=UTC)
    await Account.filter(id=customer.id).update(expires_at=expires_at)
    errands = await Outbox.filter(kind=OutboxKind.SIP_DEVICE).count()
    assert await sweep(expires_at - timedelta(seconds=1), follow_expiries) == 0
    assert await sweep(expires_at, follow_expiries) == 1
    assert await sweep(expires_at + timedelta(hours=1), follow_expiries) == 0
    device = await SipDevice.get(account_id=customer.id)
    assert device.provisioning == ProvisioningState.REVOKING
    assert device.drop_generation == device.generation
    assert await Outbox.filter(kind=OutboxKind.SIP_DEVICE).count() == errands + 1
    [mail] = await Email.filter(template="account_expired")
    assert mail.facts["account"]["expired_on"] == "30 June 2026"


async def test_an_expiry_that_was_put_off_is_told_again_when_it_comes() -> None:
    account_id = await open_account()
    first = datetime(2026, 6, 1, tzinfo=UTC)
    for expires_at in (first, first + timedelta(days=30)):
        await Account.filter(id=account_id).update(expires_at=expires_at)
        await sweep(first + timedelta(days=2), follow_expiries)
        await sweep(first + timedelta(days=40), follow_expiries)
    assert len(await events("account_expired")) == 2


async def test_accounts_that_are_gone_are_told_nothing() -> None:
    account_id = await open_account()
    await Account.filter(id=account_id).update(
        expires_at=NOW, status=AccountStatus.DELETED, deleted_at=NOW
    )
    assert await sweep(NOW, follow_expiries) == 0


async def take(account_id: UUID, amount: str) -> None:
    await post(charge_of(account_id, Decimal(amount)))


async def test_falling_below_the_threshold_is_told_once_until_it_is_back_above() -> None:
    account_id = await open_account()
    await fund(account_id, "20")
    await take(account_id, "14")
    assert await events("low_balance") == []
    await take(account_id, "2")
    await take(account_id, "1")
    assert await events("low_balance") == ["1"]
    await fund(account_id, "2")  # exactly at the threshold: armed again
    await take(account_id, "0.01")
    assert await events("low_balance") == ["1", "2"]
    mail = await Email.filter(template="low_balance").order_by("created_at").first()
    assert mail is not None
    assert mail.facts["account"] == {"available": "4.00 USD", "threshold": "5.00 USD"}


async def test_a_batch_tells_each_account_that_fell() -> None:
    accounts = [await open_account() for _ in range(5)]
    for account_id in accounts:
        await fund(account_id, "10")
    await post(*(charge_of(account_id, Decimal(2)) for account_id in accounts * 3))
    assert await Email.filter(template="low_balance").count() == 5


async def test_a_postpaid_account_is_told_by_what_its_credit_limit_leaves() -> None:
    account_id = await open_account(AccountType.POSTPAID, credit_limit=100)
    await take(account_id, "95")
    assert await events("low_balance") == []
    await take(account_id, "0.5")
    assert await events("low_balance") == ["1"]


async def test_who_does_not_want_alerts_gets_none() -> None:
    admin = await people.administrator()
    customer = await people.customer(admin, opening_balance=Decimal(20))
    await AlertThreshold.assign(admin.viewer, customer.id, BELOW(False, Decimal(15)))
    await take(customer.id, "18")
    assert await events("low_balance") == []
    await AlertThreshold.assign(admin.viewer, customer.id, BELOW(True, Decimal(15)))
    assert await events("low_balance") == ["1"]


async def test_a_threshold_raised_above_the_balance_tells_once() -> None:
    admin = await people.administrator()
    customer = await people.customer(admin, opening_balance=Decimal(20))
    for threshold in (10, 25, 30):
        await AlertThreshold.assign(admin.viewer, customer.id, BELOW(True, Decimal(threshold)))
    assert await events("low_balance") == ["1"]


async def test_a_credit_limit_lowered_tells_once() -> None:
    admin = await people.administrator()
    customer = await people.customer(admin, type=AccountType.POSTPAID, credit_limit=Decimal(100))
    await take(customer.id, "90")
    await Account.change(Asked(admin.viewer, customer.id), {"credit_limit": Decimal(92)})
    assert await events("low_balance") == ["1"]
    await Account.change(Asked(admin.viewer, customer.id), {"credit_limit": Decimal(500)})
    row = await AlertThreshold.get(account_id=customer.id)
    assert (row.below, row.crossings) == (False, 1)


async def test_the_sweep_of_the_night_finds_whom_a_new_default_concerns() -> None:
    admin = await people.administrator()
    customer = await people.customer(admin, opening_balance=Decimal(20))
    untouched = await people.customer(admin)
    await HouseSettings.filter(id=1).update(low_balance_default=Decimal(50))
    for _ in range(2):
        await sweep(NOW, alert_low_balances)
    rows = await Email.filter(template="low_balance")
    assert [row.account_id for row in rows] == [customer.id]
    assert untouched.id not in {row.account_id for row in rows}


async def test_an_alert_of_who_has_no_address_is_written_down_as_suppressed() -> None:
    account_id = await open_account()
    await fund(account_id, "6")
    await take(account_id, "2")
    [mail] = await Email.filter(account_id=account_id, template="low_balance")
    assert mail.status is EmailStatus.SUPPRESSED


async def test_crossing_costs_nothing_where_nobody_crosses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []

    async def noticed(*arguments: Any) -> None:
        asked.append(arguments)

    monkeypatch.setattr("models.money.ledger.notice_balances", noticed)
    account_id = await open_account()
    await fund(account_id, "100")
    asked.clear()
    await take(account_id, "10")
    assert asked == []
    assert await read_pool().fetchval("SELECT count(*) FROM alert_thresholds") == 0
