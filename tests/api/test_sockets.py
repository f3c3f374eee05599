"""graphql-transport-ws: the conversation, and what ends an operation or the connection."""

import pytest

from tests.api.playground import Playground
from tests.api.socket import Closed, connected


async def test_a_query_is_answered_and_completed(playground: Playground) -> None:
    async with connected(playground.application()) as socket:
        await socket.open()
        await socket.subscribe("1", "query($n: String!){hello(name: $n)}", n="x")
        answer = await socket.hear()
        assert (answer["id"], answer["type"]) == ("1", "next")
        assert answer["payload"]["data"] == {"hello": "Hello, x"}
        assert await socket.hear() == {"id": "1", "type": "complete"}


@pytest.mark.parametrize("member", ["Authorization", "authorization"])
async def test_the_token_may_come_with_the_introduction(
    playground: Playground, member: str
) -> None:
    async with connected(playground.application()) as socket:
        await socket.open(**{member: "Bearer ada"})
        await socket.subscribe("1", "{me}")
        assert (await socket.hear())["payload"]["data"] == {"me": "Ada"}


async def test_the_token_may_come_with_the_handshake(playground: Playground) -> None:
    async with connected(playground.application(), token="bob") as socket:
        await socket.open()
        await socket.subscribe("1", "{me}")
        assert (await socket.hear())["payload"]["data"] == {"me": "Bob"}


async def test_a_token_that_is_nobody_s_ends_the_connection(playground: Playground) -> None:
    async with connected(playground.application()) as socket:
        await socket.say({"type": "connection_init", "payload": {"Authorization": "Bearer eve"}})
        with pytest.raises(Closed, match="4403"):
            await socket.hear()


@pytest.mark.parametrize("query", ["{", "{nothing}", "{me}", "{pets(first:101){totalCount}}"])
async def test_a_refused_operation_ends_alone(playground: Playground, query: str) -> None:
    async with connected(playground.application()) as socket:
        await socket.open()
        await socket.subscribe("1", query)
        refused = await socket.hear()
        assert (refused["id"], refused["type"]) == ("1", "error")
        assert refused["payload"][0]["extensions"]["code"]
        await socket.subscribe("1", "{hello}")
        assert (await socket.hear())["payload"]["data"]


async def test_a_ping_is_answered_with_what_it_carried(playground: Playground) -> None:
    async with connected(playground.application()) as socket:
        await socket.say({"type": "ping", "payload": {"a": 1}})
        assert await socket.hear() == {"type": "pong", "payload": {"a": 1}}
        await socket.say({"type": "pong"})
        await socket.open()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "1",
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{hello}"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{hello}"}}',
        '{"type": "start", "id": "1"}',
        '{"id": "1"}',
        "[" * 10_000,
        '"' + "x" * (1 << 20) + '"',
    ],
)
async def test_what_is_no_message_ends_the_connection(playground: Playground, text: str) -> None:
    async with connected(playground.application()) as socket:
        await socket.open()
        await socket.say_text(text)
        with pytest.raises(Closed, match="4400"):
            await socket.hear()


async def test_nothing_is_answered_before_the_introduction(playground: Playground) -> None:
    async with connected(playground.application()) as socket:
        await socket.subscribe("1", "{hello}")
        with pytest.raises(Closed, match="4401"):
            await socket.hear()


async def test_one_introduction_is_enough(playground: Playground) -> None:
    async with connected(playground.application()) as socket:
        await socket.open()
        await socket.say({"type": "connection_init"})
        with pytest.raises(Closed, match="4429"):
            await socket.hear()


async def test_who_does_not_introduce_itself_is_not_waited_for(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.graphql.sockets.INIT_SECONDS", 0.05)
    async with connected(playground.application()) as socket:
        with pytest.raises(Closed, match="4408"):
            await socket.hear()


@pytest.mark.parametrize("protocols", [(), ("graphql-ws",)])
async def test_the_legacy_protocol_is_not_spoken(
    playground: Playground, protocols: tuple[str, ...]
) -> None:
    async with connected(playground.application(), protocols=protocols) as socket:
        with pytest.raises(Closed, match="4406"):
            await socket.hear()


async def test_a_connection_ends_with_its_token(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.graphql.sockets.RECHECK_SECONDS", 0.05)
    async with connected(playground.application(), token="ada") as socket:
        await socket.open()
        del playground.tokens["ada"]
        with pytest.raises(Closed, match="4403"):
            await socket.hear()
