"""A worker of this test alone, in a namespace of its own, so that no test meets another's tasks."""

from __future__ import annotations

import asyncio
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
from temporalio.client import Client

from activities.outside import MailServer, Outside
from models import seal
from tests.conftest import Smtp
from workflows.codec import PayloadKeys
from workflows.connection import TemporalConnection, open_client
from workflows.options import LIMITS
from workflows.worker import run_worker

KEYS = PayloadKeys("of-tests", {"of-tests": bytes(range(32))})
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class House:
    """A database, a Temporal namespace, a mail server and a storage that belong together."""

    dsn: str
    connection: TemporalConnection
    client: Client
    smtp: Smtp
    store: ObjectStore

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

    def working(self) -> AbstractAsyncContextManager[None]:
        """A worker runs inside this block."""
        return _working(self)


@asynccontextmanager
async def _working(house: House) -> AsyncIterator[None]:
    stop = asyncio.Event()
    work = asyncio.create_task(run_worker(house.connection, house.dsn, house.outside, stop))
    try:
        yield
    finally:
        stop.set()
        await work


@pytest.fixture
async def namespace(temporal: Client) -> str:
    """A Temporal namespace of this test alone."""
    name = f"test-{uuid4().hex}"
    await temporal.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=name, workflow_execution_retention_period=Duration(seconds=24 * 3600)
        )
    )
    return name


@pytest.fixture
async def house(
    database: str, temporal_address: str, namespace: str, smtp: Smtp, tmp_path: Path
) -> House:
    """Everything a worker needs, and no worker yet."""
    seal.install_key(bytes(range(32)))
    connection = TemporalConnection(temporal_address, KEYS, namespace)
    storage = tmp_path / "storage"
    storage.mkdir()
    client = await open_client(connection)
    return House(database, connection, client, smtp, LocalStore(storage))


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
        while not await check():
            await asyncio.sleep(0.05)
