"""Numbers and orders that renew: paid once a period by the whole chain, let go, or kept unpaid."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models.access.audit import AuditEvent
from models.accounts.account import Account
from models.database import read_pool
from models.ids import new_id
from models.mail.email import Email
from models.money.invoice import Invoice
from models.panel.did import Did
from models.panel.did_renewal import remind_of_dids, renew_dids
from models.panel.order_renewal import remind_of_orders, renew_orders
from models.panel.product import Product, ProductOrder
from models.panel.resale import ResellerPrice
from models.rules.enums import (
    AccountStatus,
    AccountType,
    PostingKind,
    ProductBilling,
    ProductCategory,
)
from tests import people
from tests.database.money_world import (
    assert_books_add_up,
    balance,
    fund,
    open_account,
    open_reseller,
)
from tests.database.sweep_world import sweep

pytestmark = pytest.mark.usefixtures("database")

ASSIGNED = datetime(2026, 1, 31, 10, tzinfo=UTC)
FIRST_RENEWAL = datetime(2026, 2, 28, tzinfo=UTC)
UNPAID = "product_renewal_notice"


async def number_of(account_id: UUID | None, **told: Any) -> UUID:
    """A number of this account, assigned on 31 January, at 2 a month."""
    digits = str(new_id().int)[-12:]
    row: dict[str, Any] = {
        "number": f"+{digits}",
        "digits": digits,
        "currency_code": "USD",
        "monthly_fee": Decimal(2),
        "setup_fee": Decimal(5),
        "account_id": account_id,
        "assigned_at": ASSIGNED,
        "next_renewal_at": FIRST_RENEWAL,
    }
    return (await Did.create(id=new_id(), **(row | told))).id


async def order_of(account_id: UUID, product: dict[str, Any], **told: Any) -> UUID:
    """An order of this account that renews on 28 February, three pieces at 4."""
    offer: dict[str, Any] = {
        "name": "Flat rate",
        "category": ProductCategory.SUBSCRIPTION,
        "currency_code": "USD",
        "price": Decimal(4),
        "billing": ProductBilling.RECURRING,
        "billing_days": 30,
    }
    kind = await Product.create(id=new_id(), **(offer | product))
    row: dict[str, Any] = {
        "account_id": account_id,
        "product_id": kind.id,
        "quantity": 3,
        "currency_code": "USD",
        "price": Decimal(4),
        "next_renewal_at": FIRST_RENEWAL,
    }
    return (await ProductOrder.create(id=new_id(), **(row | told))).id


async def renewals() -> list[tuple[str, datetime]]:
    """Keys and instants of what was charged."""
    rows = await read_pool().fetch(
        "SELECT description, occurred_at FROM postings"
        " WHERE key LIKE 'renewal/%' AND key NOT LIKE '%/tax' ORDER BY occurred_at, key"
    )
    return [(row["description"], row["occurred_at"]) for row in rows]


async def mails(template: str) -> Sequence[dict[str, Any]]:
    """What mails of a kind speak of."""
    rows = await Email.filter(template=template).order_by("created_at")
    return [next(iter(row.facts.values())) for row in rows]


async def test_a_number_is_paid_for_each_month_from_its_day_clamped_in_shorter_months() -> None:
    account_id = await open_account()
    await fund(account_id, "20")
    did_id = await number_of(account_id)
    assert await sweep(FIRST_RENEWAL, renew_dids) == 1
    did = await Did.get(id=did_id)
    assert did.next_renewal_at == datetime(2026, 3, 31, tzinfo=UTC)
    assert await balance(account_id) == 18
    assert await renewals() == [
        (f"DID {did.number}, 28 February 2026 to 30 March 2026", FIRST_RENEWAL)
    ]
    [mail] = await mails("product_renewed")
    assert (mail["amount"], mail["renews_on"]) == ("2.00 USD", "31 March 2026")
    await assert_books_add_up()


async def test_the_same_sweep_again_charges_nothing() -> None:
    account_id = await open_account()
    await fund(account_id, "20")
    await number_of(account_id)
    await order_of(account_id, {})
    for _ in range(2):
        await sweep(FIRST_RENEWAL, renew_dids, renew_orders)
    assert await balance(account_id) == 20 - 2 - 12
    assert len(await renewals()) == 2


async def test_two_sweeps_at_once_charge_each_period_once() -> None:
    accounts = [await open_account() for _ in range(8)]
    for account_id in accounts:
        await fund(account_id, "20")
        await number_of(account_id)
        await order_of(account_id, {})
    await asyncio.gather(*(sweep(FIRST_RENEWAL, renew_dids, renew_orders) for _ in range(4)))
    await sweep(FIRST_RENEWAL, renew_dids, renew_orders)  # what was held elsewhere meanwhile
    assert {await balance(account_id) for account_id in accounts} == {Decimal(6)}
    await assert_books_add_up()


async def test_months_missed_by_an_outage_are_paid_each() -> None:
    account_id = await open_account()
    await fund(account_id, "20")
    await number_of(account_id)
    await sweep(datetime(2026, 5, 1, tzinfo=UTC), renew_dids)
    assert [at for _, at in await renewals()] == [
        FIRST_RENEWAL,
        datetime(2026, 3, 31, tzinfo=UTC),
        datetime(2026, 4, 30, tzinfo=UTC),
    ]
    assert await balance(account_id) == 14


async def test_each_level_of_the_chain_pays_its_own_price() -> None:
    rita = await open_reseller()
    account_id = await open_account(owner=rita)
    await fund(rita, "100")
    await fund(account_id, "50")
    did_id = await number_of(account_id)
    await ResellerPrice.create(id=new_id(), reseller_id=rita, did_id=did_id, price=Decimal(3))
    await order_of(account_id, {}, price=Decimal(5), owner_prices=[Decimal("3.5")])
    await sweep(FIRST_RENEWAL, renew_dids, renew_orders)
    assert await balance(account_id) == 50 - 3 - 15
    assert await balance(rita) == 50 + (3 - 2) + (15 - Decimal("10.5"))
    await assert_books_add_up()


async def test_a_number_that_is_not_paid_for_goes_back_to_stock_and_its_holder_is_told() -> None:
    account_id = await open_account()
    await fund(account_id, "1")
    did_id = await number_of(account_id)
    await sweep(FIRST_RENEWAL, renew_dids)
    did = await Did.get(id=did_id)
    assert (did.account_id, did.assigned_at, did.next_renewal_at) == (None, None, None)
    assert await balance(account_id) == 1
    [mail] = await mails("did_released")
    assert mail == {"number": did.number, "reason": "The balance did not cover the renewal."}
    [event] = await AuditEvent.filter(action="didRelease")
    assert (event.actor, event.subject_id) == ("system", did_id)


async def test_an_order_that_is_not_paid_for_ends_with_the_reason() -> None:
    account_id = await open_account()
    order_id = await order_of(account_id, {})
    await sweep(FIRST_RENEWAL, renew_orders)
    order = await ProductOrder.get(id=order_id)
    assert order.terminated_at == FIRST_RENEWAL
    assert order.next_renewal_at is None
    assert order.termination_note == "The balance did not cover the renewal."
    assert [mail["name"] for mail in await mails("product_released")] == ["Flat rate"]


async def test_what_is_kept_unpaid_is_tried_daily_told_once_and_charged_from_then_on() -> None:
    account_id = await open_account()
    order_id = await order_of(account_id, {"releases_when_unfunded": False})
    for days in range(10):
        await sweep(FIRST_RENEWAL + timedelta(days=days, hours=1), renew_orders)
    order = await ProductOrder.get(id=order_id)
    assert order.overdue_since == FIRST_RENEWAL
    assert order.next_renewal_at == FIRST_RENEWAL + timedelta(days=10)
    assert [mail["is_overdue"] for mail in await mails(UNPAID)] == [True]
    await fund(account_id, "100")
    paid_on = FIRST_RENEWAL + timedelta(days=10)
    await sweep(paid_on + timedelta(hours=2), renew_orders)
    order = await ProductOrder.get(id=order_id)
    assert (order.overdue_since, order.next_renewal_at) == (None, paid_on + timedelta(days=30))
    assert await balance(account_id) == 88
    assert [at for _, at in await renewals()] == [paid_on]


async def test_what_stays_unpaid_is_told_once_a_period() -> None:
    account_id = await open_account()
    await order_of(account_id, {"releases_when_unfunded": False, "billing_days": 7})
    for days in range(22):
        await sweep(FIRST_RENEWAL + timedelta(days=days), renew_orders)
    assert len(await mails(UNPAID)) == 4


async def test_an_unpaid_number_counts_its_months_from_the_day_it_was_paid_again() -> None:
    account_id = await open_account()
    did_id = await number_of(account_id, releases_when_unfunded=False)
    await sweep(FIRST_RENEWAL, renew_dids)
    await fund(account_id, "100")
    await sweep(datetime(2026, 3, 9, 4, tzinfo=UTC), renew_dids)
    assert (await Did.get(id=did_id)).next_renewal_at == datetime(2026, 4, 9, tzinfo=UTC)
    await sweep(datetime(2026, 4, 9, tzinfo=UTC), renew_dids)
    assert (await Did.get(id=did_id)).next_renewal_at == datetime(2026, 5, 9, tzinfo=UTC)
    assert await balance(account_id) == 96


async def test_funds_for_one_of_two_pay_the_first_that_was_due() -> None:
    account_id = await open_account()
    await fund(account_id, "3")
    later = await number_of(account_id, next_renewal_at=FIRST_RENEWAL + timedelta(minutes=1))
    first = await number_of(account_id)
    await sweep(FIRST_RENEWAL + timedelta(hours=1), renew_dids)
    assert (await Did.get(id=first)).account_id == account_id
    assert (await Did.get(id=later)).account_id is None


async def test_a_postpaid_account_is_always_renewed_and_pays_by_invoice() -> None:
    account_id = await open_account(AccountType.POSTPAID)
    await number_of(account_id)
    await sweep(FIRST_RENEWAL, renew_dids)
    assert await balance(account_id) == -2
    waiting = await read_pool().fetchval(
        "SELECT count(*) FROM billable_lines WHERE account_id = $1 AND invoice_id IS NULL",
        account_id,
    )
    assert waiting == 1


async def test_a_renewal_of_a_prepaid_account_has_its_receipt_attached() -> None:
    account_id = await open_account()
    await fund(account_id, "20")
    await number_of(account_id)
    await sweep(FIRST_RENEWAL, renew_dids)
    [mail] = await Email.filter(template="product_renewed")
    receipt = await Invoice.get(id=mail.invoice_id)
    assert (receipt.account_id, receipt.total) == (account_id, 2)


@pytest.mark.parametrize(
    ("settings", "is_renewed"),
    [
        ({"status": AccountStatus.INACTIVE}, True),
        ({"expires_at": ASSIGNED}, True),
        ({"status": AccountStatus.DELETING}, False),
    ],
)
async def test_inactive_and_expired_accounts_renew_alike(
    settings: dict[str, Any], is_renewed: bool
) -> None:
    account_id = await open_account()
    await fund(account_id, "20")
    await number_of(account_id)
    await Account.filter(id=account_id).update(**settings)
    assert (await sweep(FIRST_RENEWAL, renew_dids) == 1) is is_renewed


async def test_one_that_can_not_be_renewed_stops_nobody() -> None:
    account_id = await open_account()
    await fund(account_id, "20")
    priceless = await number_of(account_id, currency_code="KWD")  # no rate is quoted
    good = await number_of(account_id)
    await sweep(FIRST_RENEWAL, renew_dids)
    assert (await Did.get(id=good)).next_renewal_at == datetime(2026, 3, 31, tzinfo=UTC)
    assert (await Did.get(id=priceless)).next_renewal_at == FIRST_RENEWAL


async def test_reminders_come_once_so_many_days_before() -> None:
    account_id = await open_account()
    await fund(account_id, "100")
    await number_of(account_id, reminder_days=3)
    await order_of(account_id, {"reminder_days": 3})
    steps = (remind_of_dids, remind_of_orders)
    assert await sweep(FIRST_RENEWAL - timedelta(days=3, seconds=1), *steps) == 0
    for hours in range(0, 72, 12):
        await sweep(FIRST_RENEWAL - timedelta(days=3) + timedelta(hours=hours), *steps)
    told = await mails(UNPAID)
    assert [(mail["amount"], mail["renews_on"]) for mail in told] == [
        ("2.00 USD", "28 February 2026"),
        ("12.00 USD", "28 February 2026"),
    ]
    await sweep(FIRST_RENEWAL, renew_dids)
    await sweep(datetime(2026, 3, 29, tzinfo=UTC), *steps)
    assert len(await mails(UNPAID)) == 3


async def test_assigning_and_ordering_tell_the_account_and_renew_later() -> None:
    admin = await people.administrator()
    customer = await people.customer(admin, opening_balance=Decimal(100), email="c@house.example")
    did_id = await number_of(None, assigned_at=None, next_renewal_at=None)
    await Did.assign(admin.viewer, did_id, customer.id)
    [mail] = await mails("did_assigned")
    assert (mail["amount"], mail["monthly_fee"]) == ("7.00 USD", "2.00 USD")
    did = await Did.get(id=did_id)
    assert did.next_renewal_at is not None
    await sweep(did.next_renewal_at, renew_dids)
    assert await balance(customer.id) == 91
    await Did.release(admin.viewer, did_id, "Moved away")
    assert [mail["reason"] for mail in await mails("did_released")] == ["Moved away"]
    assert PostingKind.DID in {
        row["kind"] for row in await read_pool().fetch("SELECT kind FROM postings")
    }
