"""A Temporal development server with its console, as a child of this process.

One history shard on SQLite: good for one machine and its operator's eyes, not for production.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

from gateway.embedded.children import ChildError, Program, finish
from gateway.settings import environment_of_children

RETENTION = "30d"  # finished workflows stay readable; the server's own 24 hours lose a weekend
SEARCH_ATTRIBUTES = ("JobKind", "Tenant")  # what an operator filters by in the console


@dataclass(frozen=True, slots=True)
class DevServer:
    """Where one server keeps its state and what it answers on."""

    cli: Path
    store: Path
    port: int
    ui_port: int
    namespace: str = "default"
    # Whom the console's pages ask what sealed payloads say.
    codec: str | None = None

    @property
    def address(self) -> str:
        """What clients connect to."""
        return f"127.0.0.1:{self.port}"

    @property
    def ui(self) -> str:
        """The console."""
        return f"http://127.0.0.1:{self.ui_port}"


def program(server: DevServer) -> Program:
    """How it is started."""
    command = [str(server.cli), "server", "start-dev", "--ip", "127.0.0.1"]
    command += ["--port", str(server.port), "--ui-port", str(server.ui_port)]
    command += ["--db-filename", str(server.store), "--namespace", server.namespace]
    command += ["--log-format", "json", "--log-level", "error"]
    if server.codec is not None:
        command += ["--ui-codec-endpoint", server.codec]
    for name in SEARCH_ATTRIBUTES:
        command += ["--search-attribute", f"{name}=Keyword"]
    return Program("temporal", tuple(command), environment_of_children(), grace_seconds=15.0)


async def answer(server: DevServer, log: Path) -> None:
    """Wait until it answers, then lengthen its memory."""
    await _listening(server.port)
    await _remembering(server, log)


async def _listening(port: int) -> None:
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await writer.wait_closed()
            return
        await asyncio.sleep(0.05)


async def _remembering(server: DevServer, log: Path) -> None:
    """Set the retention, as soon as the namespace is there."""
    command = [str(server.cli), "operator", "namespace", "update", "--address", server.address]
    command += ["--namespace", server.namespace, "--retention", RETENTION]
    update = Program("temporal operator", tuple(command), environment_of_children())
    while True:
        try:
            return await finish(update, log.with_name("temporal-operator.log"))
        except ChildError:
            await asyncio.sleep(0.1)
