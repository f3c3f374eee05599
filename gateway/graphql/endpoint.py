"""GraphQL over HTTP: methods, media types, statuses and headers (the GraphQL-over-HTTP draft).

What an operation is and answers is the pipeline's business; sockets come in by another door.
"""

import logging
from http import HTTPStatus
from typing import Final

from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.auth import Viewers
from gateway.departure import Departed, present
from gateway.graphql.asked import Asked, asked_in_body, asked_in_query
from gateway.graphql.events import Events
from gateway.graphql.faults import as_refusal
from gateway.graphql.limits import BODY_BYTES
from gateway.graphql.negotiation import Accepted, Media, accepted
from gateway.graphql.pipeline import Pipeline, Ready
from gateway.graphql.refused import RequestRefused, bad_request
from gateway.graphql.streams import EventStream
from gateway.visits import Visit, bearer, recognised, stranger

_LOG = logging.getLogger(__name__)
_METHODS: Final = {"Allow": "GET, POST"}
_JSON: Final = Accepted(Media.JSON, events=False, prefers_events=False)


class GraphQLEndpoint:
    """The ASGI application at /graphql."""

    def __init__(self, pipeline: Pipeline, viewers: Viewers, events: Events) -> None:
        self._pipeline = pipeline
        self._viewers = viewers
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        visit = stranger(request)
        try:
            response = await self._answered(request, visit)
        except (ClientDisconnect, Departed):
            return
        await response(scope, receive, send)

    async def _answered(self, request: Request, visit: Visit) -> Response | EventStream:
        reading = _JSON
        try:
            reading = _readable(request)
            visit = await recognised(
                visit, bearer(request.headers.get("authorization")), self._viewers
            )
            return await self._respond(request, reading, visit)
        except RequestRefused as refusal:
            return self._refused(refusal, reading, visit)
        except (ClientDisconnect, Departed):
            raise
        except Exception as fault:  # noqa: BLE001 - the last border: a fault of ours, in JSON
            known = RequestRefused([as_refusal(fault, visit.request_id)])
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            if known.precise_status is HTTPStatus.SERVICE_UNAVAILABLE:
                status = HTTPStatus.SERVICE_UNAVAILABLE
            return self._refused(RequestRefused(known.errors, status), reading, visit)

    async def _respond(
        self, request: Request, reading: Accepted, visit: Visit
    ) -> Response | EventStream:
        asked = await _asked(request, visit)
        operation = self._pipeline.find(asked)
        kind = operation.kind
        if kind is OperationType.MUTATION and request.method == "GET":
            raise bad_request(
                "A mutation needs POST.", HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "POST"}
            )
        if kind is OperationType.SUBSCRIPTION and not reading.events:
            raise bad_request("A subscription needs a WebSocket, or `Accept: text/event-stream`.")
        ready = self._pipeline.admit(operation, asked, visit)
        if reading.events and (reading.prefers_events or kind is OperationType.SUBSCRIPTION):
            token = bearer(request.headers.get("authorization"))
            return EventStream(self._events.of(ready, visit, token), _headers(visit))
        return await self._single(request, ready, reading.single, visit)

    async def _single(
        self, request: Request, ready: Ready, media: Media | None, visit: Visit
    ) -> Response:
        if ready.operation.kind is OperationType.MUTATION:
            answer = await self._pipeline.answer(ready, visit)
        else:
            async with present(request.receive):
                answer = await self._pipeline.answer(ready, visit)
        return _response(answer.body, media or Media.JSON, HTTPStatus.OK, _headers(visit))

    def _refused(self, refusal: RequestRefused, reading: Accepted, visit: Visit) -> Response:
        media = reading.single or Media.JSON
        precise = media is Media.GRAPHQL or refusal.status is not None
        headers = _headers(visit) | refusal.headers
        seconds = (refusal.errors[0].extensions or {}).get("retryAfterSeconds")
        if seconds is not None:
            headers["Retry-After"] = str(seconds)
        status = refusal.precise_status if precise else HTTPStatus.OK
        return _response(self._pipeline.refusal(refusal, visit), media, status, headers)


def _readable(request: Request) -> Accepted:
    if request.method not in {"GET", "POST"}:
        message = f"{request.method} is not answered here."
        raise bad_request(message, HTTPStatus.METHOD_NOT_ALLOWED, _METHODS)
    reading = accepted(request.headers)
    if reading.nothing:
        kinds = ", ".join(Media)
        raise bad_request(f"Answers are written in {kinds}.", HTTPStatus.NOT_ACCEPTABLE)
    return reading


async def _asked(request: Request, visit: Visit) -> Asked:
    if request.method == "POST":
        return asked_in_body(await _body(request))
    if not visit.vouched:
        raise bad_request("A GET needs credentials, or the header GraphQL-Require-Preflight.")
    return asked_in_query(request.query_params)


async def _body(request: Request) -> bytes:
    _check_content(request)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_BYTES:
            message = f"The body has more than {BODY_BYTES} bytes."
            raise bad_request(message, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"Connection": "close"})
    return bytes(body)


def _check_content(request: Request) -> None:
    media, *parameters = (
        part.strip().lower() for part in request.headers.get("content-type", "").split(";")
    )
    charsets = {part.removeprefix("charset=").strip('"') for part in parameters if part}
    packed = request.headers.get("content-encoding", "identity")
    if media != "application/json" or not charsets <= {"utf-8", "utf8"} or packed != "identity":
        message = "The body has to be application/json in UTF-8."
        raise bad_request(message, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


def _headers(visit: Visit) -> dict[str, str]:
    return {"Vary": "Accept", "X-Request-Id": visit.request_id, "Cache-Control": "no-store"}


def _response(body: bytes, media: Media, status: HTTPStatus, headers: dict[str, str]) -> Response:
    return Response(body, status, headers, media_type=f"{media}; charset=utf-8")
