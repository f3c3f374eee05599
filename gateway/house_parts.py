"""The parts of the house as programs: how each is started, where it writes its lines.

Their order, and what happens when one ends, is said elsewhere.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from gateway.addresses import Addresses
from gateway.data_dir import DataDir
from gateway.embedded import postgres, temporal
from gateway.embedded.children import Program
from gateway.settings import PROJECT, environment_of_children
from gateway.supervision import Part

LISTENERS = ("api", "directory")
GRACE_SECONDS = {"worker": 40.0}  # it drains for 30
USUAL_GRACE_SECONDS = 15.0  # answers under way may take 10


def postgres_part(addresses: Addresses, data_dir: DataDir) -> Part:
    """The embedded PostgreSQL; its cluster is made before its first start."""
    port, log = addresses.ports["postgres"], data_dir.log("postgres")
    password = addresses.database_password
    cluster = postgres.cluster_at(data_dir.path / "postgres", port, password)

    async def make_way() -> None:
        await postgres.prepare(cluster, log)
        await postgres.clear_the_way(cluster)

    async def answers() -> None:
        await postgres.answer(cluster)

    return Part("postgres", lambda: postgres.program(cluster), log, make_way, answers)


def temporal_part(addresses: Addresses, data_dir: DataDir, cli: Path) -> Part:
    """The embedded Temporal."""
    log = data_dir.log("temporal")
    server = temporal.DevServer(
        cli=cli,
        store=data_dir.path / "temporal" / "temporal.db",
        port=addresses.ports["temporal"],
        ui_port=addresses.ports["temporal_ui"],
        namespace=addresses.settings.temporal.namespace,
        codec=addresses.codec,
    )

    async def answers() -> None:
        await temporal.answer(server, log)

    return Part("temporal", lambda: temporal.program(server), log, answers=answers)


def mailbox_part(addresses: Addresses, data_dir: DataDir) -> Part:
    """The mail catcher."""
    smtp, page = str(addresses.ports["smtp"]), str(addresses.ports["mail_ui"])
    return own_part("mailbox", data_dir, "--smtp-port", smtp, "--page-port", page)


def own_part(name: str, data_dir: DataDir, *arguments: str) -> Part:
    """A process of ours that says by itself when it is ready."""
    return Part(name, lambda: own_program(name, data_dir, {}, *arguments), data_dir.log(name))


def own_program(
    name: str, data_dir: DataDir, secrets: Mapping[str, str], *arguments: str
) -> Program:
    """`python -m gateway name`; it finds its settings in the data directory."""
    environment = {
        **environment_of_children(),
        **secrets,
        "TRUNKLINE_DATA_DIR": str(data_dir.path),
        "PYTHONPATH": str(PROJECT),
    }
    command = (sys.executable, "-m", "gateway", name, *arguments)
    grace_seconds = GRACE_SECONDS.get(name, USUAL_GRACE_SECONDS)
    return Program(name, command, environment, grace_seconds=grace_seconds)
