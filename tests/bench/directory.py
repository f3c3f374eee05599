"""How fast the switches' listener answers: four connections, 100,000 devices, each asked at random.

Prints figures and passes no judgement; it needs an empty migrated database. The client is one
more process on the same machine and speaks plain HTTP/1.1 over kept connections.
"""

from __future__ import annotations

import asyncio
import base64
import os
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import uvloop

from gateway.ports import free_port
from models import seal
from models.database import connect, disconnect, raw, transaction
from models.ids import new_id
from models.panel.sip_issue import DeviceRequest, issue_many
from models.switch.node import SwitchNode

DEVICES = 100_000
CHUNK = 2_000
CONNECTIONS = 4
LOOK_UPS = 20_000  # by all connections together
REALM = "bench.example"
USER, PASSWORD = "bench", "p" * 40
KEY = "k" * 32

_ACCOUNTS = """
    INSERT INTO accounts (id, version, kind, number, type, status, first_name, time_zone,
        currency_code, concurrent_calls, calls_per_second, allows_local_calls,
        notifications_enabled, payment_gateway_allowed, records_calls, manages_own_ips,
        credit_limit, cli_pool, billing_schedule, invoices_zero_amounts, created_at, updated_at)
    SELECT id, 1, 'CUSTOMER', number, 'PREPAID', 'ACTIVE', 'Bench', 'UTC', 'USD', 0, 0, true, true,
        true, false, false, 0, 'DISABLED', 'MONTHLY', false, now(), now()
    FROM unnest($1::uuid[], $2::text[]) AS a (id, number)
"""
_LISTENER = """
import sys, uvicorn
from gateway.directory.application import application
from gateway.settings import own_settings
from models import seal
seal.install_key(b"k" * seal.KEY_BYTES)
uvicorn.run(application(own_settings()), host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop",
            http="httptools", access_log=False, log_level="warning")
"""


async def main(dsn: str) -> None:
    """Measure the listener against the database at `dsn`."""
    seal.install_key(KEY.encode())
    await connect(dsn, pool_size=2, read_pool_size=1)
    try:
        await SwitchNode.first_credentials(USER, PASSWORD)
        began = time.perf_counter()
        await _fill()
        _say(f"{DEVICES} accounts with devices in {time.perf_counter() - began:.1f} s")
    finally:
        await disconnect()
    async with _listener(dsn) as port:
        await _measure(port, LOOK_UPS // 10)  # connections plan their statement first
        _report("devices at random", await _measure(port, LOOK_UPS))
        _report("one device", await _measure(port, LOOK_UPS, names=["1000000"]))


async def _fill() -> None:
    for first in range(0, DEVICES, CHUNK):
        ids = [new_id() for _ in range(CHUNK)]
        numbers = [str(1_000_000 + first + at) for at in range(CHUNK)]
        requests = [
            DeviceRequest(account_id=account_id, account_number=number, realm=REALM)
            for account_id, number in zip(ids, numbers, strict=True)
        ]
        async with transaction() as tx:
            await raw(tx).execute(_ACCOUNTS, ids, numbers)
            await issue_many(raw(tx), requests)
    async with transaction() as tx:
        await raw(tx).execute("ANALYZE")


@asynccontextmanager
async def _listener(dsn: str) -> AsyncIterator[int]:
    port = free_port()
    environment = {**os.environ, "DATABASE_URL": dsn, "TRUNKLINE_SECRET_KEY": KEY}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LISTENER, str(port), env=environment
    )
    try:
        await _answering(port)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def _answering(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError("the listener does not start")


async def _measure(
    port: int, look_ups: int, names: Sequence[str] | None = None
) -> tuple[float, list[float]]:
    began = time.perf_counter()
    each = look_ups // CONNECTIONS
    taken = await asyncio.gather(*(_ask(port, each, names) for _ in range(CONNECTIONS)))
    return time.perf_counter() - began, sorted(second for one in taken for second in one)


async def _ask(port: int, times: int, names: Sequence[str] | None) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = []
    for _ in range(times):
        name = random.choice(names) if names else str(1_000_000 + random.randrange(DEVICES))
        request = _request(name)
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        taken.append(time.perf_counter() - began)
        if b"a1-hash" not in body:
            raise AssertionError(f"no hash for {name}: {head!r}")
    writer.close()
    return taken


def _request(name: str) -> bytes:
    body = urlencode(
        {
            "hostname": "switch-1",
            "section": "directory",
            "tag_name": "domain",
            "key_name": "name",
            "key_value": REALM,
            "Event-Name": "REQUEST_PARAMS",
            "Event-Calling-File": "sofia_reg.c",
            "Event-Calling-Function": "sofia_reg_parse_auth",
            "action": "sip_auth",
            "sip_profile": "internal",
            "sip_user_agent": "A phone 1.0",
            "sip_auth_username": name,
            "sip_auth_realm": REALM,
            "sip_auth_nonce": "5f3a9c1e-0000-4000-8000-000000000000",
            "sip_auth_method": "REGISTER",
            "key": "id",
            "user": name,
            "domain": REALM,
            "ip": "192.0.2.7",
        }
    )
    proof = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    return (
        "POST /fs/directory HTTP/1.1\r\nHost: directory\r\n"
        f"Authorization: Basic {proof}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _report(what: str, measured: tuple[float, list[float]]) -> None:
    seconds, taken = measured
    milliseconds = [second * 1000 for second in taken]
    _say(
        f"{what}: {len(taken) / seconds:.0f} look-ups/s over {CONNECTIONS} connections, "
        f"p50 {statistics.median(milliseconds):.2f} ms, "
        f"p99 {milliseconds[len(milliseconds) * 99 // 100]:.2f} ms, "
        f"longest {milliseconds[-1]:.1f} ms"
    )


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
