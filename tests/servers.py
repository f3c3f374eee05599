"""The real servers of a test run: started when first asked for, once a run, ended with it.

They live in a thread of the pytest process that was started by hand, not in its workers: a worker
may be done before another one, and a killed run takes them along.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sys
import tempfile
import threading
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from pathlib import Path

from gateway.embedded import children, postgres, temporal
from gateway.embedded.children import Program
from gateway.embedded.temporal_cli import temporal_cli
from gateway.ports import free_port
from gateway.settings import PROJECT, environment_of_children, own_environment

# A test's rows need not outlive the machine, and its databases are many and small.
FAST = (
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("synchronous_commit", "off"),
    ("max_connections", "150"),
    ("shared_buffers", "128MB"),
)
# A database is a thousand small files that are written, read once and removed.
MEMORY = Path("/dev/shm")  # noqa: S108 - Linux's file system in memory
ROOM_IN_MEMORY = 4 * 2**30  # bytes; a run takes about a quarter of it
LONGEST_START_SECONDS = 900  # the first run of a machine may have to build Temporal
PREFIX = "trunkline-tests-"
MIGRATE = (
    "import asyncio, sys; from models.database import migrate; asyncio.run(migrate(sys.argv[1]))"
)

Answer = dict[str, str]


class Servers:
    """Answers at a socket: a name in, the server's addresses out.

    in_memory: whether the databases need no disk, where the machine has the room.
    """

    def __init__(self, *, in_memory: bool = False) -> None:
        _clear_away()
        self.folder = _own_folder(MEMORY if in_memory and _has_room(MEMORY) else None)
        self.folder.chmod(0o711)  # PostgreSQL's own account has to pass when root runs the tests
        self.socket = self.folder / "servers.socket"
        self._starts: dict[str, Callable[[], Awaitable[Answer]]] = {
            "postgres": self._postgres,
            "temporal": self._temporal,
        }
        self._answers: dict[str, Answer] = {}
        self._running: list[tuple[Process, Program]] = []
        self._listening = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serve()])
        self._thread.start()
        self._listening.wait()

    def stop(self) -> None:
        """End every server and forget their files."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()
        shutil.rmtree(self.folder)

    async def _serve(self) -> None:
        one_at_a_time = asyncio.Lock()

        async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            name = (await reader.readline()).decode().strip()
            async with one_at_a_time:
                if name not in self._answers:
                    self._answers[name] = await self._started(name)
            writer.write(json.dumps(self._answers[name]).encode())
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_unix_server(respond, self.socket):
            self._listening.set()
            await self._over.wait()
        for child, program in reversed(self._running):
            await children.stop(child, program)

    async def _started(self, name: str) -> Answer:
        try:
            async with asyncio.timeout(LONGEST_START_SECONDS):
                return await self._starts[name]()
        except Exception as error:  # noqa: BLE001 - told to the test that asked, which then fails
            return {"error": f"{type(error).__name__}: {error}"}

    async def _postgres(self) -> Answer:
        log = self.folder / "postgres.log"
        cluster = postgres.cluster_at(self.folder / "postgres", free_port(), "postgres", *FAST)
        await postgres.prepare(cluster, log)
        await self._start(postgres.program(cluster), log)
        await postgres.answer(cluster)
        migrate = Program(
            "migrate",
            (sys.executable, "-c", MIGRATE, cluster.dsn()),
            {**environment_of_children(), "PYTHONPATH": str(PROJECT)},
        )
        await children.finish(migrate, self.folder / "migrate.log")
        return {"template": postgres.DATABASE, "maintenance": cluster.dsn("postgres")}

    async def _temporal(self) -> Answer:
        cli = await temporal_program()
        store, log = self.folder / "temporal.db", self.folder / "temporal.log"
        server = temporal.DevServer(cli, store, free_port(), free_port())
        await self._start(temporal.program(server), log)
        await temporal.answer(server, log)
        return {"address": server.address, "ui": server.ui}

    async def _start(self, program: Program, log: Path) -> None:
        self._running.append((await children.start(program, log), program))


async def temporal_program() -> Path:
    """The `temporal` program of this run: the named one, else what is here or can be had."""
    return await temporal_cli(own_environment().get("TEMPORAL_CLI"), print)


def ask(address: str, name: str) -> Answer:
    """The addresses of a server, started now if it is not running yet."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(address)
        line.sendall(f"{name}\n".encode())
        answer: Answer = json.loads(b"".join(iter(lambda: line.recv(4096), b"")))
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer


def _own_folder(place: Path | None) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place))


def _has_room(place: Path) -> bool:
    return os.access(place, os.W_OK) and shutil.disk_usage(place).free > ROOM_IN_MEMORY


def _clear_away() -> None:
    """Remove what killed runs have left behind."""
    for place in (Path(tempfile.gettempdir()), MEMORY):
        for folder in place.glob(f"{PREFIX}*"):
            owner = folder.name.removeprefix(PREFIX).partition("-")[0]
            if not Path(f"/proc/{owner}").exists():
                shutil.rmtree(folder, ignore_errors=True)  # another user's is not ours to remove
