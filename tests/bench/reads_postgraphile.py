"""PostGraphile on the same database, asked for the same rows; where Node and npm are present.

It checks no token and knows no subtree: it answers everybody everything.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL
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
    wallet { balance currencyCode }
    rateGroupByRateGroupId { name } accountByResellerId { number company }
    localizationByLocalizationId { name }
    sipDevicesByAccountId(first: 5, orderBy: [CREATED_AT_DESC]) { nodes { username status } }
    didsByAccountId(first: 5, orderBy: [ASSIGNED_AT_DESC]) { nodes { number } } } } }"""


async def why_not() -> str:
    """Install it; what is missing for that, or "" when it can be served."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} not found"
    npm = await asyncio.create_subprocess_exec(*INSTALL, cwd=FOLDER)
    return "npm could not install it" if await npm.wait() else ""


@asynccontextmanager
async def served(dsn: str) -> AsyncIterator[tuple[str, int]]:
    """Its address and process, for as long as the block lasts."""
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
    async with asyncio.timeout(LONGEST_START_SECONDS), httpx.AsyncClient(timeout=30) as client:
        while True:
            try:
                answer = await client.post(url, json={"query": LIST})
            except httpx.TransportError:
                await asyncio.sleep(0.2)
                continue
            if len(answer.json()["data"]["allAccounts"]["nodes"]) != 50:
                raise RuntimeError(answer.text)
            return
