"""Uploads and downloads: streamed, bounded, and for nobody but whom they are for."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from obstore.store import LocalStore
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.answers import SignedInRoute
from gateway.auth import Viewers
from gateway.downloads import Downloads, File, held_file, stored_file
from gateway.uploads import Uploads
from models import links, seal
from models.jobs.upload import Upload
from models.links import Link
from models.rules.viewer import Viewer
from schema.scalars import id_of
from tests.api.playground import CLERK, STAFF

HEADER = b"Account,Email\r\n"
CONTENT = bytes(range(256)) * 8
LATER = datetime(2100, 1, 1, tzinfo=UTC)
IMPORTER = replace(STAFF, permissions=frozenset({"customers:import"}))


@pytest.fixture(autouse=True)
def application_key() -> None:
    seal.install_key(bytes(range(32)))


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Ada may upload, and the kinds of link are `held`, `stored` and `gone`."""
    store = LocalStore(tmp_path)
    (tmp_path / "list.csv").write_bytes(CONTENT)

    async def find(token: str) -> Viewer | None:
        return {"ada": IMPORTER, "bob": CLERK}.get(token)

    async def held(link: Link, viewer: Viewer) -> File | None:
        mine = link.principal_id == viewer.principal_id
        return held_file(CONTENT, 'bill "é".pdf', "application/pdf") if mine else None

    async def stored(_link: Link, _viewer: Viewer) -> File | None:
        return await stored_file(store, "list.csv", "list.csv", "text/csv")

    async def gone(_link: Link, _viewer: Viewer) -> File | None:
        return await stored_file(store, "nothing.csv", "nothing.csv", "text/csv")

    viewers = Viewers(find)
    give = Downloads({"held": held, "stored": stored, "gone": gone})
    application = Starlette(
        routes=[
            Route(
                "/uploads", SignedInRoute(viewers, Uploads(store).receive).answer, methods=["POST"]
            ),
            Route("/downloads/{link}", SignedInRoute(viewers, give.send).answer),
        ]
    )
    transport = httpx.ASGITransport(application)
    headers = {"Authorization": "Bearer ada"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://api", headers=headers
    ) as ada:
        yield ada


def link_of(kind: str, until: datetime = LATER) -> str:
    return links.url_of(Link(kind, uuid4(), IMPORTER.principal_id, until))


def stored_in(folder: Path) -> list[Path]:
    return list(folder.glob("uploads/*"))


def code_of(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


@pytest.mark.usefixtures("database")
async def test_a_raw_body_is_stored_and_told_of(client: httpx.AsyncClient, tmp_path: Path) -> None:
    body = HEADER + b"1,a@b.example\r\n2,c@d.example\r\n"
    headers = {"Content-Disposition": 'attachment; filename="C:\\\\lists\\\\new.csv"'}
    response = await client.post("/uploads", content=body, headers=headers)
    assert response.status_code == 201
    answer = response.json()
    assert answer == {
        "id": answer["id"],
        "fileName": "new.csv",
        "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "encoding": "utf-8-sig",
        "separator": ",",
        "header": ["Account", "Email"],
        "sample": [["1", "a@b.example"], ["2", "c@d.example"]],
    }
    upload_id = id_of("Upload", answer["id"])
    assert upload_id is not None
    upload = await Upload.finished(upload_id, IMPORTER)
    assert (tmp_path / upload.storage_key).read_bytes() == body


@pytest.mark.usefixtures("database")
async def test_a_form_is_read_as_browsers_send_it(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    body = HEADER + b"--1,a@b.example\r\n" * 100_000
    files = {"file": ("new.csv", body, "text/csv")}
    response = await client.post("/uploads", data={"note": "text"}, files=files)
    assert response.status_code == 201
    assert response.json()["sha256"] == hashlib.sha256(body).hexdigest()
    upload = await Upload.get()
    assert (tmp_path / upload.storage_key).read_bytes() == body


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("body", "encoding", "separator", "header"),
    [
        ("Account;Email\n1;a".encode("utf-16"), "utf-16", ";", ["Account", "Email"]),
        ("\ufeffAccount\tEmail\n".encode(), "utf-8-sig", "\t", ["Account", "Email"]),
        ("Konto,Größe,Straße\n".encode("cp1252"), "cp1252", ",", ["Konto", "Größe", "Straße"]),
        (b"\x89PNG\r\n\x1a\n\0\0\0", None, None, []),
        (b"", "utf-8-sig", ",", []),
    ],
)
async def test_the_beginning_of_a_file_is_looked_at(
    client: httpx.AsyncClient,
    body: bytes,
    encoding: str | None,
    separator: str | None,
    header: list[str],
) -> None:
    answer = (await client.post("/uploads", content=body)).json()
    found = (answer["encoding"], answer["separator"], answer["header"])
    assert found == (encoding, separator, header)


@pytest.mark.usefixtures("database")
async def test_a_file_beyond_the_limit_leaves_nothing(
    client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.uploads.LARGEST_BYTES", 1_000)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield b"x" * 100

    told = await client.post("/uploads", content=b"x" * 1_001)
    streamed = await client.post("/uploads", content=endless())
    assert (told.status_code, streamed.status_code) == (413, 413)
    assert stored_in(tmp_path) == []
    assert await Upload.filter(completed_at__isnull=False).count() == 0


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nhalf of it',
            "multipart/form-data; boundary=x",
        ),
        (b"\0\1\2\xff" * 100, "text/csv"),
    ],
)
async def test_what_is_no_file_is_refused(
    client: httpx.AsyncClient, body: bytes, content_type: str
) -> None:
    response = await client.post("/uploads", content=body, headers={"Content-Type": content_type})
    assert response.status_code == 400
    assert code_of(response) == "BAD_USER_INPUT"


