"""`make bench`: every figure of the README, measured on servers of its own.

Each bench prints what it measured beside its peer or limit of the same run, and judges nothing.
Names as arguments choose some of them.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from uuid import uuid4

import asyncpg

from tests.servers import Answer, Servers, ask

BENCHES = (
    "reads",
    "ledger",
    "ledger_documents",
    "billing",
    "directory",
    "switches",
    "jobs",
    "storm",
)


def main() -> None:
    """Start PostgreSQL, give each bench a database of its own, and end everything."""
    chosen = sys.argv[1:] or BENCHES
    unknown = set(chosen) - set(BENCHES)
    if unknown:
        sys.exit(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    servers = Servers()
    try:
        cluster = ask(str(servers.socket), "postgres")
        _say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before it begins")
        for name in chosen:
            _say(f"\n# {name}")
            asyncio.run(_measure(name, cluster))
    finally:
        servers.stop()


async def _measure(name: str, cluster: Answer) -> None:
    database = f"bench_{uuid4().hex}"
    maintenance = await asyncpg.connect(cluster["maintenance"])
    try:
        await maintenance.execute(
            f'CREATE DATABASE "{database}" TEMPLATE "{cluster["template"]}" STRATEGY FILE_COPY'
        )
        dsn = cluster["maintenance"].removesuffix("/postgres") + f"/{database}"
        await importlib.import_module(f"tests.bench.{name}").main(dsn)
        await maintenance.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
    finally:
        await maintenance.close()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
