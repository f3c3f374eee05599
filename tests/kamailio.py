"""A real Kamailio of one test, with the configuration that the documentation ships.

It reads the test's own database through a role of its own, and is told things at its RPC.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from gateway.ports import free_port
from gateway.settings import PROJECT

CONFIGURATION = PROJECT / "docs" / "kamailio" / "kamailio.cfg"
TOKEN = "a-token-of-tests"
ROLE_PASSWORD = "of-tests"
STARTS_WITHIN_SECONDS = 15.0
# Where continuous integration could not install it, a skipped test would look like a passed one.
MUST_BE_THERE = "TRUNKLINE_TESTS_NEED_KAMAILIO"


@dataclass(frozen=True, slots=True)
class Kamailio:
    """Where it listens."""

    sip: str
    rpc: str


def installed() -> str | None:
    """Where Kamailio is; it hides from whoever is not root."""
    return shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin:/usr/local/sbin")


def program() -> str:
    """Where Kamailio is; skips the test when it is not installed, unless it has to be."""
    found = installed()
    if found is None and os.environ.get(MUST_BE_THERE):
        pytest.fail("Kamailio is not installed, and this run may not do without it")
    if found is None:
        pytest.skip("Kamailio is not installed (Debian: kamailio kamailio-postgres-modules)")
    return found


@asynccontextmanager
async def kamailio(
    dsn: str, folder: Path, ports: tuple[int, int] | None = None
) -> AsyncIterator[Kamailio]:
    """A Kamailio that runs on this database, for as long as the block does.

    ports: of SIP and of its RPC, when it is to be found where one was before.
    """
    started = program()
    role = f"kamailio_{uuid4().hex}"
    udp, tcp = ports or (free_port(), free_port())
    async with _admitted(dsn, role) as database:
        command = (
            started,
            *("-DD", "-E", "-f", str(CONFIGURATION), "-m", "64", "-M", "8"),
            *("-P", str(folder / "kamailio.pid"), "-Y", str(folder), "-w", str(folder)),
            *("-A", f'DBURL="{database}"', "-A", f'RPC_AUTH="Bearer {TOKEN}"'),
            *("-A", f"SIP_UDP=udp:127.0.0.1:{udp}"),
            *("-A", f"RPC_TCP=tcp:127.0.0.1:{tcp}", "-A", f"RPC_PORT={tcp}"),
        )
        log = (folder / "kamailio.log").open("wb")
        environment = {**os.environ, "TZ": "UTC"}
        process = await asyncio.create_subprocess_exec(
            *command, stdout=log, stderr=log, env=environment
        )
        try:
            await _answering(tcp, process, folder / "kamailio.log")
            yield Kamailio(f"127.0.0.1:{udp}", f"http://127.0.0.1:{tcp}/RPC")
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
            log.close()


@asynccontextmanager
async def _admitted(dsn: str, role: str) -> AsyncIterator[str]:
    """A role that may do what a Kamailio may; its address as Kamailio writes one."""
    owner = await asyncpg.connect(dsn)
    try:
        await owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{ROLE_PASSWORD}'")
        await owner.execute("SELECT kamailio.admit($1)", role)
        parts = urlsplit(dsn)
        yield f"postgres://{role}:{ROLE_PASSWORD}@{parts.hostname}:{parts.port}{parts.path}"
        await owner.execute(f"DROP OWNED BY {role}")
        await owner.execute(f"DROP ROLE {role}")
    finally:
        await owner.close()


async def _answering(port: int, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(STARTS_WITHIN_SECONDS):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return
    pytest.fail(f"Kamailio does not start: {log.read_text()[-2000:]}")  # noqa: ASYNC240 - the end