async def test_an_upload_needs_a_token_and_a_permission(client: httpx.AsyncClient) -> None:
    strange = await client.post("/uploads", content=b"", headers={"Authorization": ""})
    refused = await client.post("/uploads", content=b"", headers={"Authorization": "Bearer bob"})
    assert (strange.status_code, code_of(strange)) == (401, "UNAUTHENTICATED")
    assert (refused.status_code, code_of(refused)) == (403, "FORBIDDEN")


@dataclass(frozen=True, slots=True)
class Sent:
    status: int
    content: bytes | None
    content_range: str | None


WHOLE = Sent(200, CONTENT, None)
BEYOND = Sent(416, None, "bytes */2048")


@pytest.mark.parametrize("kind", ["held", "stored"])
@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        (None, WHOLE),
        ("bytes=0-9", Sent(206, CONTENT[:10], "bytes 0-9/2048")),
        ("bytes=2000-", Sent(206, CONTENT[2000:], "bytes 2000-2047/2048")),
        ("bytes=2000-9999", Sent(206, CONTENT[2000:], "bytes 2000-2047/2048")),
        ("bytes=-5", Sent(206, CONTENT[-5:], "bytes 2043-2047/2048")),
        ("bytes=-9999", Sent(206, CONTENT, "bytes 0-2047/2048")),
        ("bytes=0-1,5-6", WHOLE),
        ("bytes=-", WHOLE),
        ("lines=1-2", WHOLE),
        ("bytes=2048-", BEYOND),
        ("bytes=-0", BEYOND),
    ],
)
async def test_a_file_is_sent_whole_or_in_a_range(
    client: httpx.AsyncClient, kind: str, wanted: str | None, sent: Sent
) -> None:
    headers = {} if wanted is None else {"Range": wanted}
    response = await client.get(link_of(kind), headers=headers)
    assert response.status_code == sent.status
    assert response.headers.get("content-range") == sent.content_range
    assert sent.content is None or response.content == sent.content


async def test_a_changed_file_is_sent_whole(client: httpx.AsyncClient) -> None:
    link = link_of("stored")
    tag = (await client.head(link)).headers["etag"]
    same = await client.get(link, headers={"Range": "bytes=0-9", "If-Range": tag})
    other = await client.get(link, headers={"Range": "bytes=0-9", "If-Range": '"x"'})
    assert (same.status_code, other.status_code) == (206, 200)


async def test_a_download_says_its_name_and_is_kept_by_nobody(client: httpx.AsyncClient) -> None:
    headers = (await client.get(link_of("held"))).headers
    assert headers["content-disposition"] == (
        "attachment; filename=\"bill ___.pdf\"; filename*=UTF-8''bill%20%22%C3%A9%22.pdf"
    )
    assert headers["cache-control"] == "private, no-store"
    assert headers["x-content-type-options"] == "nosniff"


async def test_a_link_alone_opens_nothing(client: httpx.AsyncClient) -> None:
    link = link_of("held")
    strange = await client.get(link, headers={"Authorization": ""})
    other = await client.get(link, headers={"Authorization": "Bearer bob"})
    assert (strange.status_code, other.status_code) == (401, 404)


@pytest.mark.parametrize(
    "link",
    [
        pytest.param(lambda: link_of("held", datetime.now(UTC) - timedelta(seconds=1)), id="over"),
        pytest.param(lambda: link_of("held")[:-1], id="cut"),
        pytest.param(lambda: link_of("held").replace("held", "other"), id="another kind"),
        pytest.param(lambda: link_of("unknown"), id="an unknown kind"),
        pytest.param(lambda: link_of("gone"), id="removed"),
        pytest.param(lambda: "/downloads/x", id="nonsense"),
    ],
)
async def test_any_other_link_finds_nothing(client: httpx.AsyncClient, link: object) -> None:
    assert callable(link)
    response = await client.get(link())
    assert response.status_code == 404
    assert code_of(response) == "BAD_USER_INPUT"
