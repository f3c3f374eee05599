"""The listener as a web application: what it answers, and what keeps it awake meanwhile.

Every route but health and measures stands behind the door.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.directory.away import Away
from gateway.directory.calls import CallDecisions
from gateway.directory.cdrs import Cdrs
from gateway.directory.database import Database
from gateway.directory.door import Door
from gateway.directory.listening import Ear, listen
from gateway.directory.lookups import Lookups
from gateway.directory.memory import Memory
from gateway.directory.nodes import NodeBook
from gateway.directory.pauses import look_wholly
from gateway.directory.pins import Pins
from gateway.directory.refusals import Refusals
from gateway.settings import Settings, part_settings
from models.database import connect, disconnect
from models.switch.directory import CHANNEL_DEVICES, CHANNEL_NODES
from models.switch.node import NodeLogin, mark_seen, node_logins

CDR_SECONDS = 10.0  # for one post of calls: the switch waits with the next one, nobody's call does
CDR_CONNECTIONS = 3  # batches are taken in one after the other; refusals are written by the way
SEEN_SECONDS = 10.0  # how often `last_seen_at` of the nodes is written


def application(settings: Settings | None = None) -> Starlette:
    """The listener, connecting to the database as these settings (else this process's) say."""
    settings = settings or part_settings()
    listener = Listener(settings.needed_database_url, settings.directory_cache_milliseconds)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await connect(listener.database.dsn, pool_size=CDR_CONNECTIONS, read_pool_size=0)
        async with listener.lifespan(app):
            yield
        await disconnect()

    return Starlette(routes=listener.routes(), lifespan=lifespan)


class Listener:
    """Everything behind the routes, for one process."""

    def __init__(self, dsn: str, cacheable_milliseconds: int) -> None:
        self.database = Database(dsn)
        self.memory = Memory()
        self.nodes = NodeBook(self._node_logins)
        self.door = Door(self.nodes)
        self._cdrs = Cdrs()
        self._refusals = Refusals()
        self._lookups = Lookups(self.database, self.memory, self._refusals, cacheable_milliseconds)

    def routes(self) -> list[Route]:
        """What switches may ask."""
        calls, pins, guarding = (
            CallDecisions(self.database),
            Pins(self.database),
            self.door.guarding,
        )
        return [
            Route("/fs/directory", guarding("lookup", self._lookups.answer), methods=["POST"]),
            Route("/call-decision", guarding("call_decision", calls.answer), methods=["GET"]),
            Route("/pin", guarding("pin", pins.account), methods=["POST"]),
            Route("/voicemail-pin", guarding("voicemail_pin", pins.mailbox), methods=["POST"]),
            Route("/cdrs", guarding("cdrs", self._cdrs.answer, CDR_SECONDS), methods=["POST"]),
            Route("/healthz", _healthz, methods=["GET"]),
            Route("/metrics", _metrics, methods=["GET"]),
        ]

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Connections and background work for as long as the listener runs."""
        ear = Ear((CHANNEL_DEVICES, CHANNEL_NODES), self._heard, self._opened, self._closed)
        async with self.database.open():
            work = (
                listen(self.database.dsn, ear),
                self._mark_seen(),
                self._cdrs.work(),
                self._refusals.work(),
                look_wholly(),
            )
            tasks = [asyncio.create_task(each) for each in work]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _node_logins(self) -> Mapping[str, NodeLogin] | None:
        try:
            return await self.database.read(node_logins)
        except Away:
            return None

    async def _mark_seen(self) -> None:
        while True:
            await asyncio.sleep(SEEN_SECONDS)
            seen, self.door.seen = self.door.seen, set()
            if seen:
                try:
                    await self.database.read(partial(mark_seen, node_ids=seen))
                except Away:
                    self.door.seen |= seen

    def _heard(self, channel: str, payload: str) -> None:
        if channel == CHANNEL_NODES:
            self.nodes.drop()
        else:
            realm, _, username = payload.partition(" ")
            self.memory.drop((realm, username) if username else None)

    def _opened(self) -> None:
        self.memory.drop(None)  # words may have been missed
        self.memory.attentive = True
        self.nodes.drop()

    def _closed(self) -> None:
        self.memory.attentive = False


async def _healthz(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _metrics(_: Request) -> Response:
    return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)
