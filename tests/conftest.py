"""Fixtures of all tests: real PostgreSQL, real Temporal, a real mail catcher.

Nothing is started for a test that does not ask for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from temporalio.client import Client

from gateway.embedded.mail_store import Mail, MailStore
from gateway.embedded.mailbox import Catcher, smtp_server
from models.database import connect, disconnect
from tests.servers import Answer, Servers, ask

# How fast a machine draws examples says nothing about a promise.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

SERVERS = pytest.StashKey[Servers]()
SOCKET = "trunkline_servers"
SDK_REST_SECONDS = 0.5  # a process that ends at once after using Temporal's SDK can abort


def pytest_configure(config: pytest.Config) -> None:
    """The run that was started by hand owns the servers; its workers know their address."""
    if not hasattr(config, "workerinput"):
        config.stash[SERVERS] = Servers(in_memory=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what was started, also after an interrupted run."""
    if SERVERS in config.stash:
        config.stash[SERVERS].stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker where to ask."""
    node.workerinput[SOCKET] = str(node.config.stash[SERVERS].socket)


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> str:
    """Where to ask for servers."""
    if SERVERS in pytestconfig.stash:
        return str(pytestconfig.stash[SERVERS].socket)
    return str(getattr(pytestconfig, "workerinput", {})[SOCKET])


@pytest.fixture(scope="session")
def cluster(servers: str) -> Answer:
    """The run's PostgreSQL: `maintenance` is an address, `template` a migrated database."""
    return ask(servers, "postgres")


@pytest.fixture
async def database_url(cluster: Answer) -> AsyncIterator[str]:
    """A migrated, empty database of this test alone."""
    name = f"test_{uuid4().hex}"
    maintenance = await asyncpg.connect(cluster["maintenance"])
    try:
        await maintenance.execute(
            f'CREATE DATABASE "{name}" TEMPLATE "{cluster["template"]}" STRATEGY FILE_COPY'
        )
        yield cluster["maintenance"].removesuffix("/postgres") + f"/{name}"
        await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await maintenance.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    """The test's own database with the models connected to it; gives its address."""
    await connect(database_url, pool_size=5, read_pool_size=3)
    yield database_url
    await disconnect()


@pytest.fixture(scope="session")
def temporal_address(servers: str) -> str:
    """The run's Temporal; tests keep apart by task queue and workflow id."""
    return ask(servers, "temporal")["address"]


@pytest.fixture(scope="session")
async def temporal(temporal_address: str) -> AsyncIterator[Client]:
    """A plain client of the run's Temporal."""
    yield await Client.connect(temporal_address)
    await asyncio.sleep(SDK_REST_SECONDS)


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server that takes everything."""

    url: str
    store: MailStore

    def mails(self, recipient: str | None = None) -> list[Mail]:
        """What it took, the newest first."""
        return self.store.newest_first(recipient)


@pytest.fixture
async def smtp(tmp_path: Path) -> AsyncIterator[Smtp]:
    """A real mail server of this test alone."""
    store = MailStore(tmp_path / "mails")
    async with smtp_server(Catcher(store), 0) as port:
        yield Smtp(f"smtp://127.0.0.1:{port}", store)
