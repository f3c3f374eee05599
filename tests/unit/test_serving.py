"""Who is behind a proxy is told by trusted proxies alone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from gateway.serving import server_config


async def seen_as(trusted_proxies: tuple[str, ...]) -> str:
    """The caller's address as the application sees it, of a request by way of 10.0.0.9."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        client = Request(scope).client
        assert client is not None
        await PlainTextResponse(client.host)(scope, receive, send)

    config = server_config(application, "127.0.0.1", 0, trusted_proxies)
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=("10.0.0.9", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        return (await client.get("/", headers={"X-Forwarded-For": "203.0.113.7"})).text


@pytest.mark.parametrize(
    ("trusted_proxies", "address"),
    [((), "10.0.0.9"), (("10.0.0.0/8",), "203.0.113.7"), (("192.0.2.1",), "10.0.0.9")],
)
async def test_only_a_trusted_proxy_is_believed(
    trusted_proxies: tuple[str, ...], address: str
) -> None:
    assert await seen_as(trusted_proxies) == address
