"""Uploads whose sender leaves, or whose storage takes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from obstore.store import LocalStore
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.answers import SignedInRoute
from gateway.auth import Viewers
from gateway.uploads import Uploads
from models.jobs.upload import Upload
from models.rules.viewer import Viewer
from tests.api.test_files import HEADER, IMPORTER

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def application(tmp_path: Path) -> Starlette:
    async def find(_: str) -> Viewer | None:
        return IMPORTER

    taking = SignedInRoute(Viewers(find), Uploads(LocalStore(tmp_path)).receive)
    return Starlette(routes=[Route("/uploads", taking.answer, methods=["POST"])])


async def test_an_upload_that_is_broken_off_leaves_nothing(
    application: Starlette, tmp_path: Path
) -> None:
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/uploads"}
    scope |= {"http_version": "1.1", "query_string": b"", "client": None, "scheme": "http"}
    scope["headers"] = [(b"authorization", b"Bearer ada"), (b"host", b"api")]
    arriving: Iterator[dict[str, Any]] = iter(
        [
            {"type": "http.request", "body": HEADER * 100_000, "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> dict[str, Any]:
        return next(arriving)

    async def send(_: object) -> None:
        """Nobody is there any more."""

    await application(scope, receive, send)
    assert await Upload.exists()
    assert not await Upload.filter(completed_at__isnull=False).exists()
    assert files_in(tmp_path) == []


async def test_a_storage_that_takes_nothing_is_said_to_be_away(
    application: Starlette, tmp_path: Path
) -> None:
    (tmp_path / "uploads").write_text("a file where the folder has to be")
    headers = {"Authorization": "Bearer ada"}
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        response = await client.post("/uploads", content=HEADER, headers=headers)
    [error] = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert str(tmp_path) not in response.text
    assert not await Upload.filter(completed_at__isnull=False).exists()


def files_in(folder: Path) -> list[Path]:
    return list(folder.glob("uploads/*"))
