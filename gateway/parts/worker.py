"""The worker's process: it hands settings to `workflows.worker` and ends when told to.

It waits for PostgreSQL and Temporal, whichever is away.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from dataclasses import replace

from activities.outside import MailServer, Outside
from activities.whereabouts import with_whereabouts
from gateway.database_door import door_opens
from gateway.parts.options import Options
from gateway.settings import Settings, part_settings
from gateway.storage import open_storage
from gateway.temporal_door import temporal_connection
from gateway.traces import collect_traces
from models.database import connect, disconnect
from models.seal import install_key
from workflows.options import Queue
from workflows.worker import WorkerOptions, run_worker

READ_POOL_SIZE = 4  # exports and papers, which a piece of work makes one of at a time
POOL_SIZE = 20  # more than the activity slots, which hold one connection each while they write

_log = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Work until told to stop."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(with_whereabouts)
    settings = part_settings()
    install_key(settings.application_key)
    collect_traces(settings.traces_url, "worker")
    asyncio.run(_work(settings, options))
    return 0


async def _work(settings: Settings, options: Options) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    dsn = settings.needed_database_url
    await door_opens(dsn, _log.warning)
    await connect(dsn, pool_size=POOL_SIZE, read_pool_size=READ_POOL_SIZE)
    try:
        connection = replace(temporal_connection(settings), measured_at=settings.worker_metrics)
        queues = tuple(map(Queue, options.queues)) or tuple(Queue)
        serving = WorkerOptions(queues, serving=options.readiness.tell)
        await run_worker(connection, dsn, _outside(settings), stop, serving)
    finally:
        await disconnect()


def _outside(settings: Settings) -> Outside:
    return Outside(
        store=open_storage(settings.storage_url),
        mail_server=MailServer.at(settings.needed_smtp_url),
        sender=settings.mail_from,
        public_url=(settings.public_url or "").rstrip("/"),
    )
