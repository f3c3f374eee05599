"""One worker process and one Temporal development server, for the figures of durable work."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.embedded import temporal
from gateway.embedded.children import Program
from gateway.embedded.temporal import DevServer
from gateway.ports import free_port
from gateway.settings import PROJECT, environment_of_children
from tests.scenario.storm import Part
from tests.servers import temporal_program


@asynccontextmanager
async def one_worker(folder: Path, dsn: str) -> AsyncIterator[Part]:
    """Both run inside this block; gives the worker."""
    cli = await temporal_program()
    server = DevServer(cli, folder / "t.db", free_port(), free_port())
    told = {"dsn": dsn, "address": server.address, "namespace": server.namespace}
    told |= {
        "smtp": "smtp://127.0.0.1:9",
        "storage": str(folder),
        "patience": "as the house has it",
    }
    command = (sys.executable, "-m", "tests.temporal.worker_process", json.dumps(told))
    environment = {**environment_of_children(), "PYTHONPATH": str(PROJECT)}
    parts = [
        Part(temporal.program(server), folder / "temporal.log"),
        Part(Program("worker", command, environment), folder / "worker.log"),
    ]
    try:
        for part in parts:
            part.keeper = asyncio.create_task(part.keep())
        yield parts[-1]
    finally:
        for part in reversed(parts):
            await part.stop()
