"""Subscriptions over both transports: woken by the database, read with the viewer's eyes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from starlette.types import ASGIApp

from schema.scalars import global_id
from tests.api.playground import Playground
from tests.api.socket import LONGEST_WAIT_SECONDS, Socket, connected

QUERY = "subscription($id: ID!){petChanged(id: $id){name}}"


class Pets:
    """Rows that tell when they change."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def make(self, name: str) -> UUID:
        row_id = uuid4()
        await self._connection.execute("INSERT INTO pets VALUES ($1, $2)", row_id, name)
        return row_id

    async def rename(self, row_id: UUID, *names: str) -> None:
        for name in names:
            await self._connection.execute("UPDATE pets SET name = $2 WHERE id = $1", row_id, name)
            await self._connection.execute("SELECT pg_notify('pets', $1)", str(row_id))

    async def remove(self, row_id: UUID) -> None:
        await self._connection.execute("DELETE FROM pets WHERE id = $1", row_id)
        await self._connection.execute("SELECT pg_notify('pets', $1)", str(row_id))

    async def cut_listeners(self) -> None:
        """End every other connection that listens."""
        await self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )


@pytest.fixture
async def pets(database: str) -> AsyncIterator[Pets]:
    connection = await asyncpg.connect(database)
    await connection.execute("CREATE TABLE pets (id uuid PRIMARY KEY, name text)")
    yield Pets(connection)
    await connection.close()


@pytest.fixture
async def zoo(database: str) -> AsyncIterator[Playground]:
    """One that listens to the database."""
    playground = Playground(dsn=database)
    listening = asyncio.create_task(playground.wakeups.run())
    yield playground
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def follow(socket: Socket, row_id: UUID, name: str = "1") -> None:
    await socket.subscribe(name, QUERY, id=global_id("Pet", row_id))


async def name_heard(socket: Socket) -> str:
    message = await socket.hear()
    assert message["type"] == "next"
    return str(message["payload"]["data"]["petChanged"]["name"])


async def test_the_present_state_comes_first_and_then_each_change(
    zoo: Playground, pets: Pets
) -> None:
    row_id = await pets.make("Rex")
    async with connected(zoo.application(), token="ada") as socket:
        await socket.open()
        await follow(socket, row_id)
        assert await name_heard(socket) == "Rex"
        await pets.rename(row_id, "Max")
        assert await name_heard(socket) == "Max"


async def test_it_completes_when_there_is_nothing_more_to_wait_for(
    zoo: Playground, pets: Pets
) -> None:
    row_id = await pets.make("Rex")
    async with connected(zoo.application(), token="ada") as socket:
        await socket.open()
        await follow(socket, row_id)
        assert await name_heard(socket) == "Rex"
        await pets.rename(row_id, "last")
        assert await name_heard(socket) == "last"
        assert await socket.hear() == {"id": "1", "type": "complete"}


async def test_a_change_of_another_row_says_nothing(zoo: Playground, pets: Pets) -> None:
    row_id, other = await pets.make("Rex"), await pets.make("Tom")
    async with connected(zoo.application(), token="ada") as socket:
        await socket.open()
        await follow(socket, row_id)
        assert await name_heard(socket) == "Rex"
        await pets.rename(other, "Kit")
        await pets.rename(row_id, "Max")
        assert await name_heard(socket) == "Max"


async def test_of_many_changes_the_latest_is_told(zoo: Playground, pets: Pets) -> None:
    row_id = await pets.make("Rex")
    async with connected(zoo.application(), token="ada") as socket:
        await socket.open()
        await follow(socket, row_id)
        await pets.rename(row_id, *(f"name {n}" for n in range(100)))
        heard = [await name_heard(socket)]
        while heard[-1] != "name 99":
            heard.append(await name_heard(socket))
    assert len(heard) < 100


@pytest.mark.usefixtures("pets")
async def test_what_is_not_there_ends_with_an_error(zoo: Playground) -> None:
    async with connected(zoo.application(), token="ada") as socket:
        await socket.open()
        await follow(socket, uuid4())
        refused = await socket.hear()
        assert refused["payload"]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert refused["payload"]["data"] is None
        assert (await socket.hear())["type"] == "complete"


async def test_what_is_removed_ends_its_subscription(zoo: Playground, pets: Pets) -> None:
    row_id = await pets.make("Rex")
    async with connected(zoo.application(), token="ada") as socket:
        await socket.open()
        await follow(socket, row_id)
        assert await name_heard(socket) == "Rex"
        await pets.remove(row_id)
        assert (await socket.hear())["payload"]["data"] is None
        assert (await socket.hear())["type"] == "complete"


