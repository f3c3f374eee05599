"""The page that a mailed link leads to: it is there, tells nobody else, and needs no rights."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette

from gateway.password_page.page import password_routes


async def _get(path: str) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=password_routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        return await client.get(path)


async def test_a_mailed_link_leads_to_a_page_that_no_cache_and_no_referrer_gives_away() -> None:
    page = await _get("/set-password?token=abc")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "abc" not in page.text


async def test_everything_the_page_loads_comes_from_here() -> None:
    page = await _get("/set-password")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in ("set-password.js", "set-password.css"):
        assert f"/set-password/{name}" in page.text
        assert (await _get(f"/set-password/{name}")).status_code == 200


async def test_no_other_file_of_the_house_is_given_out() -> None:
    for name in ("page.py", "__init__.py", "..%2fpage.py"):
        assert (await _get(f"/set-password/{name}")).status_code == 404
