"""Many connections at once, and connections that die: nothing doubled, lost or overdrawn."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.database import raw, read_pool, transaction
from models.ids import new_id
from models.money.ledger import Entry, Ledger
from models.money.numbering import Numbering
from models.money.refill import Refill, RefillOrder
from models.rules.enums import InvoiceKind, PostingKind
from models.rules.errors import DomainError
from models.rules.money import ledger_amount
from models.rules.payment_chain import Line, Member, charge_lines, refill_lines
from tests.database.money_world import (
    CLERK,
    NOW,
    assert_books_add_up,
    balance,
    count,
    crowd,
    fund,
    open_account,
)

WIDTH = 16  # transactions at once


def charge_of(account_id: UUID, amount: Decimal, key: str | None = None) -> Entry:
    lines = charge_lines([Member(account_id, True, "USD")], [amount], {})
    key = key or f"test/{uuid4()}"
    return Entry(key, PostingKind.POST_CHARGE, "Test", CLERK, NOW, lines)


def transfer_of(source: UUID, target: UUID, amount: Decimal) -> Entry:
    lines = Line(source, -amount, "USD"), Line(target, amount, "USD")
    return Entry(f"test/{uuid4()}", PostingKind.ADJUSTMENT, "Test", CLERK, NOW, lines)


async def succeeds(verb: Awaitable[object]) -> bool:
    try:
        await verb
    except DomainError:
        return False
    return True


async def post(*entries: Entry, asks_first: bool = False) -> None:
    async with transaction() as tx:
        await Ledger.post_many(tx, entries, asks_first=asks_first)


async def test_a_hundred_charges_at_once_do_not_overdraw(database_url: str) -> None:
    async with crowd(database_url, WIDTH):
        account = await open_account()
        await fund(account, "10")
        charges = (post(charge_of(account, Decimal("0.7")), asks_first=True) for _ in range(100))
        done = await asyncio.gather(*(succeeds(charge) for charge in charges))
        assert sum(done) == 14
        assert await balance(account) == Decimal("0.2")
        await assert_books_add_up()


async def test_ten_thousand_repeats_of_a_key_make_one_posting(database_url: str) -> None:
    async with crowd(database_url, WIDTH):
        account = await open_account()
        await fund(account, "10")
        answers: list[tuple[UUID, bool]] = []

        async def repeat() -> None:
            for _ in range(10_000 // WIDTH):
                entry = charge_of(account, Decimal(10), "test/the one")
                async with transaction() as tx:
                    posted = await Ledger.post(tx, entry, asks_first=True)
                answers.append((posted.id, posted.is_repeat))

        await asyncio.gather(*(repeat() for _ in range(WIDTH)))
        assert len({id_ for id_, _ in answers}) == 1
        assert [is_repeat for _, is_repeat in answers].count(False) == 1
        assert await balance(account) == 0
        await assert_books_add_up()


async def test_batches_over_the_same_wallets_do_not_wait_in_a_circle(database_url: str) -> None:
    async with crowd(database_url, WIDTH):
        accounts = [await open_account() for _ in range(12)]
        dice = random.Random(7)

        async def shuffle(seed: int) -> None:
            mine = random.Random(seed)
            for _ in range(10):
                pairs = [mine.sample(accounts, 2) for _ in range(20)]
                await post(*(transfer_of(a, b, Decimal(1)) for a, b in pairs))

        await asyncio.gather(*(shuffle(dice.randrange(2**32)) for _ in range(WIDTH)))
        assert sum([await balance(account) for account in accounts]) == 0
        assert await count("postings") == WIDTH * 10 * 20
        await assert_books_add_up()


async def test_overlapping_batches_of_keys_post_each_key_once(database_url: str) -> None:
    async with crowd(database_url, WIDTH):
        account = await open_account()

        async def some(seed: int) -> None:
            keys = random.Random(seed).sample(range(200), 100)
            await post(*(charge_of(account, Decimal(1), f"test/{key}") for key in keys))

        await asyncio.gather(*(some(seed) for seed in range(WIDTH)))
        assert await balance(account) == -await count("postings")
        assert await count("postings") <= 200
        await assert_books_add_up()


async def test_two_refills_of_one_gateway_payment_book_one(database_url: str) -> None:
    async with crowd(database_url, 4):
        account = await open_account()
        order = RefillOrder(account, Decimal(5), "USD", CLERK, NOW)

        async def receive() -> None:
            async with transaction() as tx:
                await Refill.receive(tx, order)

        await asyncio.gather(*(receive() for _ in range(8)))
        assert await balance(account) == 5
        assert (await count("refills"), await count("invoices")) == (1, 1)
        await assert_books_add_up()


async def test_64_writers_leave_no_gap_and_no_double_even_when_half_of_them_fail(
    database_url: str,
) -> None:
    async with crowd(database_url, 64):
        accounts = [await open_account() for _ in range(64)]
        failure = RuntimeError("half of them fail after drawing their number")

        async def issue(account: UUID, *, fails: bool) -> None:
            order = RefillOrder(account, Decimal(1), "USD", CLERK, NOW)
            async with transaction() as tx:
                await Refill.receive(tx, order)
                if fails:
                    raise failure

        tries = [issue(a, fails=n % 2 == 0) for n, a in enumerate(accounts * 4)]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        assert [outcome for outcome in outcomes if outcome] == [failure] * 128
        sequence = await read_pool().fetch("SELECT sequence FROM invoices ORDER BY 1")
        assert [row["sequence"] for row in sequence] == list(range(1, 129))
        await assert_books_add_up()


async def test_the_gap_audit_finds_a_number_that_was_drawn_for_nothing(database: str) -> None:
    assert database
    async with transaction() as tx:
        await Numbering.draw(tx, None, InvoiceKind.INVOICE, 3)
    async with read_pool().acquire() as connection:
        (gap,) = await Numbering.gaps(connection)
    assert (gap.kind, gap.missing) == (InvoiceKind.INVOICE, 3)


async def test_a_connection_that_dies_in_the_middle_leaves_nothing(database: str) -> None:
    account = await open_account()
    with pytest.raises((asyncpg.InterfaceError, asyncpg.PostgresError)):
        await _post_while_dying(database, account)
    assert await balance(account) == 0
    assert await count("postings") == 0
    await fund(account, "1")
    await assert_books_add_up()


async def _post_while_dying(database: str, account: UUID) -> None:
    async with transaction() as tx:
        await Ledger.post(tx, charge_of(account, Decimal(1)))
        killer = await asyncpg.connect(database)
        await killer.execute("SELECT pg_terminate_backend($1)", raw(tx).get_server_pid())
        await killer.close()
        await Ledger.post(tx, charge_of(account, Decimal(1)))


Step = tuple[int, int, Decimal, bool]
steps = st.tuples(
    st.integers(0, 3),
    st.integers(0, 3),
    st.decimals("0.000001", "1000", places=6),
    st.booleans(),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(st.lists(steps, min_size=1, max_size=8), min_size=1, max_size=4))
async def test_whatever_is_posted_the_books_add_up(
    database: str, batches: list[list[Step]]
) -> None:
    assert database
    people = [Member(await open_account(), True, "USD") for _ in range(4)]
    expected: dict[UUID, Decimal] = {member.id: Decimal(0) for member in people}
    for batch in batches:
        entries = [_entry(people, step) for step in batch]
        asks_first = batch[0][3]
        if await succeeds(post(*entries, asks_first=asks_first)):
            for line in (line for entry in entries for line in entry.lines):
                if isinstance(line.account, UUID):
                    expected[line.account] += line.amount
        elif not asks_first:
            pytest.fail("refused without being asked first")
    assert {id_: await balance(id_) for id_ in expected} == expected
    await assert_books_add_up()


def _entry(people: list[Member], step: Step) -> Entry:
    payer, owner, amount, is_refill = step
    chain = [people[payer]] if payer == owner else [people[payer], people[owner]]
    lines = (
        refill_lines(chain, amount, {})
        if is_refill
        else charge_lines(chain, [amount, ledger_amount(amount / 3)][: len(chain)], {})
    )
    key = f"test/{new_id()}"
    return Entry(key, PostingKind.ADJUSTMENT, "Test", CLERK, NOW, lines)
