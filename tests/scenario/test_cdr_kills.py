"""A switch goes on reporting while the listener is killed: each call is charged, and once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from models.switch.node import SwitchNode
from tests import people
from tests.api.test_cdrs import call
from tests.database.money_world import assert_books_add_up, balance, count
from tests.listener import PASSWORD, USER
from tests.scenario.listener_process import listener_process

REPORTERS = 4
POSTS = 12
CALLS = 10  # in one post
KILLED_AT = 20  # posts that were answered by then

Post = list[dict[str, Any]]


@dataclass
class Reports:
    """What a switch has to report, and how far it has come."""

    client: httpx.AsyncClient
    answered: int = 0
    again: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def report(self, posts: Sequence[Post]) -> None:
        """Report one after the other, each again until it is answered."""
        for post in posts:
            while not await self._taken(post):
                self.again += 1
                await asyncio.sleep(0.05)
            self.answered += 1
            self.came.set()

    async def until(self, answered: int) -> None:
        """Wait until so many posts have been answered."""
        while self.answered < answered:
            self.came.clear()
            await self.came.wait()

    async def _taken(self, post: Post) -> bool:
        try:
            answer = await self.client.post("/cdrs", json=post)
        except httpx.TransportError:
            return False
        assert answer.status_code == 200
        assert answer.json() == {"stored": [each["uniqueId"] for each in post]}
        return True


async def test_calls_reported_to_a_listener_that_is_killed_are_charged_once(
    database: str,
) -> None:
    carla = await people.customer(await people.administrator())
    await SwitchNode.first_credentials(USER, PASSWORD)
    names = iter(range(REPORTERS * POSTS * CALLS))
    work = [
        [[call(f"call-{next(names)}", carla, "0.05") for _ in range(CALLS)] for _ in range(POSTS)]
        for _ in range(REPORTERS)
    ]
    async with (
        listener_process(database) as listener,
        httpx.AsyncClient(base_url=listener.url, auth=(USER, PASSWORD)) as client,
        asyncio.TaskGroup() as group,
    ):
        reports = Reports(client)
        for posts in work:
            group.create_task(reports.report(posts))
        await reports.until(KILLED_AT)
        await listener.kill()
        await listener.start()
    assert reports.again >= REPORTERS, "nobody was in the middle of anything"
    calls = REPORTERS * POSTS * CALLS
    assert await count("cdrs") == await count("cdr_keys") == calls
    assert await balance(carla.id) == calls * Decimal("-0.05")
    await assert_books_add_up()
