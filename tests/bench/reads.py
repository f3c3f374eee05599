"""How fast a document is answered, beside SQL by hand and stock resolvers in the same server.

Load comes from `wrk` (Debian package `wrk`); without it this bench says so and measures nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from gateway.ports import free_port
from models.access.session import Session
from models.access.staff import Staff
from models.database import connect, disconnect
from models.seal import KEY_BYTES, install_key
from tests.bench.reads_world import populate

CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS", "1000000"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "6"))
PASSWORD = "correct horse 9 Battery"

_CUSTOMER = """id number kind type status firstName lastName company email phone concurrentCalls
    timeZone createdAt expiresAt balance { amount currencyCode } creditLimit { amount currencyCode }
    rateGroup { name } reseller { number company } localization { name }
    sipDevices(first: 5) { nodes { username status } } dids(first: 5) { nodes { number } }"""
LIST = f"{{ customers(first: 50) {{ nodes {{ {_CUSTOMER} }} }} }}"
FILTERED = f"""query($prefix: String!) {{
    customers(first: 50, where: {{number: {{startsWith: $prefix}}}}) {{
        nodes {{ {_CUSTOMER} }} }} }}"""
SCREEN = """query($id: ID!) { customer(id: $id) { id number firstName balance { amount }
    sipDevices(first: 10) { nodes { username } } ipSettings(first: 10) { nodes { network } }
    callerIds(first: 10) { nodes { number } } forceCallerId { number }
    dids(first: 10) { nodes { number } } products(first: 10) { nodes { quantity } }
    speedDials { key number } blockedCodes(first: 10) { nodes { prefix } }
    alertThreshold { enabled } invoices(first: 10) { nodes { number } }
    refills(first: 10) { nodes { method } } charges(first: 10) { nodes { kind } }
    cdrs(first: 10) { nodes { uniqueId } } emails(first: 10) { nodes { subject } } } }"""
PAGE = """query($after: Cursor) { customers(first: 50, after: $after) {
    nodes { id number balance { amount } } pageInfo { endCursor } } }"""


@dataclass(frozen=True, slots=True)
class Shot:
    """One kind of request that is fired again and again."""

    name: str
    path: str
    body: dict[str, Any]


async def main(dsn: str) -> None:
    """Measure all of it against the database at `dsn`."""
    if shutil.which("wrk") is None:
        _say("wrk is not installed (Debian package wrk): nothing was measured")
        return
    started = time.perf_counter()
    await populate(dsn, CUSTOMERS)
    _say(f"{CUSTOMERS} customers written in {time.perf_counter() - started:.0f} s")
    token = await _signed_in(dsn)
    port = free_port()
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.reads_server", dsn, str(port)
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await _answering(url)
        await _compare(url, token, server)
    finally:
        if server.returncode is None:
            server.terminate()
        await server.wait()


async def _compare(url: str, token: str, server: Process) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        await _same_answer(client)
        customer = (await _asked(client, LIST))["customers"]["nodes"][0]["id"]
        cursors = await _deep_cursors(client)
    api = [
        Shot("list of 50, 16 fields, 5 relations", "/graphql", {"query": LIST}),
        Shot(
            "the same, filtered by prefix",
            "/graphql",
            {"query": FILTERED, "variables": {"prefix": "40001"}},
        ),
        Shot(
            "one customer, all panels", "/graphql", {"query": SCREEN, "variables": {"id": customer}}
        ),
    ]
    hand = [
        Shot("by hand: list of 50", "/hand/list", {}),
        Shot("by hand: filtered", "/hand/filtered?prefix=40001", {}),
    ]
    stock = Shot("stock resolvers: list of 50", "/stock", {"query": LIST})
    slow = await _rate(url, token, stock, 1, server.pid)
    for connections in (1, 16):
        rates = {
            shot.name: await _rate(url, token, shot, connections, server.pid)
            for shot in (*api, *hand)
        }
        _say(f"ratio to SQL by hand, list: {rates[api[0].name] / rates[hand[0].name]:.2f}")
        _say(f"ratio to SQL by hand, filtered: {rates[api[1].name] / rates[hand[1].name]:.2f}")
    _say(f"times stock resolvers, list: {rates[api[0].name] / slow:.1f}")
    pages = {
        number: await _rate(
            url,
            token,
            Shot(f"page {number}", "/graphql", {"query": PAGE, "variables": {"after": cursor}}),
            1,
            server.pid,
        )
        for number, cursor in cursors.items()
    }
    first, last = pages[1], pages[max(pages)]
    _say(f"page {max(pages)} takes {first / last:.2f} times page 1")


async def _rate(url: str, token: str, shot: Shot, connections: int, pid: int) -> float:
    """Answers a second by wrk, and what each cost the server's process."""
    script = (
        'wrk.method = "POST"\n'
        'wrk.headers["Content-Type"] = "application/json"\n'
        f'wrk.headers["Authorization"] = "Bearer {token}"\n'
        f"wrk.body = [==[{json.dumps(shot.body)}]==]\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        lua = Path(folder) / "shot.lua"
        lua.write_text(script)
        await _wrk(url + shot.path, lua, connections, 2)
        before = _cpu_seconds(pid)
        answered = await _wrk(url + shot.path, lua, connections, SECONDS)
    count = answered["requests"]
    cpu = (_cpu_seconds(pid) - before) / count * 1000
    _say(
        f"{shot.name:36} {connections:3} connections  {count / SECONDS:8.0f}/s"
        f"  p50 {answered['p50']:7.2f} ms  p99 {answered['p99']:7.2f} ms  {cpu:6.2f} ms CPU"
    )
    return float(count / SECONDS)


async def _wrk(url: str, lua: Path, connections: int, seconds: int) -> dict[str, float]:
    program = await asyncio.create_subprocess_exec(
        *("wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--latency"),
        *("-s", str(lua), url),
        stdout=PIPE,
        stderr=STDOUT,
    )
    text = (await program.communicate())[0].decode()
    found = re.search(r"(\d+) requests in", text)
    if found is None or "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"requests failed:\n{text}")
    return {
        "requests": float(found.group(1)),
        "p50": _milliseconds(text, "50%"),
        "p99": _milliseconds(text, "99%"),
    }


def _milliseconds(text: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", text)
    if found is None:
        return float("nan")
    return float(found.group(1)) * {"us": 0.001, "ms": 1, "s": 1000}[found.group(2)]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _same_answer(client: httpx.AsyncClient) -> None:
    """Both ways must say the same, or the comparison means nothing."""
    ours = await _asked(client, LIST)
    by_hand = (await client.post("/hand/list")).json()["data"]
    for one, other in zip(ours["customers"]["nodes"], by_hand["customers"]["nodes"], strict=True):
        for name, value in other.items():
            if name not in {"createdAt", "expiresAt"} and one[name] != value:
                raise RuntimeError(f"{name} differs: {one[name]!r} and {value!r}")


async def _asked(client: httpx.AsyncClient, query: str, **variables: Any) -> Any:
    response = await client.post("/graphql", json={"query": query, "variables": variables})
    body = response.json()
    if body.get("errors"):
        raise RuntimeError(body["errors"])
    return body["data"]


async def _deep_cursors(client: httpx.AsyncClient) -> dict[int, str | None]:
    """The cursors before page 1 and a deep page, by walking there a hundred at a time."""
    pages = min(10_000, CUSTOMERS // 100)
    query = """query($after: Cursor) { customers(first: 100, after: $after) {
        pageInfo { endCursor } } }"""
    cursor: str | None = None
    for _ in range(pages * 50 // 100 - 1):
        page = (await _asked(client, query, after=cursor))["customers"]
        cursor = page["pageInfo"]["endCursor"]
    return {1: None, pages: cursor}


async def _signed_in(dsn: str) -> str:
    install_key(b"k" * KEY_BYTES)
    await connect(dsn, pool_size=1, read_pool_size=1)
    try:
        await Staff.bootstrap("bench@house.example", PASSWORD)
        return (await Session.open("bench@house.example", PASSWORD, "127.0.0.1", "bench")).token
    finally:
        await disconnect()


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
