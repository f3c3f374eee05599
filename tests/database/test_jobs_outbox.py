"""The outbox: rows are claimed once, wait when refused, and are forgotten when old."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from models.database import transaction
from models.ids import new_id
from models.jobs.outbox import (
    KEPT_DAYS,
    LONGEST_WAIT_SECONDS,
    Outbox,
    OutboxKind,
    claim,
    settle,
)


async def test_a_row_is_written_with_its_event_or_not_at_all(database: str) -> None:
    async def failing() -> None:
        async with transaction():
            await Outbox.put(OutboxKind.MAIL, new_id())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert not await Outbox.exists()
    assert await Outbox.oldest_seconds() == 0
    del database


async def test_two_claimants_never_hold_the_same_row(database: str) -> None:
    del database
    await Outbox.put(OutboxKind.MAIL, *(new_id() for _ in range(10)))
    claimed = asyncio.Barrier(2)

    async def claimant() -> list[int]:
        async with transaction() as tx:
            errands = await claim(tx, 6)
            await claimed.wait()
            return [errand.id for errand in errands]

    async with asyncio.timeout(10):
        first, second = await asyncio.gather(claimant(), claimant())
    assert len(first) + len(second) == len({*first, *second}) == 10


async def test_a_refused_row_waits_and_holds_nobody_up(database: str) -> None:
    del database
    await Outbox.put(OutboxKind.MAIL, *(new_id() for _ in range(2)))
    async with transaction() as tx:
        one, other = await claim(tx, 10)
        await settle(tx, [other.id], [(one.id, "no such thing")])
    async with transaction() as tx:
        assert await claim(tx, 10) == []
    row = await Outbox.get(id=one.id)
    assert (row.attempts, row.last_error) == (1, "no such thing")
    assert row.next_attempt_at > datetime.now(UTC)


async def test_a_row_that_was_refused_for_weeks_is_refused_once_more(database: str) -> None:
    del database
    await Outbox.put(OutboxKind.MAIL, new_id())
    await Outbox.all().update(attempts=5_000)
    async with transaction() as tx:
        (errand,) = await claim(tx, 1)
        await settle(tx, [], [(errand.id, "no such thing")])
    row = await Outbox.get(id=errand.id)
    waits = row.next_attempt_at - datetime.now(UTC)
    assert timedelta() < waits <= timedelta(seconds=LONGEST_WAIT_SECONDS)


async def test_a_new_row_wakes_whoever_listens(database: str) -> None:
    listener = await asyncpg.connect(database)
    woken = asyncio.Event()
    await listener.add_listener("outbox", lambda *_: woken.set())
    await Outbox.put(OutboxKind.MAIL, new_id())
    await asyncio.wait_for(woken.wait(), 5)
    await listener.close()


async def test_delivered_rows_are_forgotten_after_a_week(database: str) -> None:
    del database
    await Outbox.put(OutboxKind.MAIL, *(new_id() for _ in range(3)))
    old, new, _waiting = await Outbox.all().order_by("id")
    now = datetime.now(UTC)
    await Outbox.filter(id=old.id).update(delivered_at=now - timedelta(days=KEPT_DAYS + 1))
    await Outbox.filter(id=new.id).update(delivered_at=now)
    await Outbox.forget_delivered()
    assert await Outbox.all().count() == 2
