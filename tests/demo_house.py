"""The demo house in a database of its own, for tests that only look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg

from gateway.demo.seeding import PASSWORD_FILE, seed_demo
from gateway.settings import Settings, read_settings
from models.database import connect, disconnect
from models.switch.node import SwitchNode
from tests import people
from tests.people import Person
from tests.servers import Answer

NODE_PASSWORD = "n" * 32


@dataclass(frozen=True, slots=True)
class DemoHouse:
    """A house after its first start; `password` is that of everybody but the administrator."""

    dsn: str
    admin: Person
    password: str


@asynccontextmanager
async def demo_house(cluster: Answer, folder: Path) -> AsyncIterator[DemoHouse]:
    """A database with the demo data, connected."""
    name = f"demo_{uuid4().hex}"
    dsn = cluster["maintenance"].removesuffix("/postgres") + f"/{name}"
    maintenance = await asyncpg.connect(cluster["maintenance"])
    try:
        await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{cluster["template"]}"')
        await connect(dsn, pool_size=5, read_pool_size=3)
        admin = await first_start(folder)
        yield DemoHouse(dsn, admin, (folder / PASSWORD_FILE).read_text())
        await disconnect()
        await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await maintenance.close()


async def first_start(folder: Path) -> Person:
    """What the seed does to an empty, connected database; gives the administrator."""
    admin = await people.administrator()
    await SwitchNode.first_credentials("switch", NODE_PASSWORD)
    assert await seed_demo(demo_settings(folder), lambda _: None)
    return admin


def demo_settings(folder: Path) -> Settings:
    """Settings whose files lie in this folder."""
    return read_settings({"TRUNKLINE_DATA_DIR": str(folder)})