async def test_it_ends_when_the_token_does(zoo: Playground, pets: Pets) -> None:
    row_id = await pets.make("Rex")
    async with connected(zoo.application(), token="ada") as socket:
        await socket.open()
        await follow(socket, row_id)
        assert await name_heard(socket) == "Rex"
        del zoo.tokens["ada"]
        await pets.rename(row_id, "Max")
        refused = await socket.hear()
        assert refused["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await socket.hear())["type"] == "complete"


async def test_it_ends_when_the_permission_does(zoo: Playground, pets: Pets) -> None:
    row_id = await pets.make("Rex")
    async with connected(zoo.application(), token="ada") as socket:
        await socket.open()
        await follow(socket, row_id)
        assert await name_heard(socket) == "Rex"
        zoo.tokens["ada"] = zoo.tokens["bob"]
        await pets.rename(row_id, "Max")
        refused = await socket.hear()
        assert refused["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_without_the_permission_it_does_not_begin(zoo: Playground, pets: Pets) -> None:
    row_id = await pets.make("Rex")
    async with connected(zoo.application(), token="bob") as socket:
        await socket.open()
        await follow(socket, row_id)
        refused = await socket.hear()
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == (
            "error",
            "FORBIDDEN",
        )


async def test_a_completed_subscription_is_quiet(zoo: Playground, pets: Pets) -> None:
    row_id = await pets.make("Rex")
    async with connected(zoo.application(), token="ada") as socket:
        await socket.open()
        await follow(socket, row_id)
        assert await name_heard(socket) == "Rex"
        await socket.say({"type": "complete", "id": "1"})
        await pets.rename(row_id, "Max")
        await socket.subscribe("2", "{hello}")
        assert (await socket.hear())["id"] == "2"


async def test_one_name_is_one_subscription(zoo: Playground, pets: Pets) -> None:
    row_id = await pets.make("Rex")
    async with connected(zoo.application(), token="ada") as socket:
        await socket.open()
        await follow(socket, row_id)
        assert await name_heard(socket) == "Rex"
        await follow(socket, row_id)
        with pytest.raises(Exception, match="4409"):
            await socket.hear()


async def test_a_gap_in_listening_is_made_up_for(zoo: Playground, pets: Pets) -> None:
    row_id = await pets.make("Rex")
    async with connected(zoo.application(), token="ada") as socket:
        await socket.open()
        await follow(socket, row_id)
        assert await name_heard(socket) == "Rex"
        await pets.cut_listeners()
        await pets.rename(row_id, "Max")
        assert await name_heard(socket) == "Max"
        await pets.rename(row_id, "Bo")
        assert await name_heard(socket) == "Bo"


async def test_an_event_stream_follows_to_the_end(zoo: Playground, pets: Pets) -> None:
    row_id = await pets.make("Rex")
    async with streamed(zoo.application(), QUERY, id=global_id("Pet", row_id)) as heard:
        assert await anext(heard) == ("next", {"petChanged": {"name": "Rex"}})
        await pets.rename(row_id, "last")
        assert await anext(heard) == ("next", {"petChanged": {"name": "last"}})
        assert await anext(heard) == ("complete", None)


async def test_an_event_stream_answers_a_query_too(zoo: Playground) -> None:
    async with streamed(zoo.application(), "{hello}") as heard:
        assert await anext(heard) == ("next", {"hello": "Hello, you"})
        assert await anext(heard) == ("complete", None)


async def test_a_silent_stream_breathes(
    zoo: Playground, pets: Pets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.graphql.streams.SILENCE_SECONDS", 0.05)
    row_id = await pets.make("Rex")
    async with streamed(zoo.application(), QUERY, id=global_id("Pet", row_id)) as heard:
        assert (await anext(heard))[0] == "next"
        assert await anext(heard) == ("", None)


async def test_whoever_leaves_a_stream_is_not_followed_any_more(
    zoo: Playground, pets: Pets
) -> None:
    row_id = await pets.make("Rex")
    async with streamed(zoo.application(), QUERY, id=global_id("Pet", row_id)) as heard:
        await anext(heard)
        assert zoo.wakeups.followers == 1
    assert zoo.wakeups.followers == 0


@asynccontextmanager
async def streamed(
    application: ASGIApp, query: str, **variables: Any
) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    """The events of one request with `Accept: text/event-stream`, and the client's departure."""
    chunks: asyncio.Queue[Any] = asyncio.Queue()
    arriving: asyncio.Queue[Any] = asyncio.Queue()
    body = orjson.dumps({"query": query, "variables": variables})
    await arriving.put({"type": "http.request", "body": body, "more_body": False})
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "method": "POST",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"content-type", b"application/json"),
            (b"accept", b"text/event-stream"),
            (b"authorization", b"Bearer ada"),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("api", 80),
        "scheme": "http",
        "http_version": "1.1",
    }

    async def events() -> AsyncIterator[tuple[str, Any]]:
        while True:
            chunk = await asyncio.wait_for(chunks.get(), LONGEST_WAIT_SECONDS)
            if chunk["type"] == "http.response.start":
                assert (b"content-type", b"text/event-stream; charset=utf-8") in chunk["headers"]
                continue
            text = chunk["body"].decode()
            lines = dict(line.split(": ", 1) for line in text.split("\n") if ": " in line)
            yield lines.get("event", ""), lines.get("data") and orjson.loads(lines["data"])["data"]

    request = asyncio.ensure_future(application(scope, arriving.get, chunks.put))
    yield events()
    await arriving.put({"type": "http.disconnect"})
    await asyncio.wait_for(request, LONGEST_WAIT_SECONDS)
