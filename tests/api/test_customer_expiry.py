"""When an account ends, and what is asked for again: the days that it is valid, or the instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.accounts.account import Account
from schema.scalars import global_id
from tests import people
from tests.api.product import Product, refusals
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

UPDATE = "customerUpdate { customer { id } }"
SCREEN = "query($id: ID!) { customer(id: $id) { version expiresAt validDays } }"


async def _screen(product: Product, customer: Person) -> Any:
    shown = await product.ask(customer, SCREEN, id=str(global_id("Customer", customer.id)))
    return shown["customer"]


async def test_the_same_valid_days_renew_an_account_that_has_expired_and_no_other() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin, valid_days=30)
    mine = {"id": global_id("Customer", customer.id)}
    fresh = await _screen(product, customer)
    soon = datetime.now(UTC) + timedelta(days=2)
    for ended_at, renewed in ((soon, False), (datetime.now(UTC), True)):
        await Account.filter(id=customer.id).update(expires_at=ended_at)
        given = mine | {"validDays": 30, "company": "Okapi"}
        assert refusals(await product.mutate(admin, UPDATE, **given)) == []
        now = await _screen(product, customer)
        assert (now["expiresAt"] == fresh["expiresAt"]) is renewed
        assert now["validDays"] == 30


async def test_an_end_set_by_itself_forgets_the_days_that_the_last_was_counted_from() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin, valid_days=30)
    mine = {"id": global_id("Customer", customer.id)}
    before = await _screen(product, customer)
    await product.mutate(admin, UPDATE, **mine, expiresAt=before["expiresAt"])
    assert await _screen(product, customer) == before
    later = {"expiresAt": "2030-01-01T00:00:00Z", "validDays": None}
    for given, ends_at in ((later, later["expiresAt"]), ({"expiresAt": None}, None)):
        await product.mutate(admin, UPDATE, **mine, **given)
        now = await _screen(product, customer)
        assert (now["expiresAt"], now["validDays"]) == (ends_at, None)
