"""A house whose parts are killed at random moments and started again, as a supervisor does it.

PostgreSQL, Temporal, the API and two workers are real processes; everything dies by SIGKILL.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
import time
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from gateway.embedded import children, postgres, temporal
from gateway.embedded.children import Program
from gateway.embedded.postgres import Cluster
from gateway.embedded.temporal import DevServer
from gateway.ports import free_port
from gateway.settings import PROJECT, environment_of_children
from models.database import connect, disconnect, migrate
from models.outages import is_outage
from tests.servers import temporal_program

Answer = TypeVar("Answer")

# Who dies in each round: everybody once, then these again, both in an order of chance.
EVERYBODY = ("worker-1", "worker-2", "api", "temporal", "postgres")
AGAIN = ("worker-1", "worker-2", "api")
BREATH_SECONDS = 0.5  # between a death and the next start
YOUNG_SECONDS = 1.0  # who dies while it is being loaded has done nothing yet
PAUSES_SECONDS = (0.2, 2.0)  # between two deaths
LOOK_SECONDS = 0.1
SECRET = "the secret of a house in a storm"


@dataclass(slots=True)
class Part:
    """One process that is started again whenever it ends."""

    program: Program
    log: Path
    before: Callable[[], Awaitable[None]] | None = None
    process: Process | None = None
    born: float = 0.0
    keeper: asyncio.Task[None] | None = None

    async def keep(self) -> None:
        """Start it, and again each time it ended, until cancelled."""
        while True:
            if self.before is not None:
                await self.before()
            self.process = await children.start(self.program, self.log)
            self.born = time.monotonic()
            await self.process.wait()
            await asyncio.sleep(BREATH_SECONDS)

    @property
    def is_grown(self) -> bool:
        """Whether it runs, and has for a moment."""
        alive = self.process is not None and self.process.returncode is None
        return alive and time.monotonic() - self.born > YOUNG_SECONDS

    async def stop(self) -> None:
        """End it for good."""
        if self.keeper is not None:
            self.keeper.cancel()
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@dataclass(slots=True)
class Storm:
    """The house in a storm; `dice` decide who dies when.

    doomed: who dies next. under_way: what is being carried at the moment, as its watcher tells.
    struck: how many have died while it was. calls, repeats: what was asked of the API meanwhile.
    """

    dsn: str
    storage: Path
    api: str
    parts: dict[str, Part]
    dice: random.Random
    kills: list[str] = field(default_factory=list)
    doomed: list[str] = field(default_factory=list)
    is_raging: bool = False
    under_way: set[str] = field(default_factory=set)
    struck: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    repeats: int = 0

    async def rage(self, work: Coroutine[Any, Any, Answer], kills: int) -> Answer:
        """Kill parts while jobs are carried, at most so many; what the work answers in the end."""
        working = asyncio.create_task(work)
        last, self.is_raging = len(self.kills) + kills, True
        while self.is_raging and not working.done() and len(self.kills) < last:
            pause = self._kill() if self.under_way else LOOK_SECONDS
            await asyncio.wait((working,), timeout=pause)
        self.is_raging = False
        return await working

    def _kill(self) -> float:
        """Kill who comes next, once it is grown; how long to wait after that."""
        if not self.doomed:
            again = self.dice.sample(AGAIN, len(AGAIN))
            self.doomed = [*again, *self.dice.sample(EVERYBODY, len(EVERYBODY))]
        name = self.doomed[-1]
        process = self.parts[name].process
        if process is None or not self.parts[name].is_grown:
            return LOOK_SECONDS
        with contextlib.suppress(ProcessLookupError):  # it ended by itself just now
            process.kill()
            self.kills.append(self.doomed.pop())
            self.struck.update(self.under_way)
        return self.dice.uniform(*PAUSES_SECONDS)


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
    server = DevServer(await temporal_program(), folder / "t.db", free_port(), free_port())
    await postgres.prepare(cluster, folder / "initdb.log")
    storage = folder / "storage"
    storage.mkdir()
    told = {"dsn": cluster.dsn(), "address": server.address, "namespace": server.namespace}
    told |= {"smtp": smtp_url, "storage": str(storage), "secret": SECRET}
    parts = _parts(folder, cluster, server, told)
    port = free_port()
    parts["api"] = Part(_api(folder, told, port), folder / "api.log")
    address = f"http://127.0.0.1:{port}"
    house = Storm(cluster.dsn(), storage, address, parts, random.Random(seed))
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


def _api(folder: Path, told: dict[str, str], port: int) -> Program:
    environment = {
        **environment_of_children(),
        "PYTHONPATH": str(PROJECT),
        "DATABASE_URL": told["dsn"],
        "TRUNKLINE_SECRET_KEY": told["secret"],
        "TRUNKLINE_STORAGE_URL": Path(told["storage"]).as_uri(),
        "TRUNKLINE_DATA_DIR": str(folder),
        "TRUNKLINE_HTTP_PORT": str(port),
        "TRUNKLINE_POINTS_PER_MINUTE": "0",
    }
    return Program("api", (sys.executable, "-m", "gateway", "api"), environment)


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
