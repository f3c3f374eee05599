"""A house whose parts are killed at random moments and started again, as a supervisor does it.

PostgreSQL, Temporal and two workers are real processes; everything dies by SIGKILL.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from obstore.store import LocalStore

from gateway.embedded import children, postgres, temporal
from gateway.embedded.children import Program
from gateway.embedded.postgres import Cluster
from gateway.embedded.temporal import DevServer
from gateway.embedded.temporal_cli import temporal_cli
from gateway.ports import free_port
from gateway.settings import PROJECT, environment_of_children
from models.database import connect, disconnect, migrate
from models.outages import is_outage

Answer = TypeVar("Answer")

START: dict[str, float] = {"worker-1": 3.0, "worker-2": 3.0, "temporal": 1.0, "postgres": 1.0}
BREATH_SECONDS = 0.5  # between a death and the next start


@dataclass(slots=True)
class Part:
    """One process that is started again whenever it ends."""

    program: Program
    log: Path
    before: Callable[[], Awaitable[None]] | None = None
    process: Process | None = None
    keeper: asyncio.Task[None] | None = None

    async def keep(self) -> None:
        """Start it, and again each time it ended, until cancelled."""
        while True:
            if self.before is not None:
                await self.before()
            self.process = await children.start(self.program, self.log)
            await self.process.wait()
            await asyncio.sleep(BREATH_SECONDS)

    async def stop(self) -> None:
        """End it for good."""
        if self.keeper is not None:
            self.keeper.cancel()
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@dataclass(slots=True)
class Storm:
    """The house in a storm; `dice` decide who dies when."""

    dsn: str
    storage: Path
    parts: dict[str, Part]
    dice: random.Random
    kills: list[str] = field(default_factory=list)

    @property
    def store(self) -> LocalStore:
        """Where uploads lie."""
        return LocalStore(self.storage)

    async def rage(self, calm: Callable[[], Awaitable[bool]], kills: int) -> None:
        """Kill parts until at least so many have died and the house is calm again."""
        while len(self.kills) < kills or not await survived(calm):
            if len(self.kills) < kills:
                self._kill()
            await asyncio.sleep(self.dice.uniform(0.3, 2.0))

    def _kill(self) -> None:
        names = list(START)
        [name] = self.dice.choices(names, [START[each] for each in names])
        process = self.parts[name].process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
                self.kills.append(name)


async def survived(verb: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer of a verb, asked again while the database is away."""
    while True:
        try:
            return await verb()
        except Exception as error:
            if not is_outage(error):
                raise
            await asyncio.sleep(0.2)


@asynccontextmanager
async def storm(folder: Path, smtp_url: str, seed: int) -> AsyncIterator[Storm]:
    """A house of its own, migrated and connected to; calm until told to rage."""
    cluster = postgres.cluster_at(folder / "postgres", free_port(), "storm")
    server = DevServer(await temporal_cli(None, print), folder / "t.db", free_port(), free_port())
    await postgres.prepare(cluster, folder / "initdb.log")
    storage = folder / "storage"
    storage.mkdir()
    told = {"dsn": cluster.dsn(), "address": server.address, "namespace": server.namespace}
    told |= {"smtp": smtp_url, "storage": str(storage)}
    parts = _parts(folder, cluster, server, told)
    house = Storm(cluster.dsn(), storage, parts, random.Random(seed))
    try:
        await _begin(house, cluster)
        yield house
    finally:
        await disconnect()
        for part in reversed(list(parts.values())):
            await part.stop()


async def _begin(house: Storm, cluster: Cluster) -> None:
    for name, part in house.parts.items():
        part.keeper = asyncio.create_task(part.keep())
        if name == "postgres":
            await postgres.answer(cluster)
            await migrate(house.dsn)
    await connect(house.dsn, pool_size=5, read_pool_size=2)


def _parts(
    folder: Path, cluster: Cluster, server: DevServer, told: dict[str, str]
) -> dict[str, Part]:
    worker = Program(
        "worker",
        (sys.executable, "-m", "tests.temporal.worker_process", json.dumps(told)),
        {**environment_of_children(), "PYTHONPATH": str(PROJECT)},
    )

    async def clear_the_way() -> None:
        await postgres.clear_the_way(cluster)

    database = Part(postgres.program(cluster), folder / "postgres.log", clear_the_way)
    return {
        "postgres": database,
        "temporal": Part(temporal.program(server), folder / "temporal.log"),
        "worker-1": Part(worker, folder / "worker-1.log"),
        "worker-2": Part(worker, folder / "worker-2.log"),
    }
