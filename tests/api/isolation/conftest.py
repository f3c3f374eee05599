"""The inhabited world: made once by each process, and a copy of it for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from models.database import connect, disconnect
from tests.api.isolation.world import World, inhabited
from tests.people import install_key
from tests.servers import Answer

Made = tuple[str, World]


async def copied(cluster: Answer, template: str) -> str:
    """A new database like another one that nobody is connected to; gives its name."""
    name = f"world_{uuid4().hex}"
    maintenance = await asyncpg.connect(cluster["maintenance"])
    try:
        statement = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'
        await maintenance.execute(statement)
    finally:
        await maintenance.close()
    return name


def address(cluster: Answer, name: str) -> str:
    """Where a database of the cluster is."""
    return f"{cluster['maintenance'].removesuffix('/postgres')}/{name}"


@pytest.fixture(scope="session")
async def made(cluster: Answer) -> Made:
    """The name of the database that holds the world, and who lives there."""
    name = await copied(cluster, cluster["template"])
    await connect(address(cluster, name), pool_size=5, read_pool_size=3)
    world = await inhabited()
    await disconnect()
    return name, world


@pytest.fixture
async def world(cluster: Answer, made: Made) -> AsyncIterator[World]:
    """A world of this test alone; the models are connected to it."""
    install_key()
    name = await copied(cluster, made[0])
    await connect(address(cluster, name), pool_size=5, read_pool_size=3)
    yield made[1]
    await disconnect()
