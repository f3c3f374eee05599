"""The ledger: what it posts, what it answers to repeats, what the database itself refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg
import pytest

from models.database import raw, read_pool, transaction
from models.ids import new_id
from models.money.ledger import Entry, Ledger, Posted
from models.money.statement import Period, statement_of
from models.rules.enums import AccountType, PostingKind, Role
from models.rules.errors import DomainError, ErrorCode
from models.rules.payment_chain import Line, Member, charge_lines, refill_lines
from models.rules.viewer import Viewer
from tests.database.money_world import (
    CLERK,
    NOW,
    assert_books_add_up,
    balance,
    balances,
    count,
    fund,
    open_account,
    open_reseller,
    system_balance,
)

pytestmark = pytest.mark.usefixtures("database")
ADMIN = Viewer(Role.ADMIN, new_id(), None, frozenset(), (), "UTC", CLERK)


def entry_of(*lines: Line, key: str | None = None) -> Entry:
    return Entry(key or f"test/{uuid4()}", PostingKind.POST_CHARGE, "Test", CLERK, NOW, lines)


def charge_of(*chain: Member, prices: tuple[int, ...]) -> Entry:
    return entry_of(*charge_lines(chain, [Decimal(price) for price in prices], {}))


async def post(*entries: Entry, asks_first: bool = False) -> list[Posted]:
    async with transaction() as tx:
        return await Ledger.post_many(tx, entries, asks_first=asks_first)


async def test_a_charge_moves_every_wallet_of_the_chain_and_tells_the_balance_after_each_line() -> (
    None
):
    reseller = await open_reseller()
    customer = await open_account(owner=reseller)
    await fund(reseller, "50")
    await fund(customer, "20")
    chain = Member(customer, True, "USD"), Member(reseller, True, "USD")
    await post(charge_of(*chain, prices=(10, 7)))
    assert await balances(customer, reseller) == [10, 33]
    assert await system_balance("REVENUE") == 7
    history = await read_pool().fetch(
        """SELECT amount, entry_no, balance_after FROM posting_lines
           WHERE ledger_account_id = $1 ORDER BY entry_no""",
        reseller,
    )
    assert [tuple(row) for row in history] == [(50, 1, 50), (-20, 2, 30), (10, 3, 40), (-7, 4, 33)]
    await assert_books_add_up()


async def test_system_accounts_keep_no_balance_and_no_history_numbers() -> None:
    await fund(await open_account(), "20")
    row = await read_pool().fetchrow(
        """SELECT a.balance, l.balance_after, l.entry_no FROM ledger_accounts a
           JOIN posting_lines l ON l.ledger_account_id = a.id WHERE a.kind = 'CASH'"""
    )
    assert row is not None
    assert tuple(row) == (0, None, None)


async def test_a_repeated_key_answers_the_first_posting() -> None:
    customer = Member(await open_account(), True, "USD")
    entry = charge_of(customer, prices=(3,))
    (first,) = await post(entry)
    (second,) = await post(replace(entry, id=new_id()))
    assert (first.id, first.is_repeat) == (entry.id, False)
    assert (second.id, second.is_repeat) == (entry.id, True)
    assert await balance(customer.id) == -3


async def test_a_key_used_for_something_else_is_refused() -> None:
    customer = Member(await open_account(), True, "USD")
    entry = charge_of(customer, prices=(3,))
    await post(entry)
    other = replace(charge_of(customer, prices=(4,)), key=entry.key)
    with pytest.raises(DomainError) as refused:
        await post(other)
    assert refused.value.code is ErrorCode.IDEMPOTENCY_KEY_REUSED
    assert await balance(customer.id) == -3


async def test_a_batch_posts_what_is_new_and_answers_what_is_known() -> None:
    customer = Member(await open_account(), True, "USD")
    old, new = charge_of(customer, prices=(1,)), charge_of(customer, prices=(2,))
    await post(old)
    answers = await post(old, new, new)
    assert [answer.is_repeat for answer in answers] == [True, False, True]
    assert {answer.id for answer in answers} == {old.id, new.id}
    assert await balance(customer.id) == -3
    await assert_books_add_up()


async def test_a_batch_is_one_instant_whatever_the_order_of_its_keys() -> None:
    customer = Member(await open_account(), True, "USD")
    await fund(customer.id, "100")
    later, sooner = charge_of(customer, prices=(1,)), charge_of(customer, prices=(2,))
    await post(replace(later, key="test/b"), replace(sooner, key="test/a"))
    now = datetime.now(UTC)
    shown = await statement_of(ADMIN, customer.id, Period(now, now + timedelta(hours=1)))
    assert shown is not None
    assert shown.opening == await balance(customer.id) == 97
    await assert_books_add_up()


async def test_funds_are_asked_for_only_where_money_leaves() -> None:
    reseller = await open_reseller()
    customer = await open_account(owner=reseller)
    await fund(reseller, "10")
    await fund(customer, "10")
    chain = Member(customer, True, "USD"), Member(reseller, True, "USD")
    await post(charge_of(*chain, prices=(10, 7)), asks_first=True)
    assert await balances(customer, reseller) == [0, 3]
    with pytest.raises(DomainError) as refused:
        await post(charge_of(*chain, prices=(1, 1)), asks_first=True)
    assert refused.value.code is ErrorCode.INSUFFICIENT_BALANCE
    await post(entry_of(*refill_lines(chain, Decimal(3), {})), asks_first=True)
    assert await balances(customer, reseller) == [3, 0]


async def test_a_postpaid_wallet_may_fall_to_its_credit_limit_and_no_further() -> None:
    customer = Member(await open_account(AccountType.POSTPAID, credit_limit=5), False, "USD")
    await post(charge_of(customer, prices=(5,)), asks_first=True)
    with pytest.raises(DomainError):
        await post(entry_of(*charge_lines([customer], [Decimal("0.000001")], {})), asks_first=True)
    await post(charge_of(customer, prices=(100,)))
    assert await balance(customer.id) == -105


async def test_a_batch_asks_for_all_it_takes_from_a_wallet_together() -> None:
    customer = Member(await open_account(), True, "USD")
    await fund(customer.id, "10")
    three = [charge_of(customer, prices=(4,)) for _ in range(3)]
    with pytest.raises(DomainError):
        await post(*three, asks_first=True)
    assert await balance(customer.id) == 10
    assert await count("postings") == 1


async def test_a_refusal_leaves_the_transaction_usable() -> None:
    customer = Member(await open_account(), True, "USD")
    async with transaction() as tx:
        with pytest.raises(DomainError):
            await Ledger.post(tx, charge_of(customer, prices=(1,)), asks_first=True)
        await Ledger.post(tx, charge_of(customer, prices=(2,)))
    assert await balance(customer.id) == -2
    await assert_books_add_up()


async def test_a_reversal_takes_a_posting_back_once() -> None:
    reseller = await open_reseller()
    customer = await open_account(AccountType.POSTPAID, owner=reseller)
    chain = Member(customer, False, "USD"), Member(reseller, True, "USD")
    (posted,) = await post(charge_of(*chain, prices=(10, 7)))
    answers = []
    for _ in range(2):
        async with transaction() as tx:
            answers.append(
                await Ledger.reverse(
                    tx, posted.id, actor=CLERK, occurred_at=NOW, reason="Wrong number"
                )
            )
    assert [answer.is_repeat for answer in answers] == [False, True]
    assert await balances(customer, reseller) == [0, 0]
    waiting = await read_pool().fetch(
        """SELECT l.amount FROM billable_lines b JOIN posting_lines l ON l.id = b.line_id
           WHERE b.account_id = $1 ORDER BY l.amount""",
        customer,
    )
    assert [row["amount"] for row in waiting] == [-10, 10]
    with pytest.raises(DomainError) as refused:
        async with transaction() as tx:
            await Ledger.reverse(tx, answers[0].id, actor=CLERK, occurred_at=NOW, reason="Again")
    assert refused.value.code is ErrorCode.WRONG_STATE
    await assert_books_add_up()


async def test_a_wallet_keeps_its_currency_once_something_is_posted() -> None:
    account = await open_account()
    change = "UPDATE ledger_accounts SET currency_code = $2 WHERE id = $1"
    async with transaction() as tx:
        await raw(tx).execute(change, account, "EUR")
        await raw(tx).execute(change, account, "USD")
    await fund(account, "1")
    with pytest.raises(asyncpg.RestrictViolationError, match="currency"):
        async with transaction() as tx:
            await raw(tx).execute(change, account, "EUR")


async def insert_posting(connection: asyncpg.Connection[asyncpg.Record], id_: UUID) -> None:
    await connection.execute(
        """INSERT INTO postings (id, key, kind, occurred_at, recorded_at, description, actor)
           VALUES ($1, $1::uuid::text, 'REFILL', now(), now(), '', '')""",
        id_,
    )


async def test_the_database_refuses_a_posting_that_does_not_sum_to_zero(database: str) -> None:
    account = await open_account()
    connection = await asyncpg.connect(database)
    unbalanced = """
        WITH p AS (
            INSERT INTO postings (id, key, kind, occurred_at, recorded_at, description, actor)
            VALUES (gen_random_uuid(), 'x', 'REFILL', now(), now(), '', '')
            RETURNING id, recorded_at
        )
        INSERT INTO posting_lines (id, posting_id, ledger_account_id, amount, currency_code,
                                   entry_no, balance_after, recorded_at)
        SELECT gen_random_uuid(), p.id, $1, 5, 'USD', 1, 5, p.recorded_at FROM p
    """
    with pytest.raises(asyncpg.CheckViolationError, match="zero"):
        await connection.execute(unbalanced, account)
    with pytest.raises(asyncpg.CheckViolationError, match="no lines"):
        await insert_posting(connection, new_id())
    await connection.close()
    assert (await count("postings"), await count("posting_lines")) == (0, 0)


async def test_the_database_refuses_more_lines_for_a_posting_that_stands(database: str) -> None:
    account = await open_account()
    await fund(account, "5")
    connection = await asyncpg.connect(database)
    more = """
        INSERT INTO posting_lines (id, posting_id, ledger_account_id, amount, currency_code,
                                   entry_no, balance_after, recorded_at)
        SELECT gen_random_uuid(), posting_id, ledger_account_id, amount, currency_code,
               entry_no + 1, balance_after, now() FROM posting_lines
    """
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(more)
    await connection.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE postings SET description = 'Other'",
        "UPDATE posting_lines SET amount = 2 * amount",
        "DELETE FROM posting_lines",
        "DELETE FROM postings",
        "DELETE FROM ledger_accounts",
        "TRUNCATE posting_lines CASCADE",
        "TRUNCATE postings CASCADE",
        "UPDATE invoices SET total = total + 1, net = net + 1",
        "DELETE FROM invoices",
        "UPDATE invoice_lines SET net = 1",
        "DELETE FROM invoice_lines",
    ],
)
async def test_the_database_refuses_to_change_what_has_happened(database: str, change: str) -> None:
    await fund(await open_account(), "5")
    connection = await asyncpg.connect(database)
    with pytest.raises(asyncpg.RestrictViolationError):
        await connection.execute(change)
    await connection.close()
    await assert_books_add_up()


async def test_an_account_without_a_wallet_is_a_fault_and_posts_nothing() -> None:
    stranger = Member(new_id(), True, "USD")
    with pytest.raises(LookupError, match="wallet"):
        await post(charge_of(stranger, prices=(1,)))
    assert await count("postings") == 0
