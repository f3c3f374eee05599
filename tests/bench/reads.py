"""How fast a document is answered, beside SQL by hand, stock resolvers and PostGraphile.

All over one database, a process each but for the first three, which share one. Load comes from
`wrk`; without it this bench says so and measures nothing.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from graphql import OperationDefinitionNode, parse

from gateway.ports import free_port
from models.access.principal import viewer_of_token
from models.access.session import Session
from models.access.staff import Staff
from models.database import connect, disconnect
from models.rules.viewer import Viewer
from models.seal import KEY_BYTES, install_key
from schema import root
from schema.reads import prepare, statements
from tests.bench import reads_postgraphile
from tests.bench.load import MISSING, Rate, Shot, can_fire, rates
from tests.bench.reads_documents import COUNTED, FILTERED, FORWARD, LIST, PAGE, PREFIX, SCREEN
from tests.bench.reads_world import populate

CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS", "1000000"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
PASSWORD = "correct horse 9 Battery"
CONNECTIONS = (1, 16)
DEEPEST = 10_000
FIRST = "50 customers, 16 fields, 5 relations"

HEAD = """
| document | by | connections | answers/s | p50 ms | p95 ms | CPU ms | of SQL by hand | statements |
|---|---|---|---|---|---|---|---|---|"""


@dataclass(frozen=True, slots=True)
class Compared:
    """A document, what it is given, and which statement by hand says the same."""

    name: str
    document: str
    hand: str
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Api:
    """The server under measure, and who asks it."""

    url: str
    pid: int
    token: str
    viewer: Viewer

    def shot(self, path: str, body: Mapping[str, Any]) -> Shot:
        """A request to it."""
        return Shot(self.url + path, self.pid, body, {"Authorization": f"Bearer {self.token}"})

    def asks(self, document: str, given: Mapping[str, Any]) -> Shot:
        """A document."""
        return self.shot("/graphql", {"query": document, "variables": given})


async def main(dsn: str) -> None:
    """Measure all of it against the database at `dsn`."""
    if not can_fire():
        _say(f"{MISSING}: nothing was measured")
        return
    started = time.perf_counter()
    await populate(dsn, CUSTOMERS)
    _say(f"{CUSTOMERS} customers written in {time.perf_counter() - started:.0f} s")
    async with _served(dsn) as api:
        headers = {"Authorization": f"Bearer {api.token}"}
        async with httpx.AsyncClient(base_url=api.url, headers=headers, timeout=60) as client:
            compared = await _documents(client)
            for one in compared:
                await _same_answer(client, one)
            cursors = await _cursors(client)
        _say(HEAD)
        for one in compared:
            await _beside_hand(api, one)
        await _stock(api)
        await _pages(api, cursors)
    await _postgraphile(dsn)
    _say(f"\nin {time.perf_counter() - started:.0f} s")


async def _documents(client: httpx.AsyncClient) -> list[Compared]:
    first = (await _asked(client, LIST))["customers"]["nodes"][0]["id"]
    return [
        Compared(FIRST, LIST, "list", {}),
        Compared("the same, number begins with", FILTERED, "filtered", {"prefix": PREFIX}),
        Compared("one customer, 15 panels of 10 rows", SCREEN, "screen", {"id": first}),
        Compared("50 customers and the count of all", COUNTED, "counted", {}),
    ]


async def _beside_hand(api: Api, one: Compared) -> None:
    count = _statements(api, one)
    for connections in CONNECTIONS:
        shots = [api.asks(one.document, one.given), api.shot(f"/hand/{one.hand}", one.given)]
        ours, hand = await rates(shots, connections, SECONDS)
        share = ours.per_second / hand.per_second
        _row(one.name, "this API", connections, ours, f"{share:.2f} | {count}")
        _row("", "SQL by hand", connections, hand, "1 | 1")


async def _stock(api: Api) -> None:
    """At one connection: sixteen wait seconds for each other, and are answered no faster."""
    (rate,) = await rates([api.shot("/stock", {"query": LIST})], 1, SECONDS)
    _row(FIRST, "stock resolvers", 1, rate)


async def _postgraphile(dsn: str) -> None:
    if missing := await reads_postgraphile.why_not():
        _say(f"\nPostGraphile is left out: {missing}.")
        return
    async with reads_postgraphile.served(dsn) as (url, pid):
        shots = [Shot(url, pid, {"query": reads_postgraphile.LIST})]
        for connections in CONNECTIONS:
            (rate,) = await rates(shots, connections, SECONDS)
            _row(FIRST, "PostGraphile", connections, rate)


async def _pages(api: Api, cursors: Mapping[int, str | None]) -> None:
    shots = [api.asks(PAGE, {"after": cursor}) for cursor in cursors.values()]
    found = await rates(shots, 1, SECONDS)
    for number, rate in zip(cursors, found, strict=True):
        times = found[0].per_second / rate.per_second
        _row(f"page {number} of 50, {times:.2f} times page 1", "this API", 1, rate, " | 1")


def _row(name: str, by: str, connections: int, rate: Rate, rest: str = " | ") -> None:
    _say(
        f"| {name} | {by} | {connections} | {rate.per_second:.0f} | {rate.p50:.2f} | {rate.p95:.2f}"
        f" | {rate.cpu_milliseconds:.2f} | {rest} |"
    )


def _statements(api: Api, one: Compared) -> int:
    document = parse(one.document)
    (operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    prepared = prepare(root.build()._schema, document, operation)
    if prepared is None:
        raise RuntimeError(one.name)
    return len(statements(prepared, one.given, api.viewer))


async def _same_answer(client: httpx.AsyncClient, one: Compared) -> None:
    """Both ways must say the same, or the comparison means nothing."""
    ours = await _asked(client, one.document, one.given)
    hand = (await client.post(f"/hand/{one.hand}", json=one.given)).json()["data"]
    if ours != hand:
        message = f"{one.name}: the API says {str(ours)[:2000]}, SQL by hand {str(hand)[:2000]}"
        raise RuntimeError(message)


async def _asked(
    client: httpx.AsyncClient, query: str, given: Mapping[str, Any] | None = None
) -> Any:
    response = await client.post("/graphql", json={"query": query, "variables": given or {}})
    body = response.json()
    if body.get("errors"):
        raise RuntimeError(body["errors"])
    return body["data"]


async def _cursors(client: httpx.AsyncClient) -> dict[int, str | None]:
    """The cursors before page 1 and a deep page, by walking there a hundred at a time."""
    pages = min(DEEPEST, CUSTOMERS // 100)
    cursor: str | None = None
    for _ in range(pages * 50 // 100 - 1):
        page = (await _asked(client, FORWARD, {"after": cursor}))["customers"]
        cursor = page["pageInfo"]["endCursor"]
    return {1: None, pages: cursor}


@asynccontextmanager
async def _served(dsn: str) -> AsyncIterator[Api]:
    token, viewer = await _signed_in(dsn)
    port = free_port()
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.reads_server", dsn, str(port)
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await _answering(url)
        yield Api(url, server.pid, token, viewer)
    finally:
        if server.returncode is None:
            server.terminate()
        await server.wait()


async def _signed_in(dsn: str) -> tuple[str, Viewer]:
    install_key(b"k" * KEY_BYTES)
    await connect(dsn, pool_size=1, read_pool_size=1)
    try:
        await Staff.bootstrap("bench@house.example", PASSWORD)
        token = (await Session.open("bench@house.example", PASSWORD, "127.0.0.1", "bench")).token
        viewer = await viewer_of_token(token)
    finally:
        await disconnect()
    if viewer is None:
        message = "the session is nobody's"
        raise RuntimeError(message)
    return token, viewer


async def _answering(url: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(300):
            try:
                await client.get(f"{url}/graphql")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return
    raise RuntimeError("the server does not answer")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
