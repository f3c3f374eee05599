"""A worker as a process of its own, so that a test can kill it."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

from obstore.store import LocalStore

from activities.outside import MailServer, Outside
from models.database import connect
from tests.people import install_key, install_secret
from workflows.codec import PayloadKeys
from workflows.connection import TemporalConnection
from workflows.options import LIMITS
from workflows.worker import WorkerOptions, run_worker


async def work(told: dict[str, str]) -> None:
    """Serve until killed."""
    install_key()
    if "secret" in told:
        install_secret(told["secret"])
    if "patience" not in told:  # a figure is taken with the limits of the house
        LIMITS.piece_heartbeat = LIMITS.staging_heartbeat = timedelta(seconds=2)
    keys = PayloadKeys("of-tests", {"of-tests": bytes(range(32))})
    await connect(told["dsn"])
    await run_worker(
        TemporalConnection(told["address"], keys, told["namespace"]),
        told["dsn"],
        Outside(
            store=LocalStore(Path(told["storage"])),
            mail_server=MailServer.at(told["smtp"]),
            sender="trunkline@example.com",
            public_url="https://portal.example.com",
            mails_per_second=1000,
        ),
        asyncio.Event(),
        WorkerOptions(keeps_schedules=False),
    )


if __name__ == "__main__":
    asyncio.run(work(json.loads(sys.argv[1])))
