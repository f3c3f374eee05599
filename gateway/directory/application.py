"""The listener as a web application: routes, sign-in of nodes, deadlines, one log line a look-up.

Bodies are never logged. Every refusal of a login is the same document.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.directory import answers, form
from gateway.directory.away import Away
from gateway.directory.form import NOTHING, Asked, Malformed
from gateway.directory.lookups import Lookups
from gateway.directory.measures import LOOK_UPS, SECONDS
from gateway.settings import Settings, part_settings

DEADLINE_SECONDS = 0.5  # for one request, its body included
XML = "text/xml"
CHALLENGE = {"WWW-Authenticate": 'Basic realm="directory"'}

logger = logging.getLogger(__name__)


def application(settings: Settings | None = None) -> Starlette:
    """The listener, connecting to the database as these settings (else this process's) say."""
    settings = settings or part_settings()
    lookups = Lookups(settings.needed_database_url, settings.directory_cache_milliseconds)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with lookups.open():
            yield

    routes = [
        Route("/fs/directory", FsDirectory(lookups).answered, methods=["POST"]),
        Route("/healthz", _healthz, methods=["GET"]),
        Route("/metrics", _metrics, methods=["GET"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request, for its answer, its log line and the counters."""

    status: HTTPStatus
    word: str
    body: str = ""
    asked: Asked = NOTHING
    node: str = ""


class FsDirectory:
    """`POST /fs/directory`, as mod_xml_curl of FreeSWITCH asks."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups

    async def answered(self, request: Request) -> Response:
        """Answer one look-up, whatever it is, and tell of it."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                outcome = await self._outcome(request)
        except (Away, TimeoutError):
            outcome = Outcome(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable")
        _tell(outcome, time.perf_counter() - began)
        headers = CHALLENGE if outcome.status is HTTPStatus.UNAUTHORIZED else None
        return Response(outcome.body, outcome.status, headers, media_type=XML)

    async def _outcome(self, request: Request) -> Outcome:
        node = await self._lookups.nodes.admitted(request.headers.get("authorization", ""))
        if node is None:
            return Outcome(HTTPStatus.UNAUTHORIZED, "unauthorized")
        body = await _body(request)
        if body is None:
            return Outcome(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", node=node.name)
        try:
            asked = form.read(body)
        except Malformed:
            return Outcome(HTTPStatus.BAD_REQUEST, "malformed", node=node.name)
        document = await self._lookups.answer(asked, node)
        word = "not_found" if document is answers.NOT_FOUND else "found"
        return Outcome(HTTPStatus.OK, word, document, asked, node.name)


async def _body(request: Request) -> bytes | None:
    """The body, or None when it is longer than any look-up."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > form.LONGEST_BODY:
            return None
    return bytes(body)


def _tell(outcome: Outcome, seconds: float) -> None:
    asked = outcome.asked
    LOOK_UPS.labels(asked.question, outcome.word).inc()
    SECONDS.observe(seconds)
    logger.info(
        "directory look-up",
        extra={
            "node": outcome.node,
            "question": asked.question,
            "user": asked.user,
            "realm": asked.realm,
            "outcome": outcome.word,
            "milliseconds": round(seconds * 1000, 2),
        },
    )


async def _healthz(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _metrics(_: Request) -> Response:
    return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)
