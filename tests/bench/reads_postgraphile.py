"""PostGraphile on the same database, asked for the same rows; where Node and npm are present.

It checks no token and knows no subtree: it answers everybody everything.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from gateway.ports import free_port

FOLDER = Path(__file__).parent / "postgraphile"
INSTALL = ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
LONGEST_START_SECONDS = 60
CONNECTIONS = 8

LIST = """{ allAccounts(first: 50, orderBy: [CREATED_AT_DESC],
        condition: {kind: "CUSTOMER", status: "ACTIVE"}) { nodes {
    id number kind type status firstName lastName company email phone concurrentCalls
    timeZone createdAt expiresAt creditLimit currencyCode
    ledgerAccountsByAccountId(first: 1) { nodes { balance currencyCode } }
    rateGroupByRateGroupId { name } accountByResellerId { number company }
    localizationByLocalizationId { name }
    sipDevicesByAccountId(first: 5, orderBy: [CREATED_AT_DESC]) { nodes { username status } }
    didsByAccountId(first: 5, orderBy: [ASSIGNED_AT_DESC]) { nodes { number } } } } }"""


def why_not() -> str:
    """What is missing for it; "" when nothing is."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    return f"{' and '.join(missing)} not found" if missing else ""


@asynccontextmanager
async def served(dsn: str) -> AsyncIterator[tuple[str, int]]:
    """Its address and process, for as long as the block lasts."""
    await _finished(await asyncio.create_subprocess_exec(*INSTALL, cwd=FOLDER))
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *("node", "server.mjs", dsn, str(port), str(CONNECTIONS)),
        cwd=FOLDER,
        env={**os.environ, "NODE_ENV": "production"},
        stderr=DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}/graphql"
        await _answering(url)
        yield url, process.pid
    finally:
        process.terminate()
        await process.wait()


async def _answering(url: str) -> None:
    async with asyncio.timeout(LONGEST_START_SECONDS), httpx.AsyncClient() as client:
        while True:
            try:
                answer = await client.post(url, json={"query": LIST})
            except httpx.TransportError:
                await asyncio.sleep(0.2)
                continue
            if len(answer.json()["data"]["allAccounts"]["nodes"]) != 50:
                raise RuntimeError(answer.text)
            return


async def _finished(process: Process) -> None:
    if await process.wait():
        message = "npm could not install PostGraphile"
        raise RuntimeError(message)
