"""What answers at a switch's address and is none: silence, garbage, a refusal, half an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from activities.registrars import event_socket as event_socket_module
from activities.registrars import kamailio as kamailio_module
from activities.registrars import sip_probe
from activities.registrars.event_socket import Command, event_socket
from activities.registrars.kamailio import kamailio
from activities.registrars.port import Login, Unreached, Verdict
from tests.people import install_key

LOGIN = Login(str(uuid4()), "desk", "sip.example")
GREETING = b"Content-Type: auth/request\n\n"
ACCEPTED = b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n"

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    install_key()
    for module in (event_socket_module, sip_probe):
        monkeypatch.setattr(module, "DEADLINE_SECONDS", 0.3)


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[int]:
    async def talked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(talked, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def saying(*pieces: bytes) -> Talk:
    """Says each piece, after having read a request for every one but the first."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for at, piece in enumerate(pieces):
            if at:
                await reader.readuntil(b"\n\n")
            writer.write(piece)
        await reader.read()

    return talk


async def said_to(port: int) -> str:
    async with event_socket("127.0.0.1", port, "word") as connection:
        return await connection.api(Command("status"), 0.3)


@pytest.mark.parametrize(
    "pieces",
    [
        (b"",),
        (b"SSH-2.0-OpenSSH_9\r\n\n\n",),
        (b"HTTP/1.1 400 Bad Request\n\n",),
        (b"Content-Type: text/rude-rejection\n\n",),
        (GREETING, b"Content-Type: command/reply\nReply-Text: -ERR invalid\n\n"),
        (GREETING, ACCEPTED, b""),
        (GREETING, ACCEPTED, b"Content-Type: text/disconnect-notice\nContent-Length: 0\n\n"),
        (GREETING, ACCEPTED, b"Content-Type: api/response\nContent-Length: 99\n\nshort"),
        (GREETING, ACCEPTED, b"Content-Type: api/response\nContent-Length: many\n\n"),
        (GREETING, ACCEPTED, b"Content-Type: api/response\nContent-Length: 99999999999\n\n"),
        (GREETING, ACCEPTED, b"x" * 200_000),
    ],
)
async def test_what_is_no_event_socket_is_not_reached(pieces: tuple[bytes, ...]) -> None:
    async with talking(saying(*pieces)) as port:
        async with asyncio.timeout(3):
            with pytest.raises(Unreached):
                await said_to(port)


async def test_events_between_question_and_answer_are_passed_over() -> None:
    event = b"Content-Type: text/event-plain\nContent-Length: 5\n\nevent"
    answer = b"Content-Type: api/response\nContent-Length: 3\n\n+OK"
    async with talking(saying(GREETING, ACCEPTED, event + answer)) as port:
        assert await said_to(port) == "+OK"


async def no_pace() -> None:
    """At once."""


@asynccontextmanager
async def rpc(status: int, body: bytes) -> AsyncIterator[Any]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    async with (
        talking(talk) as port,
        kamailio(f"http://127.0.0.1:{port}/RPC", "token", no_pace) as registrar,
    ):
        yield registrar


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>"), (401, b""), (200, b"[]"), (200, b"{}"), (200, b'"x"'), (500, b"\xff")],
)
async def test_what_is_no_json_rpc_is_not_reached(status: int, body: bytes) -> None:
    async with rpc(status, body) as registrar:
        assert (await registrar.drop_contacts(LOGIN)).verdict is Verdict.UNREACHABLE
        with pytest.raises(Unreached):
            await registrar.contacts(LOGIN)


@pytest.mark.parametrize(
    "result",
    [{"a": 1}, [1], ["x"], "x", [{"h_id": 1}], [{"h_entry": "x", "h_id": None}], 7],
)
async def test_calls_listed_in_another_form_are_not_said_to_have_ended(result: Any) -> None:
    async with rpc(200, json.dumps({"result": result}).encode()) as registrar:
        assert (await registrar.end_calls(LOGIN)).verdict is Verdict.UNREACHABLE


@pytest.mark.parametrize(
    ("question", "result"),
    [
        ("sip_addresses", [{"socket": {"proto": "udp"}}]),
        ("sip_addresses", [{"socket": ["udp"]}]),
        ("registrations", {"Domains": [{"Domain": []}]}),
        ("registrations", {"Domains": [{"Domain": {"AoRs": [{"Info": "x"}]}}]}),
        ("registrations", {"Domains": [{"Domain": {"AoRs": [{"Info": {"Contacts": [{}]}}]}}]}),
        ("registrations", ["x"]),
    ],
)
async def test_a_list_of_another_form_is_no_answer(question: str, result: Any) -> None:
    async with rpc(200, json.dumps({"result": result}).encode()) as registrar:
        with pytest.raises(Unreached, match="not understood"):
            await getattr(registrar, question)()


@pytest.mark.parametrize(
    ("told", "asked"),
    [("::", "127.0.0.1"), ("2001:db8::1", "[2001:db8::1]")],
)
async def test_who_listens_everywhere_is_asked_where_it_is_told_things(
    told: str, asked: str
) -> None:
    result = [{"socket": {"proto": "udp", "ipaddress": told, "port": "5060"}}]
    async with rpc(200, json.dumps({"result": result}).encode()) as registrar:
        assert await registrar.sip_addresses() == [f"{asked}:5060/udp"]


@pytest.mark.parametrize("result", [{"Contacts": [{"Contact": "x"}]}, {"Contacts": [{}]}, ["x"]])
async def test_contacts_of_another_form_are_not_said_to_be_gone(result: Any) -> None:
    async with rpc(200, json.dumps({"result": result}).encode()) as registrar:
        with pytest.raises(Unreached, match="not understood"):
            await registrar.contacts(LOGIN)


async def test_a_refusal_of_an_rpc_is_read_from_its_body() -> None:
    unknown = json.dumps({"error": {"code": 500, "message": "AOR not found in location table"}})
    async with rpc(500, unknown.encode()) as registrar:
        assert await registrar.contacts(LOGIN) == []
        assert (await registrar.drop_contacts(LOGIN)).verdict is Verdict.NOTHING_THERE
    broken = json.dumps({"error": {"code": 500, "message": "internal error"}})
    async with rpc(500, broken.encode()) as registrar:
        outcome = await registrar.drop_contacts(LOGIN)
        assert (outcome.verdict, outcome.words) == (Verdict.REJECTED, "internal error")
        with pytest.raises(Unreached):
            await registrar.contacts(LOGIN)


async def test_a_silent_rpc_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kamailio_module.Kamailio._asked, "__kwdefaults__", {"seconds": 0.2})
    async with (
        talking(saying(b"")) as port,
        kamailio(f"http://127.0.0.1:{port}/RPC", None, no_pace) as registrar,
    ):
        assert (await registrar.health()).verdict is Verdict.UNREACHABLE


@pytest.mark.parametrize("address", ["", "nowhere", "127.0.0.1:5060", "127.0.0.1:5060/tcp"])
async def test_a_probe_goes_nowhere_but_to_a_datagram_address(address: str) -> None:
    with pytest.raises(Unreached):
        await sip_probe.probe(address, LOGIN, "0" * 32)


async def test_a_probe_of_a_silent_address_is_not_waited_for() -> None:
    loop = asyncio.get_running_loop()
    silent, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )
    try:
        port = silent.get_extra_info("sockname")[1]
        with pytest.raises(Unreached, match="no SIP answer"):
            await sip_probe.probe(f"127.0.0.1:{port}/udp", LOGIN, "0" * 32)
    finally:
        silent.close()
