"""What Trunkline stands on: PostgreSQL, Temporal, a mail server, storage, its own listeners.

Each is asked as the parts would ask it, within a few seconds.
"""

from __future__ import annotations

import asyncio
from uuid import uuid4

import aiosmtplib
import asyncpg
import httpx
import obstore
from obstore.exceptions import BaseError
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.service import RPCError

from activities.outside import MailServer
from gateway.database_door import AWAY, REFUSED, place
from gateway.doctor.finding import Finding, bad, good, poor
from gateway.health import migrations_here
from gateway.ports import reached
from gateway.settings import Settings
from gateway.storage import open_storage
from gateway.temporal_door import temporal_connection
from models.seal import install_key
from workflows.connection import is_polled, open_client
from workflows.delivery import JOB_KIND, TENANT
from workflows.options import Queue

SECONDS = 5.0
OLDEST_POSTGRES = 15
APPLIED = "SELECT name FROM tortoise_migrations WHERE app = 'models'"
TRIGRAMS = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm')"


async def postgres(settings: Settings) -> Finding:
    """PostgreSQL answers and is new enough."""
    subject, where = "PostgreSQL", place(settings.needed_database_url)
    try:
        connection = await asyncpg.connect(settings.needed_database_url, timeout=SECONDS)
    except (*AWAY, *REFUSED) as error:
        return bad(subject, f"{where}: {error!r}", "start it, or correct DATABASE_URL")
    has_trigrams = await connection.fetchval(TRIGRAMS)
    version = await connection.fetchval("SHOW server_version")
    major = connection.get_server_version().major
    await connection.close()
    said = f"{version} at {where}"
    if major < OLDEST_POSTGRES:
        return bad(subject, said, f"use PostgreSQL {OLDEST_POSTGRES} or newer")
    if not has_trigrams:
        return good(subject, f"{said}; without pg_trgm, so `contains` scans in parallel")
    return good(subject, said)


async def migrations(settings: Settings) -> Finding:
    """The tables are the ones this program expects."""
    connection = await asyncpg.connect(settings.needed_database_url, timeout=SECONDS)
    try:
        applied = {row["name"] for row in await connection.fetch(APPLIED)}
    except asyncpg.UndefinedTableError:
        applied = set()
    finally:
        await connection.close()
    if missing := sorted(migrations_here() - applied):
        sentence = f"missing: {', '.join(missing)}"
        return bad("migrations", sentence, "run `python -m gateway migrate`")
    return good("migrations", f"{len(applied)}, at the newest")


async def temporal(settings: Settings) -> Finding:
    """Temporal answers and its namespace knows our search attributes."""
    subject, where = "Temporal", settings.needed_temporal_address
    install_key(settings.application_key)
    try:
        client = await open_client(temporal_connection(settings))
        asked = ListSearchAttributesRequest(namespace=client.namespace)
        listed = await client.operator_service.list_search_attributes(asked)
    except (RPCError, RuntimeError) as error:
        sentence = f"{where}: {str(error).splitlines()[0]}"
        return bad(subject, sentence, "start it, or correct TEMPORAL_ADDRESS; work waits meanwhile")
    if {JOB_KIND.name, TENANT.name} - set(listed.custom_attributes):
        return poor(subject, f"{where} lacks search attributes", "start a worker: it adds them")
    return good(subject, f"{where}, namespace {client.namespace}")


async def worker(settings: Settings) -> Finding:
    """Some worker takes what waits on each queue."""
    install_key(settings.application_key)
    remedy = "start one: `python -m gateway worker`; work waits meanwhile"
    try:
        client = await open_client(temporal_connection(settings))
        idle = [queue.value for queue in Queue if not await is_polled(client, queue)]
    except (RPCError, RuntimeError):
        return bad("worker", "nobody can tell while Temporal does not answer", remedy)
    if idle:
        return bad("worker", f"nobody takes what waits on {', '.join(idle)}", remedy)
    return good("worker", "every queue is polled")


async def mail_server(settings: Settings) -> Finding:
    """The mail server greets us and takes our login."""
    server = MailServer.at(settings.needed_smtp_url)
    where = f"{server.host}:{server.port}"
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.is_tls,
        timeout=SECONDS,
    )
    try:
        async with client:
            return good("mail server", where)
    except (aiosmtplib.SMTPException, OSError) as error:
        return bad("mail server", f"{where}: {error}", "start it, or correct SMTP_URL; mails wait")


async def storage(settings: Settings) -> Finding:
    """Uploads and downloads can be written and read."""
    name, url = f"doctor/{uuid4().hex}", settings.storage_url
    try:
        store = open_storage(url)
        await asyncio.to_thread(obstore.put, store, name, b"well")
        await asyncio.to_thread(obstore.delete, store, name)
    except (BaseError, OSError) as error:
        sentence = f"{url}: {str(error).splitlines()[0]}"
        return bad("storage", sentence, "make it writable, or correct TRUNKLINE_STORAGE_URL")
    return good("storage", url)


async def api(settings: Settings) -> Finding:
    """The API of this installation is ready."""
    return await _listener("API", settings.host, settings.http_port, "/readyz")


async def directory(settings: Settings) -> Finding:
    """The switches' listener of this installation lives."""
    return await _listener("directory", settings.host, settings.directory_port, "/healthz")


async def _listener(subject: str, host: str, port: int, path: str) -> Finding:
    url = f"http://{reached(host)}:{port}{path}"
    try:
        async with httpx.AsyncClient(timeout=SECONDS) as client:
            answer = await client.get(url)
    except httpx.TransportError as error:
        sentence = f"{url}: {error!r}"
        return bad(subject, sentence, f"start it: `python -m gateway {subject.lower()}`")
    if answer.is_success:
        return good(subject, url)
    return bad(subject, f"{url}: {answer.status_code} {answer.text[:200]}", "read its log")
