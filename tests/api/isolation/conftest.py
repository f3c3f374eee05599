"""The inhabited world: made once by each process, and a copy of it for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import asyncpg
import pytest

from models.database import connect, disconnect
from tests.api.isolation.world import World, inhabited
from tests.people import install_key
from tests.servers import Answer


@pytest.fixture(scope="session")
async def made(cluster: Answer) -> tuple[str, World]:
    """The name of the database that holds the world, and who lives there."""
    name = await _copy(cluster, cluster["template"])
    await _connect(cluster, name)
    world = await inhabited()
    await disconnect()
    return name, world


@pytest.fixture
async def world_url(cluster: Answer, made: tuple[str, World]) -> AsyncIterator[str]:
    """A copy of the world of this test alone, with the models connected to it; its address."""
    install_key()
    yield await _connect(cluster, await _copy(cluster, made[0]))
    await disconnect()


@pytest.fixture
def world(world_url: str, made: tuple[str, World]) -> World:
    """Who lives in the copy of the world."""
    return made[1]


@pytest.fixture
def again(
    cluster: Answer,
    world_url: str,
    made: tuple[str, World],
) -> Callable[[], Awaitable[None]]:
    """Makes the world as it was in the beginning."""

    async def begin() -> None:
        await disconnect()
        await _connect(cluster, await _copy(cluster, made[0]))

    return begin


async def _copy(cluster: Answer, template: str) -> str:
    name = f"world_{uuid4().hex}"
    maintenance = await asyncpg.connect(cluster["maintenance"])
    try:
        statement = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'
        await maintenance.execute(statement)
    finally:
        await maintenance.close()
    return name


async def _connect(cluster: Answer, name: str) -> str:
    url = f"{cluster['maintenance'].removesuffix('/postgres')}/{name}"
    await connect(url, pool_size=5, read_pool_size=3)
    return url
