"""The door every request of a switch comes through: who is it, how long may it take, what became.

Bodies are never logged, and whoever has no credentials learns nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from gateway.directory.away import Away
from gateway.directory.measures import LOOK_UPS, SECONDS
from gateway.directory.nodes import NodeBook
from models.switch.node import NodeLogin

DEADLINE_SECONDS = 0.5  # for one request, its body included
JSON = "application/json"
CHALLENGE = {"WWW-Authenticate": 'Basic realm="directory"'}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request. word: for counters; about: for the log line, never a secret."""

    status: HTTPStatus
    word: str
    body: str | bytes = ""
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def said(cls, status: HTTPStatus, word: str, answer: object, **about: str) -> Outcome:
        """An outcome whose answer is JSON."""
        return cls(status, word, orjson.dumps(answer), about=about)


Answer = Callable[[Request, NodeLogin], Awaitable[Outcome]]

_STRANGER = Outcome(HTTPStatus.UNAUTHORIZED, "unauthorized", headers=CHALLENGE)
_UNAVAILABLE = Outcome(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable")


class Door:
    """Lets nodes in; `seen` holds who came since somebody last looked."""

    def __init__(self, nodes: NodeBook) -> None:
        self._nodes = nodes
        self.seen: set[UUID] = set()

    def guarding(
        self, question: str, answer: Answer, deadline_seconds: float = DEADLINE_SECONDS
    ) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that answers admitted nodes; `question` names it where it names nothing."""

        async def endpoint(request: Request) -> Response:
            began = time.perf_counter()
            node, outcome = await self._outcome(request, answer, deadline_seconds)
            _tell(question, node, outcome, time.perf_counter() - began)
            return Response(outcome.body, outcome.status, outcome.headers, outcome.media_type)

        return endpoint

    async def _outcome(
        self, request: Request, answer: Answer, deadline_seconds: float
    ) -> tuple[NodeLogin | None, Outcome]:
        node = None
        try:
            async with asyncio.timeout(deadline_seconds):
                node = await self._nodes.admitted(request.headers.get("authorization", ""))
                if node is None:
                    return None, _STRANGER
                self.seen.add(node.id)
                return node, await answer(request, node)
        except (Away, TimeoutError):
            return node, _UNAVAILABLE


async def body_of(request: Request, longest: int) -> bytes | None:
    """The body, or None when it has more bytes than `longest`."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > longest:
            return None
    return bytes(body)


def _tell(question: str, node: NodeLogin | None, outcome: Outcome, seconds: float) -> None:
    asked = outcome.about.get("question", question)
    LOOK_UPS.labels(asked, outcome.word).inc()
    SECONDS.observe(seconds)
    line = {
        "node": "" if node is None else node.name,
        "outcome": outcome.word,
        "milliseconds": round(seconds * 1000, 2),
        "question": asked,
    }
    logger.info("a switch asked", extra=line | dict(outcome.about))
