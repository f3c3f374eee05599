"""How fast the switches' listener answers: four connections, 100,000 devices, each asked at random.

Prints figures and passes no judgement; it needs an empty migrated database. The listener is the
part that runs in a house, log lines and all.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvloop

from gateway.ports import free_port
from models import seal
from models.database import connect, disconnect, raw, transaction
from models.ids import new_id
from models.panel.sip_issue import DeviceRequest, issue_many
from models.switch.node import SwitchNode
from tests.bench.directory_load import CONNECTIONS, PASSWORD, REALM, USER, Figures, measured

DEVICES = 100_000
CHUNK = 2_000
NAMES = range(1_000_000, 1_000_000 + DEVICES)
SECONDS = 10.0
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
    async with _listener(dsn) as (port, process_id):
        await measured(port, NAMES, 2)  # connections plan their statement first
        for what, names in (("devices at random", NAMES), ("one device", NAMES[:1])):
            before = _processor_seconds(process_id)
            figures = await measured(port, names, SECONDS)
            _report(what, figures, _processor_seconds(process_id) - before)


async def _fill() -> None:
    for first in range(0, DEVICES, CHUNK):
        ids = [new_id() for _ in range(CHUNK)]
        numbers = [str(number) for number in NAMES[first : first + CHUNK]]
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
async def _listener(dsn: str) -> AsyncIterator[tuple[int, int]]:
    port = free_port()
    environment = {**os.environ, "DATABASE_URL": dsn, "TRUNKLINE_SECRET_KEY": KEY}
    environment["TRUNKLINE_DIRECTORY_PORT"] = str(port)
    command = (sys.executable, "-m", "gateway", "directory")
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await _answering(port)
        yield port, process.pid
    finally:
        process.terminate()
        await process.wait()


async def _answering(port: int) -> None:
    for _ in range(400):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError("the listener does not start")


def _processor_seconds(process_id: int) -> float:
    """What a process of this machine has used so far (proc(5))."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _report(what: str, found: Figures, used_seconds: float) -> None:
    _say(
        f"{what}: {found.per_second:.0f} look-ups/s over {CONNECTIONS} connections by {found.by}, "
        f"p50 {found.p50:.2f} ms, p99 {found.p99:.2f} ms, longest {found.longest:.1f} ms; "
        f"{used_seconds / found.look_ups * 1_000_000:.0f} microseconds of processor each"
    )


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
