"""Whether this process lives, whether it can serve, and what it and the tables count.

Repairs are not made here; each answer says in words what is missing.
"""

import asyncio
import logging
from http import HTTPStatus
from pathlib import Path
from typing import Final

import asyncpg
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

import models.migrations
from gateway import measures
from models.database import open_pools, read_pool
from models.switch.hanging import hanging

_LOG = logging.getLogger(__name__)
ANSWER_SECONDS: Final = 2.0  # a balancer that asks every few seconds must not wait longer

_APPLIED = "SELECT name FROM tortoise_migrations WHERE app = 'models'"
_JOBS = "SELECT kind, status, count(*) AS number FROM jobs GROUP BY kind, status"
_EMAILS = """
SELECT status, count(*) AS number FROM emails
 WHERE created_at > now() - interval '1 day' GROUP BY status
"""
_OUTBOX = """
SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8
  FROM outbox WHERE delivered_at IS NULL
"""
_UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, RuntimeError)


def health_routes() -> list[BaseRoute]:
    """/healthz, /readyz and /metrics."""
    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]


async def healthz(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(_: Request) -> Response:
    """200 when the database answers with all migrations, else 503 with the reason."""
    missing = await _missing()
    if missing is None:
        return JSONResponse({"status": "ready"})
    return JSONResponse({"status": "not ready", "reason": missing}, HTTPStatus.SERVICE_UNAVAILABLE)


async def metrics(_: Request) -> Response:
    """All that is counted, as Prometheus reads it; without the tables while they are away."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await _read_tables()
    except _UNREACHABLE as away:
        _LOG.warning("measures without those of the tables: %s", away)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def migrations_here() -> frozenset[str]:
    """The names of the migrations this program was built with."""
    folder = Path(next(iter(models.migrations.__path__)))
    return frozenset(path.stem for path in folder.glob("[0-9]*.py"))


async def _missing() -> str | None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            applied = {row["name"] for row in await read_pool().fetch(_APPLIED)}
    except asyncpg.UndefinedTableError:
        applied = set()
    except _UNREACHABLE:
        return "the database does not answer"
    waiting = sorted(migrations_here() - applied)
    return f"migrations are missing: {', '.join(waiting)}" if waiting else None


async def _read_tables() -> None:
    pool = read_pool()
    for name, each in open_pools().items():
        measures.POOL.labels(name, "idle").set(each.get_idle_size())
        measures.POOL.labels(name, "open").set(each.get_size())
    measures.OUTBOX_AGE.set(await pool.fetchval(_OUTBOX))
    measures.JOBS.clear()
    for row in await pool.fetch(_JOBS):
        measures.JOBS.labels(row["kind"], row["status"]).set(row["number"])
    await _read_switches()
    measures.EMAILS.clear()
    for row in await pool.fetch(_EMAILS):
        measures.EMAILS.labels(row["status"]).set(row["number"])


async def _read_switches() -> None:
    async with read_pool().acquire() as connection:
        found = await hanging(connection)
    measures.HANGING.labels("off").set(found.revoking)
    measures.HANGING.labels("changed").set(found.lagging)
    measures.HANGING.labels("let_in").set(found.refused)
    measures.SILENT.set(len(found.silent))
