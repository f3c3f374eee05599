"""How a question finds its answer: memory, then one row, then what was known last.

Every way to the database has a deadline; a profile of FreeSWITCH waits for each look-up in turn.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias, TypeVar, cast
from uuid import UUID

import asyncpg

from gateway.directory import answers
from gateway.directory.away import SILENCE, Away
from gateway.directory.form import Asked, Question
from gateway.directory.listening import Ear, listen
from gateway.directory.memory import Login, Memory
from gateway.directory.nodes import NodeBook
from models.switch import directory
from models.switch.directory import CHANNEL_DEVICES, CHANNEL_NODES, IP_LOGIN, DeviceEntry
from models.switch.node import NodeLogin, mark_seen, node_logins

POOL_SIZE = 8  # a row takes a quarter of a millisecond: more would only queue at the database
DEADLINE_SECONDS = 0.4  # for one row; the whole answer has half a second
FAILURES = 3  # in a row, after which answers come from memory without waiting, for this long:
REST_SECONDS = 1.0
SEEN_SECONDS = 10.0  # how often `last_seen_at` of the nodes is written

Row = TypeVar("Row")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

logger = logging.getLogger(__name__)


class Lookups:
    """The one owner of the listener's connections and of what it remembers."""

    def __init__(self, dsn: str, cacheable_milliseconds: int) -> None:
        self._dsn = dsn
        self._cacheable_milliseconds = cacheable_milliseconds
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._failures = 0
        self._rest_until = 0.0
        self._seen: set[UUID] = set()
        self.memory = Memory()
        self.nodes = NodeBook(self._node_logins)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Connections and background work for as long as the listener runs."""
        ear = Ear((CHANNEL_DEVICES, CHANNEL_NODES), self._heard, self._opened, self._closed)
        async with await directory.open_pool(self._dsn, size=POOL_SIZE) as pool:
            self._pool = pool
            tasks = [asyncio.create_task(listen(self._dsn, ear))]
            tasks.append(asyncio.create_task(self._mark_seen()))
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def answer(self, asked: Asked, node: NodeLogin) -> str:
        """The document for a question. Raises Away."""
        self._seen.add(node.id)
        match asked.question:
            case Question.NOTHING:
                return answers.NOT_FOUND
            case Question.NETWORKS:
                listed = await self._read(
                    lambda connection: directory.networks_of(connection, asked.realm)
                )
                return answers.networks(asked.realm, listed)
            case Question.REACH if asked.user.startswith(IP_LOGIN):
                return await self._from_network(asked)
        device = await self._device((asked.realm, asked.user))
        return answers.NOT_FOUND if device is None else self._written(asked.question, device)

    def _written(self, question: Question, device: DeviceEntry) -> str:
        if question is Question.SIGN_IN:
            return answers.signing_in(device, self._cacheable_milliseconds)
        if question is Question.MAILBOX:
            return answers.mailbox(device)
        return answers.reachable(device)

    async def _device(self, login: Login) -> DeviceEntry | None:
        fresh = self.memory.fresh(login)
        if fresh is not None:
            return fresh
        words = self.memory.words
        try:
            entry = await self._read(lambda connection: directory.device_entry(connection, *login))
        except Away:
            known = self.memory.last_known(login)
            if known is None:
                raise
            return known
        self.memory.keep(login, entry, words)
        return entry

    async def _from_network(self, asked: Asked) -> str:
        try:
            account_id = UUID(asked.user.removeprefix(IP_LOGIN))
        except ValueError:
            # Any device may have such a name: only the house's own is an account's.
            device = await self._device((asked.realm, asked.user))
            return answers.NOT_FOUND if device is None else answers.reachable(device)
        account = await self._read(
            lambda connection: directory.ip_account(connection, asked.realm, account_id)
        )
        return answers.NOT_FOUND if account is None else answers.from_network(account, asked.realm)

    async def _read(self, row: Callable[[Connection], Awaitable[Row]]) -> Row:
        if self._pool is None or time.monotonic() < self._rest_until:
            raise Away
        try:
            async with asyncio.timeout(DEADLINE_SECONDS), self._pool.acquire() as connection:
                found = await row(cast("Connection", connection))
        except SILENCE as away:
            self._failed(away)
            raise Away from away
        self._failures = 0
        return found

    def _failed(self, away: BaseException) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self._rest_until = time.monotonic() + REST_SECONDS
        logger.warning("the database does not answer", extra={"reason": repr(away)})

    async def _node_logins(self) -> Mapping[str, NodeLogin] | None:
        try:
            return await self._read(node_logins)
        except Away:
            return None

    async def _mark_seen(self) -> None:
        while True:
            await asyncio.sleep(SEEN_SECONDS)
            seen, self._seen = self._seen, set()
            if seen:
                try:
                    await self._read(partial(mark_seen, node_ids=seen))
                except Away:
                    self._seen |= seen

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
