"""Who is told of renewals, before and after, and whom one that fails does not stop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.accounts.account import Account
from models.database import read_pool, transaction
from models.mail.email import Email
from models.money.currency import CurrencyRate
from models.money.invoice import Invoice
from models.panel.did import Did
from models.panel.did_renewal import remind_of_dids, renew_dids
from models.panel.order_renewal import remind_of_orders
from models.panel.product import ProductOrder
from models.rules.enums import (
    AccountStatus,
    PostingKind,
)
from tests import people
from tests.database.money_world import (
    balance,
    fund,
    open_account,
)
from tests.database.renewal_world import ASSIGNED, FIRST_RENEWAL, UNPAID, mails, number_of, order_of
from tests.database.sweep_world import sweep

pytestmark = pytest.mark.usefixtures("database")
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)


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


async def test_receipts_of_months_that_are_caught_up_are_dated_the_day_they_are_issued() -> None:
    account_id = await open_account()
    await fund(account_id, "20")
    await number_of(account_id)
    caught_up = FIRST_RENEWAL + timedelta(days=65)
    await sweep(caught_up, renew_dids)
    receipts = await Invoice.filter(account_id=account_id).order_by("sequence")
    renewals = [receipt.issued_at for receipt in receipts if receipt.total == 2]
    assert renewals == [caught_up] * 3


async def test_what_is_sold_in_another_currency_costs_what_its_receipt_says() -> None:
    admin = await people.administrator()
    async with transaction() as tx:
        await CurrencyRate.quote(tx, "JPY", Decimal("151.2345678901"), BEFORE)
    yuki = await people.customer(admin, currency_code="JPY", opening_balance=Decimal(9000))
    did_id = await number_of(None, assigned_at=None, next_renewal_at=None)
    await Did.assign(admin.viewer, did_id, yuki.id)
    order = await order_of(yuki.id, {}, terminated_at=BEFORE)
    product_id = (await ProductOrder.get(id=order)).product_id
    await ProductOrder.place(admin.viewer, yuki.id, product_id, 3)
    receipts = await Invoice.filter(account_id=yuki.id).order_by("sequence")
    # 2 and 5 dollars are 302 and 756 yen, 4 dollars are 605, thrice.
    assert [receipt.total for receipt in receipts] == [9000, 1058, 1815]
    assert await balance(yuki.id) == 9000 - 1058 - 1815
    assert [mail["amount"] for mail in await mails("did_assigned")] == ["1,058 JPY"]


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
