"""Numbers and orders that renew: paid once a period by the whole chain, let go, or kept unpaid."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from models.access.audit import AuditEvent
from models.database import read_pool
from models.ids import new_id
from models.panel.did import Did
from models.panel.did_renewal import renew_dids
from models.panel.order_renewal import renew_orders
from models.panel.product import ProductOrder
from models.panel.resale import ResellerPrice
from models.rules.enums import (
    AccountType,
)
from tests.database.billing_world import tax
from tests.database.money_world import (
    assert_books_add_up,
    balance,
    balances,
    fund,
    open_account,
    open_reseller,
)
from tests.database.renewal_world import FIRST_RENEWAL, UNPAID, mails, number_of, order_of, renewals
from tests.database.sweep_world import sweep

pytestmark = pytest.mark.usefixtures("database")


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


async def test_a_postpaid_account_is_renewed_though_its_reseller_has_nothing_left() -> None:
    reseller = await open_reseller()
    account_id = await open_account(AccountType.POSTPAID, owner=reseller, credit_limit=100)
    await number_of(account_id)
    await sweep(FIRST_RENEWAL, renew_dids)
    assert await balances(account_id, reseller) == [-2, -2]
    is_funded = "SELECT chain_is_funded($1)"
    assert await read_pool().fetchval(is_funded, account_id) is False, "nobody below it calls"


async def test_nobody_loses_a_number_because_its_reseller_has_nothing_left() -> None:
    reseller = await open_reseller()
    account_id = await open_account(owner=reseller)
    did_id = await number_of(account_id)
    await fund(reseller, "2")
    await fund(account_id, "2")
    await tax(reseller, 20)
    await sweep(FIRST_RENEWAL, renew_dids)
    kept = await Did.get(id=did_id)
    assert (kept.account_id, kept.overdue_since) == (account_id, FIRST_RENEWAL)
    assert await balance(account_id) == 2
    await fund(reseller, "1")
    await sweep(FIRST_RENEWAL + timedelta(days=1, hours=1), renew_dids)
    assert (await Did.get(id=did_id)).overdue_since is None
