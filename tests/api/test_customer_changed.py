"""Following a customer: its state at once, again when somebody changed it, never for strangers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette

from gateway.auth import Viewers
from gateway.graphql.pipeline import Means, Pipeline
from gateway.graphql.routes import channels, graphql_routes
from gateway.graphql.trusted import TrustedDocuments
from gateway.limits import Points
from gateway.subscriptions import Wakeups
from models.access.principal import viewer_of_token
from models.accounts.account import Account
from models.accounts.changing import Asked
from models.database import read_pool
from models.panel.speed_dial import SpeedDial
from models.rules.panel import SpeedDialDraft
from schema import reads
from schema.scalars import global_id
from tests import people
from tests.api.product import product_schema
from tests.api.socket import Socket, connected
from tests.people import Person

FOLLOW = "subscription($id: ID!) { customerChanged(id: $id) { company speedDials { number } } }"


@pytest.fixture
async def house(database: str) -> AsyncIterator[Starlette]:
    schema = product_schema()
    viewers = Viewers(viewer_of_token)
    means = Means(reads, TrustedDocuments({}, only=False), Points(0), read_pool, viewers.forget)
    wakeups = Wakeups(database, channels(schema))
    listening = asyncio.create_task(wakeups.run())
    yield Starlette(routes=graphql_routes(Pipeline(schema, means), viewers, wakeups))
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def _heard(socket: Socket) -> dict[str, object]:
    message = await socket.hear()
    assert message["type"] == "next", message
    found: dict[str, object] = message["payload"]["data"]["customerChanged"]
    return found


async def _follow(socket: Socket, customer: Person) -> None:
    await socket.subscribe("1", FOLLOW, id=global_id("Customer", customer.id))


async def test_a_customer_is_told_at_once_and_whenever_somebody_changed_it(
    house: Starlette,
) -> None:
    admin = await people.administrator()
    customer = await people.customer(admin)
    async with connected(house, token=customer.token) as socket:
        await socket.open()
        await _follow(socket, customer)
        assert await _heard(socket) == {"company": None, "speedDials": []}
        await Account.change(Asked(admin.viewer, customer.id), {"company": "North"})
        assert await _heard(socket) == {"company": "North", "speedDials": []}
        await SpeedDial.assign(admin.viewer, customer.id, SpeedDialDraft(1, "49301"))
        assert await _heard(socket) == {"company": "North", "speedDials": [{"number": "49301"}]}


async def test_whoever_does_not_see_a_customer_hears_of_none(house: Starlette) -> None:
    roles = await people.six_roles()
    async with connected(house, token=roles.foreign.token) as socket:
        await socket.open()
        await _follow(socket, roles.customer)
        answer = await socket.hear()
        assert answer["payload"].get("data") is None
