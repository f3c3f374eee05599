"""The protocol graphql-transport-ws, one session a WebSocket; the legacy protocol is not spoken.

What an operation answers is the pipeline's business. A document with a mistake ends its own
operation and nothing else.
"""

import asyncio
import contextlib
import uuid
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

import orjson
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.auth import Viewers
from gateway.graphql.asked import asked_in, loaded
from gateway.graphql.events import RECHECK_SECONDS, Events
from gateway.graphql.faults import as_refusal, told
from gateway.graphql.limits import BODY_BYTES
from gateway.graphql.pipeline import Pipeline, Ready
from gateway.graphql.refused import RequestRefused, refused
from gateway.visits import Visit, bearer, recognised, stranger
from schema.refusals import Code

PROTOCOL: Final = "graphql-transport-ws"
INIT_SECONDS: Final = 10.0
OPERATIONS_AT_ONCE: Final = 50

# Closing codes of the protocol.
BAD_REQUEST: Final = 4400
UNAUTHORIZED: Final = 4401
FORBIDDEN: Final = 4403
BAD_PROTOCOL: Final = 4406
INIT_TIMEOUT: Final = 4408
SAME_ID: Final = 4409
INIT_TWICE: Final = 4429


class _Closing(Exception):
    """The session ends with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class SocketEndpoint:
    """What answers a WebSocket at /graphql."""

    def __init__(self, pipeline: Pipeline, viewers: Viewers, events: Events) -> None:
        self._pipeline = pipeline
        self._viewers = viewers
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one session until either side ends it."""
        socket = WebSocket(scope, receive, send)
        if PROTOCOL not in socket.scope.get("subprotocols", ()):
            await socket.accept()
            await socket.close(BAD_PROTOCOL, "Subprotocol not acceptable")
            return
        await socket.accept(subprotocol=PROTOCOL)
        with contextlib.suppress(WebSocketDisconnect):
            await _Session(socket, self._pipeline, self._viewers, self._events).serve()


class _Session:
    """One connection: its credentials and the operations that run on it."""

    def __init__(
        self, socket: WebSocket, pipeline: Pipeline, viewers: Viewers, events: Events
    ) -> None:
        self._socket = socket
        self._pipeline = pipeline
        self._viewers = viewers
        self._events = events
        self._visit = stranger(socket)
        self._token: str | None = None
        self._initialised = asyncio.Event()
        self._acknowledged = False
        self._running: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Hear messages until the connection ends."""
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                await self._hear(await self._message())
        except _Closing as closing:
            await self._socket.close(closing.code, closing.reason)
        finally:
            ending = [watching, *self._running.values()]
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)

    async def _message(self) -> Mapping[str, Any]:
        frame = await self._socket.receive()
        if frame["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(frame.get("code", 1000))
        text = frame.get("text")
        if text is None or len(text) > BODY_BYTES:
            raise _Closing(BAD_REQUEST, "Invalid message received")
        try:
            message = loaded(text.encode(errors="surrogatepass"))
        except RequestRefused:
            raise _Closing(BAD_REQUEST, "Invalid message received") from None
        if not isinstance(message, dict):
            raise _Closing(BAD_REQUEST, "Invalid message received")
        return message

    async def _hear(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"type": "connection_init", **rest}:
                await self._initialise(rest.get("payload"))
            case {"type": "ping", **rest}:
                await self._send({"type": "pong", **rest})
            case {"type": "pong"}:
                pass
            case {"type": "subscribe", "id": str(name), "payload": dict(payload)} if name:
                self._subscribe(name, payload)
            case {"type": "complete", "id": str(name)}:
                self._cancel(name)
            case _:
                raise _Closing(BAD_REQUEST, "Invalid message received")

    async def _initialise(self, payload: object) -> None:
        if self._initialised.is_set():
            raise _Closing(INIT_TWICE, "Too many initialisation requests")
        self._initialised.set()
        given = payload if isinstance(payload, dict) else {}
        named = (text for name, text in given.items() if name.lower() == "authorization")
        authorization = next(named, self._socket.headers.get("authorization"))
        try:
            self._token = bearer(authorization if isinstance(authorization, str) else None)
            self._visit = await recognised(self._visit, self._token, self._viewers)
        except RequestRefused as refusal:
            raise _Closing(FORBIDDEN, "Forbidden") from refusal
        self._acknowledged = True
        await self._send({"type": "connection_ack"})

    def _subscribe(self, name: str, payload: dict[str, Any]) -> None:
        if not self._acknowledged:
            raise _Closing(UNAUTHORIZED, "Unauthorized")
        if name in self._running:
            raise _Closing(SAME_ID, f"Subscriber for {name[:80]} already exists")
        task = asyncio.create_task(self._run(name, payload))
        self._running[name] = task
        task.add_done_callback(lambda _: self._running.pop(name, None))

    def _cancel(self, name: str) -> None:
        task = self._running.pop(name, None)
        if task is not None:
            task.cancel()

    async def _run(self, name: str, payload: dict[str, Any]) -> None:
        visit = replace(self._visit, request_id=uuid.uuid4().hex)
        try:
            ready = self._admitted(payload, visit)
            async with aclosing(self._events.of(ready, visit, self._token)) as bodies:
                async for body in bodies:
                    await self._next(name, body)
            await self._send({"id": name, "type": "complete"})
        except RequestRefused as refusal:
            errors = self._pipeline.errors(refusal, visit)
            await self._send({"id": name, "type": "error", "payload": errors})
        except WebSocketDisconnect:
            pass  # the client is gone, and its session ends with it
        except Exception as fault:  # noqa: BLE001 - a fault ends its operation, not the session
            errors = told([as_refusal(fault, visit.request_id)], visit.request_id, suggesting=False)
            await self._send({"id": name, "type": "error", "payload": errors})

    def _admitted(self, payload: dict[str, Any], visit: Visit) -> Ready:
        if len(self._running) > OPERATIONS_AT_ONCE:
            sentence = f"More than {OPERATIONS_AT_ONCE} operations run on this connection."
            raise refused(Code.RATE_LIMITED, sentence)
        asked = asked_in(payload)
        return self._pipeline.admit(self._pipeline.find(asked), asked, visit)

    async def _next(self, name: str, body: bytes) -> None:
        await self._send({"id": name, "type": "next", "payload": orjson.Fragment(body)})

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self._socket.send_text(orjson.dumps(message).decode())

    async def _watch(self) -> None:
        """End the session that says nothing at first, or whose token ends."""
        try:
            async with asyncio.timeout(INIT_SECONDS):
                await self._initialised.wait()
        except TimeoutError:
            await self._socket.close(INIT_TIMEOUT, "Connection initialisation timeout")
            return
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            if await self._token_has_ended():
                await self._socket.close(FORBIDDEN, "Forbidden")
                return

    async def _token_has_ended(self) -> bool:
        if self._token is None:
            return False
        try:
            return await self._viewers.now(self._token) is None
        except Exception as fault:  # noqa: BLE001 - while the tables are away nobody can tell
            as_refusal(fault, self._visit.request_id)
            return False
