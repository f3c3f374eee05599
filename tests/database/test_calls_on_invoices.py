"""Calls on the invoices of postpaid callers: by their type, counted whether they cost or not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models.database import read_pool
from models.rules.enums import AccountType
from tests.database.billing_world import APRIL, MAY, bill, document
from tests.database.money_world import assert_books_add_up, open_account
from tests.database.test_money_cdr import START, attach_node, call, take_in


@pytest.fixture
async def node(database: str) -> UUID:
    assert database
    return await attach_node()


async def test_a_postpaid_callers_invoice_counts_calls_and_minutes(node: UUID) -> None:
    customer = await open_account(AccountType.POSTPAID)
    await take_in(node, *(call(customer, "0.5") for _ in range(4)))
    (raised,) = await bill(customer, end=APRIL)
    line = await read_pool().fetchrow(
        "SELECT description, quantity, net FROM invoice_lines WHERE invoice_id = $1",
        document(raised),
    )
    assert line is not None
    assert tuple(line) == ("Standard calls (4), minutes", 6, 2)
    await assert_books_add_up()


async def test_calls_that_cost_nothing_are_counted_on_the_invoice_of_their_time(node: UUID) -> None:
    customer = await open_account(AccountType.POSTPAID)
    minute: dict[str, Any] = {"billableSeconds": 60}
    free = [call(customer, callType="FREE", **minute) for _ in range(3)]
    included, unanswered = call(customer, **minute), call(customer, billableSeconds=0)
    await take_in(node, *free, included, unanswered, call(customer, "2", **minute))
    (raised,) = await bill(customer, end=APRIL)
    await take_in(node, call(customer, "5", startedAt=(START + timedelta(minutes=5)).isoformat()))
    (next_,) = await bill(customer, start=APRIL, end=MAY)
    query = """SELECT description, quantity, net FROM invoice_lines
               WHERE invoice_id = $1 ORDER BY position"""
    first, second = [await read_pool().fetch(query, document(each)) for each in (raised, next_)]
    assert [tuple(line) for line in first] == [
        ("Free calls (3), minutes", 3, 0),
        ("Standard calls (2), minutes", 2, 2),
    ]
    assert [tuple(line) for line in second] == [
        ("Standard calls (1), minutes", Decimal("1.5"), 5),
    ]
    await assert_books_add_up()
