"""Reports of calls as switches post them: connections that stay open, one post after the other."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from models.switch.node import SwitchNode
from tests.bench.markdown import Table, rate
from tests.listener import PASSWORD, USER
from tests.scenario.listener_process import listener_process

# How many connections, and calls in a post: FreeSWITCH posts each call by itself.
SHAPES = ((16, 1), (256, 1), (8, 100))
CALLS = 12_800
START = datetime(2026, 3, 1, tzinfo=UTC)


async def measure_posts(table: Table, dsn: str, accounts: Sequence[UUID]) -> None:
    """Add rows of what one listener takes in; the models are connected to the same database."""
    await SwitchNode.first_credentials(USER, PASSWORD)
    async with listener_process(dsn) as listener:
        for connections, at_once in SHAPES:
            posts = _posts(accounts, at_once, listener.port)
            share = len(posts) // connections
            parts = [posts[share * n : share * (n + 1)] for n in range(connections)]
            reporting = partial(_reported, listener.port, parts)
            calls, before = share * connections * at_once, listener.processor_seconds()
            taken = await rate(calls, reporting)
            each = (listener.processor_seconds() - before) / calls * 1_000_000
            name = f"calls through POST /cdrs, {at_once} in a post, {connections} connections"
            beside = f"{each:,.0f} microseconds of the listener's processor each"
            table.add(name, f"{taken:,.0f}/s", "2,000/s", beside)


async def _reported(port: int, parts: Sequence[Sequence[bytes]]) -> None:
    await asyncio.gather(*(_report(port, part) for part in parts))


async def _report(port: int, posts: Sequence[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for post in posts:
        writer.write(post)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        await reader.readexactly(int(length))
    writer.close()


def _posts(accounts: Sequence[UUID], at_once: int, port: int) -> list[bytes]:
    login = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    posts = []
    for first in range(0, CALLS, at_once):
        calls = [_call(accounts[n % len(accounts)], n) for n in range(first, first + at_once)]
        body = json.dumps(calls)
        posts.append(
            f"POST /cdrs HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Basic {login}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
    return posts


def _call(account_id: UUID, n: int) -> dict[str, Any]:
    return {
        "uniqueId": str(uuid4()),
        "accountId": str(account_id),
        "calledNumber": "15551234",
        "startedAt": (START + timedelta(minutes=n)).isoformat(),
        "billableSeconds": 60,
        "debit": "0.05",
    }
