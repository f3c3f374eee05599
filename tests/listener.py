"""The switches' listener in this process, spoken to without a network as a switch would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import md5

import httpx

from gateway.directory import answers
from gateway.directory.application import application
from gateway.settings import read_settings
from models.panel.sip_issue import IssuedDevice

USER = "switch"
PASSWORD = "p" * 40
REALM = "sip.trunkline.local"


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
    return md5(plain.encode()).hexdigest()  # noqa: S324 - what digest authentication asks


@asynccontextmanager
async def listening(dsn: str) -> AsyncIterator[Switch]:
    settings = read_settings({"DATABASE_URL": dsn, "TRUNKLINE_SECRET_KEY": "k" * 32})
    listener = application(settings)
    async with listener.router.lifespan_context(listener):
        transport = httpx.ASGITransport(listener, raise_app_exceptions=True)
        auth = httpx.BasicAuth(USER, PASSWORD)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://directory", auth=auth
        ) as client:
            yield Switch(client)
