"""A worker of this test alone, in a namespace of its own, so that no test meets another's tasks."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from google.protobuf.duration_pb2 import Duration
from obstore.store import LocalStore, ObjectStore
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client, WorkflowExecutionStatus

from activities.outside import MailServer, Outside
from tests.conftest import Smtp
from tests.people import install_key
from tests.temporal.record import recording_name
from workflows.codec import PayloadKeys
from workflows.connection import TemporalConnection, open_client
from workflows.options import LIMITS
from workflows.worker import WorkerOptions, run_worker

KEYS = PayloadKeys("of-tests", {"of-tests": bytes(range(32))})
PROJECT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30.0
CLOSED = "ExecutionStatus != 'Running'"
VISIBLE_SECONDS = 3.0  # what has just closed is listed a moment later


@dataclass(frozen=True, slots=True)
class House:
    """A database, a Temporal namespace, a mail server and a storage that belong together."""

    dsn: str
    connection: TemporalConnection
    client: Client
    smtp: Smtp
    storage: Path

    @property
    def store(self) -> ObjectStore:
        """Where uploads lie."""
        return LocalStore(self.storage)

    @property
    def outside(self) -> Outside:
        """What its worker is handed."""
        return Outside(
            store=self.store,
            mail_server=MailServer.at(self.smtp.url),
            sender="trunkline@example.com",
            public_url="https://portal.example.com",
            mails_per_second=1000,
        )

    async def process(self) -> Process:
        """A worker as a process of its own, for tests that kill it."""
        told = {
            "dsn": self.dsn,
            "address": self.connection.address,
            "namespace": self.connection.namespace,
            "smtp": self.smtp.url,
            "storage": str(self.storage),
        }
        command = (sys.executable, "-m", "tests.temporal.worker_process", json.dumps(told))
        return await asyncio.create_subprocess_exec(*command, cwd=PROJECT)

    async def closed(self, workflow_id: str) -> WorkflowExecutionStatus:
        """How a workflow ended, once it has."""
        handle = self.client.get_workflow_handle(workflow_id)

        async def is_closed() -> bool:
            return (await handle.describe()).close_time is not None

        await eventually(is_closed)
        return (await handle.describe()).status or WorkflowExecutionStatus.RUNNING

    def working(self) -> AbstractAsyncContextManager[None]:
        """A worker runs inside this block."""
        return _working(self)


@asynccontextmanager
async def _working(house: House) -> AsyncIterator[None]:
    stop = asyncio.Event()
    # What happens by itself would happen in the middle of a test.
    options = WorkerOptions(keeps_schedules=False)
    work = asyncio.create_task(
        run_worker(house.connection, house.dsn, house.outside, stop, options)
    )
    try:
        yield
    finally:
        stop.set()
        await work


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where `tests.temporal.record` wants the histories of the tests it runs."""
    parser.addoption("--record-histories", type=Path, default=None)


async def _record(client: Client, folder: Path, test: str) -> None:
    """Write down one closed workflow of each kind that a test has."""

    async def some_are_closed() -> bool:
        return bool([each async for each in client.list_workflows(CLOSED)])

    await eventually(some_are_closed)
    await asyncio.sleep(VISIBLE_SECONDS)
    kinds: set[str] = set()
    async for found in client.list_workflows(CLOSED):
        if found.workflow_type in kinds:
            continue
        kinds.add(found.workflow_type)
        history = await client.get_workflow_handle(found.id, run_id=found.run_id).fetch_history()
        (folder / f"{test}-{found.workflow_type}.json").write_text(history.to_json())


@pytest.fixture
async def connection(temporal: Client, temporal_address: str) -> TemporalConnection:
    """The way to a Temporal namespace of this test alone."""
    name = f"test-{uuid4().hex}"
    await temporal.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=name, workflow_execution_retention_period=Duration(seconds=24 * 3600)
        )
    )
    return TemporalConnection(temporal_address, KEYS, name)


@pytest.fixture
async def house(
    database: str,
    connection: TemporalConnection,
    smtp: Smtp,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> AsyncIterator[House]:
    """Everything a worker needs, and no worker yet."""
    install_key()
    storage = tmp_path / "storage"
    storage.mkdir()
    client = await open_client(connection)
    yield House(database, connection, client, smtp, storage)
    folder: Path | None = request.config.getoption("--record-histories", None)
    if folder is not None:
        await _record(client, folder, recording_name(request.node.name))


@pytest.fixture
async def working(house: House) -> AsyncIterator[House]:
    """The house with its worker running."""
    async with house.working():
        yield house


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits minutes for a worker that a test has killed."""
    monkeypatch.setattr(LIMITS, "piece_heartbeat", timedelta(seconds=2))
    monkeypatch.setattr(LIMITS, "staging_heartbeat", timedelta(seconds=2))
    monkeypatch.setattr(LIMITS, "paused_look", timedelta(seconds=2))


async def eventually(
    check: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_SECONDS
) -> None:
    """Return once the check holds; fails when it does not in time."""
    async with asyncio.timeout(seconds):
        while not await check():  # noqa: ASYNC110 - rows tell by being read
            await asyncio.sleep(0.05)
