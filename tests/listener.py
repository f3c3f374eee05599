"""The switches' listener in this process, spoken to without a network as a switch would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import md5

import httpx
from starlette.applications import Starlette

from gateway.directory import answers
from gateway.directory.application import Listener
from models.panel.sip_issue import IssuedDevice

USER = "switch"
PASSWORD = "p" * 40
REALM = "sip.trunkline.local"
KEPT_MILLISECONDS = 30_000  # how long the switch may keep an answer


@dataclass(frozen=True, slots=True)
class Switch:
    """A FreeSWITCH as far as look-ups go."""

    client: httpx.AsyncClient

    async def ask(self, user: str, realm: str = REALM, **fields: str) -> httpx.Response:
        form = {"section": "directory", "user": user, "domain": realm} | fields
        return await self.client.post("/fs/directory", data=form)

    async def lets_in(self, device: IssuedDevice) -> bool:
        answer = await self.ask(device.username, device.realm, action="sip_auth")
        assert answer.status_code == 200
        if answer.text == answers.NOT_FOUND:
            return False
        return f'a1-hash" value="{ha1(device)}"' in answer.text


def ha1(device: IssuedDevice) -> str:
    plain = f"{device.username}:{device.realm}:{device.secret}"
    return md5(plain.encode()).hexdigest()


@asynccontextmanager
async def listening(dsn: str) -> AsyncIterator[Switch]:
    """A listener on the connections of this process, which it leaves open for whoever has them."""
    listener = Listener(dsn, KEPT_MILLISECONDS)
    routes = Starlette(routes=listener.routes())
    async with listener.lifespan(routes):
        transport = httpx.ASGITransport(routes, raise_app_exceptions=True)
        auth = httpx.BasicAuth(USER, PASSWORD)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://directory", auth=auth
        ) as client:
            yield Switch(client)
