"""Calls that switches report: whose they were, what they moved, and each of them once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from models.accounts.account import Account
from models.database import raw, read_pool, transaction
from models.ids import new_id
from models.money import cdr_owner
from models.money.cdr import Cdr
from models.money.cdr_intake import TakenIn
from models.money.reconciliation import cdr_doubts
from models.panel.retired_username import RetiredUsername
from models.rules.cdr_report import read_report
from models.rules.enums import AccountKind
from tests.bench.ledger_world import open_wallets
from tests.database.money_world import (
    NOW,
    Person,
    assert_books_add_up,
    balance,
    balances,
    count,
    crowd,
    fund,
    open_account,
    open_accounts,
    open_reseller,
    system_balance,
)

START = NOW - timedelta(hours=1)


async def attach_node(name: str = "fs1") -> UUID:
    node_id = new_id()
    async with transaction() as tx:
        await raw(tx).execute(
            """INSERT INTO switch_nodes (id, version, name, kind, profiles, directory_user,
                                         directory_password_hash, state, created_at)
               VALUES ($1, 1, $2, 'FREESWITCH', '{}', $2, '', 'ACTIVE', now())""",
            node_id,
            name,
        )
    return node_id


def call(account_id: UUID | None = None, debit: str = "0", **more: Any) -> dict[str, Any]:
    return {
        "uniqueId": str(uuid4()),
        "accountId": str(account_id) if account_id else None,
        "calledNumber": "15551234",
        "startedAt": START.isoformat(),
        "billableSeconds": 90,
        "debit": debit,
    } | more


async def take_in(node: UUID, *bodies: dict[str, Any]) -> list[TakenIn]:
    async with transaction() as tx:
        return await Cdr.take_in(tx, node, [read_report(body) for body in bodies], NOW)


async def orphan_reasons() -> list[str]:
    rows = await read_pool().fetch("SELECT reason FROM cdr_orphans ORDER BY reason")
    return [row["reason"] for row in rows]


async def number_of(account_id: UUID) -> str:
    return (await Account.get(id=account_id)).number


@pytest.fixture
async def node(database: str) -> UUID:
    assert database
    return await attach_node()


async def test_a_call_is_kept_charged_and_marks_the_account_as_used(node: UUID) -> None:
    customer = await open_account()
    await fund(customer, "10")
    answers = await take_in(node, call(customer, "0.15"))
    assert [(answer.is_repeat, answer.orphan_reason) for answer in answers] == [(False, None)]
    assert str(await balance(customer)) == "9.850000"
    cdr = await Cdr.get(account_id=customer)
    assert (cdr.billable_seconds, str(cdr.debit)) == (90, "0.150000")
    assert cdr.posting_id is not None
    assert (await Account.get(id=customer)).first_used_at == START
    await assert_books_add_up()


async def test_a_repeated_report_answers_alike_and_charges_once(node: UUID) -> None:
    customer = await open_account()
    body = call(customer, "1")
    first = await take_in(node, body, body)
    second = await take_in(node, body | {"debit": "99"})
    assert [answer.is_repeat for answer in (*first, *second)] == [False, True, True]
    assert await balance(customer) == -1
    assert await count("cdrs") == 1


async def test_the_same_name_on_another_node_is_another_call(node: UUID) -> None:
    customer = await open_account()
    body = call(customer, "1")
    await take_in(node, body)
    await take_in(await attach_node("fs2"), body)
    assert await balance(customer) == -2


async def test_every_level_pays_its_price_and_a_missing_one_that_below(node: UUID) -> None:
    top = await open_reseller()
    middle = await open_reseller(owner=top)
    customer = await open_account(owner=middle)
    for account, amount in ((top, "100"), (middle, "50"), (customer, "20")):
        await fund(account, amount)
    levels = [
        {"reseller": await number_of(middle), "debit": "8"},
        {"reseller": await number_of(top), "debit": "5"},
    ]
    await take_in(node, call(customer, "10", levels=levels))
    assert await balances(customer, middle, top) == [10, 32, 53]
    await take_in(node, call(customer, "10", levels=levels[:1]))
    assert await balances(customer, middle, top) == [0, 34, 53]
    assumed = await read_pool().fetch("SELECT assumed_levels FROM cdrs ORDER BY id")
    assert [row["assumed_levels"] for row in assumed] == [0, 1]
    assert await system_balance("REVENUE") == 13
    await assert_books_add_up()


async def test_a_call_posts_below_every_limit_because_it_has_happened(node: UUID) -> None:
    customer = await open_account()
    await take_in(node, call(customer, "3"))
    assert await balance(customer) == -3


async def test_the_carrier_is_credited_what_it_terminated(node: UUID) -> None:
    (provider,) = await open_accounts(Person(kind=AccountKind.PROVIDER))
    customer = await open_account()
    number = await number_of(provider)
    await take_in(node, call(customer, "1", providerNumber=number, providerCost="0.4"))
    assert str(await balance(provider)) == "0.400000"
    assert str(await system_balance("CARRIER_COST")) == "-0.400000"
    assert (await Cdr.get(account_id=customer)).provider_id == provider
    await assert_books_add_up()


async def test_an_unknown_account_is_kept_as_an_orphan_with_the_reason(node: UUID) -> None:
    body = call(uuid4(), "1", accountNumber="nobody")
    (answer,) = await take_in(node, body)
    assert answer.orphan_reason is not None
    assert "No account" in answer.orphan_reason
    assert [a.is_repeat for a in await take_in(node, body)] == [True]
    assert len(await orphan_reasons()) == 1
    assert await count("postings") == 0


async def test_what_cannot_be_read_or_priced_does_not_hold_up_the_others(node: UUID) -> None:
    customer = await open_account()
    await take_in(
        node,
        call(customer, "free"),
        call(customer, "1", currency="KWD"),
        call(customer, "1", startedAt="2096-01-01T00:00:00Z"),
        call(customer, "1", note="\x00 and \\u0000"),
        call(None, "1", note="\x00 and \\u0000"),
    )
    assert await balance(customer) == -1
    reasons = await orphan_reasons()
    assert len(reasons) == 4
    for part in ("KWD", "clock", "No account", "debit is not"):
        assert any(part in reason for reason in reasons)


async def test_a_late_call_of_a_removed_device_finds_its_account(node: UUID) -> None:
    customer, device = await open_account(), new_id()
    late = call(None, "1", deviceId=str(device))
    await take_in(node, late | {"uniqueId": "before"})
    await RetiredUsername.create(
        id=device, account_id=customer, realm="sip.example", username="desk"
    )
    await take_in(node, late)
    assert await balance(customer) == -1
    assert len(await orphan_reasons()) == 1


async def test_a_reused_number_means_whoever_held_it_when_the_call_started(node: UUID) -> None:
    old, new = await open_account(), await open_account()
    await Account.filter(id=old).update(
        number="555", created_at=NOW - timedelta(days=90), status="DELETED", deleted_at=NOW
    )
    await Account.filter(id=new).update(number="555", created_at=NOW + timedelta(minutes=1))
    await take_in(node, call(None, "1", accountNumber="555"))
    assert await balances(old, new) == [-1, 0]
    later = (NOW + timedelta(hours=1)).isoformat()
    await take_in(node, call(None, "1", accountNumber="555", startedAt=later))
    assert await balances(old, new) == [-1, -1]


async def test_a_reused_number_of_a_carrier_means_whoever_held_it_when_the_call_started(
    node: UUID,
) -> None:
    people = [Person(kind=AccountKind.PROVIDER) for _ in range(2)]
    old, new = await open_accounts(*people)
    gone_at, early = START + timedelta(hours=1), START - timedelta(days=90)
    gone = {"status": "DELETED", "deleted_at": gone_at, "created_at": early}
    await Account.filter(id=old).update(number="PAN", **gone)
    await Account.filter(id=new).update(number="PAN", created_at=gone_at)
    await take_in(node, call(await open_account(), "1", providerNumber="PAN", providerCost="0.4"))
    assert await balances(old, new) == [Decimal("0.4"), 0]


@pytest.mark.parametrize("spelt", [str.lower, str.upper])
async def test_a_number_means_the_same_in_either_case(
    node: UUID, spelt: Callable[[str], str]
) -> None:
    (provider,) = await open_accounts(Person(kind=AccountKind.PROVIDER))
    reseller = await open_reseller()
    customer, gone = await open_account(owner=reseller), await open_account()
    for account, number in ((provider, "Pan"), (reseller, "Res"), (customer, "Cas"), (gone, "Gon")):
        await Account.filter(id=account).update(number=number, created_at=START)
    await Account.filter(id=gone).update(status="DELETED", deleted_at=NOW)
    levels = [{"reseller": spelt("Res"), "debit": "0.7"}]
    carried = {"providerNumber": spelt("Pan"), "providerCost": "0.4"}
    await take_in(
        node,
        call(None, "1", accountNumber=spelt("Cas"), levels=levels, **carried),
        call(None, "1", accountNumber=spelt("Gon")),
    )
    assert [str(each) for each in await balances(customer, gone)] == ["-1.000000"] * 2
    assert str(await balance(reseller)) == "0.300000"
    assert str(await balance(provider)) == "0.400000"
    assert await orphan_reasons() == []


async def test_a_number_is_found_by_an_index_whether_its_account_lives_or_not(node: UUID) -> None:
    del node
    await open_wallets(2_000)
    async with transaction() as tx:
        gone = "UPDATE accounts SET status = 'DELETED', deleted_at = now()"
        await raw(tx).execute(f"{gone} WHERE number < (SELECT max(number) FROM accounts)")
        await raw(tx).execute("ANALYZE accounts")
        asked = [[uuid4()], [uuid4()], ["1"], ["2"], [NOW]]
        plan = await raw(tx).fetch(f"EXPLAIN {cdr_owner._OWNERS}", *asked)
    told = "\n".join(row[0] for row in plan)
    assert "Seq Scan" not in told
    assert "accounts_number_live" in told
    assert "accounts_number_gone" in told


async def test_what_people_should_look_at_is_counted(node: UUID) -> None:
    reseller = await open_reseller()
    customer = await open_account(owner=reseller)
    await take_in(
        node,
        call(None, "1"),
        call(customer, "1"),
        call(customer, "0", providerNumber="nobody", providerCost="0.1"),
    )
    async with read_pool().acquire() as connection:
        assert [tally.count for tally in await cdr_doubts(connection)] == [1, 1, 1]


async def test_calls_of_different_months_lie_in_different_parts(node: UUID) -> None:
    customer = await open_account()
    for month in (1, 2, 2):
        started = datetime(2026, month, 28, 23, 59, tzinfo=UTC)
        await take_in(node, call(customer, "1", startedAt=started.isoformat()))
    parts = await read_pool().fetch(
        """SELECT c.relname, count(*) FROM cdrs JOIN pg_class c ON c.oid = cdrs.tableoid
           GROUP BY 1 ORDER BY 1"""
    )
    assert [tuple(part) for part in parts] == [("cdrs_2026_01", 1), ("cdrs_2026_02", 2)]


async def test_one_call_reported_by_many_at_once_is_charged_once(database_url: str) -> None:
    async with crowd(database_url, 16):
        node = await attach_node()
        customers = [await open_account() for _ in range(10)]
        bodies = [call(customer, "1") for customer in customers for _ in range(5)]

        async def report(turn: int) -> None:
            await take_in(node, *bodies[turn % 50 :], *bodies[: turn % 50])

        await asyncio.gather(*(report(turn * 7) for turn in range(16)))
        assert await count("cdrs") == 50
        assert await balances(*customers) == [-5] * 10
        await assert_books_add_up()
