"""What follows a change of a customer: its login, billing calendar, switches and sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.access.audit import AuditEvent
from models.accounts.account import Account
from models.jobs.outbox import Outbox
from models.money.invoice import Invoice
from models.panel.sip_device import SipDevice
from models.rules.billing_calendar import next_boundary
from models.rules.enums import AccountType, BillingSchedule
from models.rules.errors import DomainError
from schema.scalars import global_id
from tests import people
from tests.api.product import Product, refusals
from tests.database.billing_world import owe
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

UPDATE = "customerUpdate { customer { version nextBillingAt } }"
ACTIVATE, DEACTIVATE = (
    f"customer{word} {{ customer {{ version status }} }}" for word in ("Activate", "Deactivate")
)
MONTHLY, DAILY = BillingSchedule.MONTHLY, BillingSchedule.DAILY


def _id(person: Person) -> dict[str, str]:
    return {"id": global_id("Customer", person.id)}


async def _changed(product: Product, by: Person, customer: Person, **changes: Any) -> Any:
    payload = await product.mutate(by, UPDATE, **_id(customer), **changes)
    assert refusals(payload) == []
    return payload["customer"]


async def test_a_new_address_is_the_login_and_the_old_one_is_free() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin, email="Old@a.example")
    await _changed(product, admin, customer, email="New@a.example")
    assert await people.sign_in("new@A.example")
    with pytest.raises(DomainError):
        await people.sign_in("old@a.example")
    other = await people.customer(admin, email="old@a.example")
    taken = await product.mutate(admin, UPDATE, **_id(other), email="NEW@a.example")
    assert refusals(taken) == [("TAKEN", ["email"])]
    # Spelling one's own address otherwise is no conflict with oneself.
    await _changed(product, admin, customer, email="NEW@A.example")


async def test_a_refused_change_leaves_the_login_where_it_was() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin, email="old@a.example")
    broken = {"email": "new@a.example", "firstName": ""}
    refused = await product.mutate(admin, UPDATE, **_id(customer), **broken)
    assert refusals(refused) == [("REQUIRED", ["firstName"])]
    assert await people.sign_in("old@a.example")
    await people.customer(admin, email="new@a.example")  # still free


@pytest.mark.parametrize(
    ("changes", "calendar"),
    [
        ({"timeZone": "Pacific/Kiritimati"}, ("Pacific/Kiritimati", MONTHLY, 17)),
        ({"billingDay": 31}, ("UTC", MONTHLY, 31)),
        ({"billingSchedule": "DAILY"}, ("UTC", DAILY, None)),
        (
            {"timeZone": "Asia/Kathmandu", "billingSchedule": "DAILY"},
            ("Asia/Kathmandu", DAILY, None),
        ),
        ({"billingSchedule": "MONTHLY", "billingDay": 1}, ("UTC", MONTHLY, 1)),
    ],
)
async def test_the_open_period_keeps_its_start_and_ends_by_the_new_calendar(
    changes: dict[str, Any], calendar: tuple[str, BillingSchedule, int | None]
) -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(
        admin, type=AccountType.POSTPAID, billing_day=17, time_zone="UTC"
    )
    before = await Account.get(id=customer.id)
    assert before.next_billing_at == next_boundary("UTC", MONTHLY, 17, before.created_at)
    shown = (await _changed(product, admin, customer, **changes))["nextBillingAt"]
    after = await Account.get(id=customer.id)
    assert after.next_billing_at == next_boundary(*calendar, datetime.now(UTC))
    assert datetime.fromisoformat(shown) == after.next_billing_at
    assert after.period_started_at == before.period_started_at
    back = {"timeZone": "UTC", "billingSchedule": "MONTHLY", "billingDay": 17}
    await _changed(product, admin, customer, **back)
    again = await Account.get(id=customer.id)
    assert (again.period_started_at, again.next_billing_at) == (
        before.period_started_at,
        before.next_billing_at,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"timeZone": "Asia/Tokyo"},
        {"billingSchedule": "MONTHLY", "billingDay": 3},
        {"timeZone": "America/Anchorage", "billingSchedule": "MONTHLY", "billingDay": 31},
    ],
)
async def test_periods_that_are_over_close_by_the_calendar_they_ran_under(
    changes: dict[str, Any],
) -> None:
    """No day is billed twice and none is left out: each period begins where the last ended."""
    admin, product = await people.administrator(), Product()
    customer = await people.customer(
        admin, type=AccountType.POSTPAID, billing_schedule=DAILY, time_zone="UTC"
    )
    now = datetime.now(UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday, day_before = today - timedelta(days=1), today - timedelta(days=2)
    opened = day_before - timedelta(hours=5)
    await Account.filter(id=customer.id).update(
        period_started_at=opened, next_billing_at=day_before
    )
    for at in (opened, yesterday - timedelta(hours=3), now):
        await owe(customer.id, "1", at=at)
    await _changed(product, admin, customer, **changes)
    invoices = await Invoice.filter(account_id=customer.id).order_by("period_start")
    billed = [(each.period_start, each.period_end, each.total) for each in invoices]
    assert billed == [(opened, day_before, 1), (day_before, yesterday, 1)]
    account = await Account.get(id=customer.id)
    assert account.period_started_at == today  # yesterday was closed too, with nothing to bill
    calendar = (account.time_zone, account.billing_schedule, account.billing_day)
    assert account.next_billing_at == next_boundary(*calendar, now)


async def test_prepaid_accounts_have_no_billing_day_to_move() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    changed = await _changed(product, admin, customer, timeZone="Asia/Tokyo", billingDay=5)
    assert changed["nextBillingAt"] is None


@pytest.mark.parametrize(
    ("changes", "raised"),
    [
        ({"concurrentCalls": 2}, 1),
        ({"callsPerSecond": 2}, 1),
        ({"expiresAt": "2099-01-01T00:00:00Z"}, 1),
        ({"validDays": 3}, 1),
        ({"concurrentCalls": 2, "validDays": 3}, 1),
        ({"concurrentCalls": 0}, 0),
        ({"company": "Ltd"}, 0),
    ],
)
async def test_switches_follow_what_they_have_copied(changes: dict[str, Any], raised: int) -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin, create_sip_device=True)
    before = await _generation(customer)
    errands = await Outbox.all().count()
    await _changed(product, admin, customer, **changes)
    assert await _generation(customer) == before + raised
    assert (await Outbox.all().count() > errands) is bool(raised)


async def test_off_is_off_for_sign_in_and_switches_until_it_is_lifted() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin, create_sip_device=True)
    before = await _generation(customer)
    off = await product.mutate(admin, DEACTIVATE, **_id(customer), expectedVersion=1)
    assert off["customer"] == {"version": 2, "status": "INACTIVE"}
    assert await _generation(customer) == before + 1
    assert (await Product().send(customer, "{ viewer { name } }")).codes == ["UNAUTHENTICATED"]
    with pytest.raises(DomainError):
        await people.sign_in(customer.login)
    again = await product.mutate(admin, DEACTIVATE, **_id(customer))
    assert (again["customer"]["version"], await _generation(customer)) == (2, before + 1)
    stale = await product.mutate(admin, ACTIVATE, **_id(customer), expectedVersion=1)
    assert refusals(stale) == [("VERSION_CONFLICT", ["expectedVersion"])]
    on = await product.mutate(admin, ACTIVATE, **_id(customer))
    assert on["customer"] == {"version": 3, "status": "ACTIVE"}
    assert await _generation(customer) == before + 2
    assert await people.sign_in(customer.login)
    assert await _trail(customer) == [
        ("customerActivate", "INACTIVE", "ACTIVE"),
        ("customerDeactivate", "ACTIVE", "INACTIVE"),
    ]


async def test_nobody_is_switched_by_themselves_or_by_strangers() -> None:
    admin, product = await people.administrator(), Product()
    owner, stranger = await people.reseller(admin), await people.reseller(admin)
    customer = await people.customer(admin, owner)
    for call in (ACTIVATE, DEACTIVATE):
        refused = await product.mutate(customer, call, **_id(customer))
        assert refusals(refused) == [("FORBIDDEN", ["id"])]
        refused = await product.mutate(stranger, call, **_id(customer))
        assert refusals(refused) == [("NOT_FOUND", ["id"])]
    assert (await Account.get(id=customer.id)).version == 1
    off = await product.mutate(owner, DEACTIVATE, **_id(customer))
    assert off["customer"]["status"] == "INACTIVE"


async def _generation(customer: Person) -> int:
    return int((await SipDevice.get(account_id=customer.id)).generation)


async def _trail(customer: Person) -> list[tuple[str, str, str]]:
    events = await AuditEvent.filter(account_id=customer.id).order_by("-at").limit(2)
    return [(e.action, e.changes[0]["old"], e.changes[0]["new"]) for e in events]
