"""The switches' listener as a process of its own, killed and started again as a supervisor does."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.ports import free_port
from gateway.settings import PROJECT, environment_of_children

KEY = "k" * 32
START_SECONDS = 60.0


@dataclass(slots=True)
class ListenerProcess:
    """One `python -m gateway directory`, always at the same port."""

    dsn: str
    port: int
    process: Process | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it answers."""
        environment = {
            **environment_of_children(),
            "DATABASE_URL": self.dsn,
            "TRUNKLINE_SECRET_KEY": KEY,
            "TRUNKLINE_DIRECTORY_PORT": str(self.port),
        }
        command = (sys.executable, "-m", "gateway", "directory")
        self.process = await asyncio.create_subprocess_exec(
            *command, cwd=PROJECT, env=environment, stdout=DEVNULL, stderr=DEVNULL
        )
        async with asyncio.timeout(START_SECONDS):
            while True:
                if await self._answers():
                    return
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """End it without a word of warning."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    def processor_seconds(self) -> float:
        """What it has used so far (proc(5))."""
        if self.process is None:
            return 0.0
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except ConnectionRefusedError:
            return False
        writer.close()
        return True


@asynccontextmanager
async def listener_process(dsn: str) -> AsyncIterator[ListenerProcess]:
    """It runs inside this block."""
    listener = ListenerProcess(dsn, free_port())
    try:
        await listener.start()
        yield listener
    finally:
        await listener.kill()
