"""A step that failed once, run twice, with a look at all that it may change in between."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import asyncpg
from temporalio.testing import ActivityEnvironment

from tests import digest
from tests.digest import Moving, Rows
from tests.temporal.conftest import House
from tests.temporal.faults import with_first_commit_failing

NOTHING: Moving = MappingProxyType({})


async def everything(dsn: str, moving: Moving = NOTHING) -> Rows:
    """A digest of every row of every table, without the columns that move with time."""
    connection = await asyncpg.connect(dsn)
    try:
        return await digest.everything(connection, moving)
    finally:
        await connection.close()


async def run_twice(
    house: House,
    step: Callable[..., Any],
    *told: Any,
    moving: Moving = NOTHING,
    elsewhere: Callable[[], Any] = lambda: None,
) -> tuple[Any, Any]:
    """What a step answers the first time and the second, which changes nothing any more.

    Looked at are the database, the files in storage, the mails, and what `elsewhere` shows. Before
    both it is tried while its first commit fails, and goes on from whatever that left.
    """

    async def world() -> dict[str, Any]:
        kept = {str(path): path.read_bytes() for path in house.storage.rglob("*") if path.is_file()}
        rows = await everything(house.dsn, moving)
        return {**rows, **kept, "mails": len(house.smtp.mails()), "elsewhere": elsewhere()}

    async def run() -> Any:
        return await ActivityEnvironment().run(step, *told)

    untouched = await world()
    failed = await with_first_commit_failing(house.dsn, run)
    first = await run()
    before = await world()
    assert failed or before == untouched, "it writes, and no commit of it failed"
    again = await run()
    after = await world()
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    assert changed == [], changed
    return first, again
