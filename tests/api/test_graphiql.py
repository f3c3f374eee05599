"""The page for trying the API by hand: complete, from this machine alone."""

import hashlib
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from gateway.graphiql import page
from gateway.settings import PROJECT

OWN = PROJECT / "gateway" / "graphiql"


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    (tmp_path / "02-list.graphql").write_text("{ customers { totalCount } }")
    (tmp_path / "01-sign-in.graphql").write_text("mutation($input: SessionCreateInput!) { a }")
    (tmp_path / "01-sign-in.json").write_text('{"input": {}}')
    application = Starlette(routes=page.page_routes(tmp_path))
    return httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://api")


async def test_everything_the_page_names_is_served(client: httpx.AsyncClient) -> None:
    text = (await client.get("/")).text
    named = re.findall(r'(?:src|href)="(?!data:)([^"]+)"', text)
    assert len(named) == 6
    for name in named:
        response = await client.get(f"/{name}")
        assert response.status_code == 200
        assert response.content


async def test_nothing_is_fetched_from_outside(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    for name in ("index.html", "console.js", "console.css"):
        assert "://" not in (OWN / name).read_text()


async def test_examples_come_in_the_order_of_their_names(client: httpx.AsyncClient) -> None:
    first, second = (await client.get("/graphiql/documents.json")).json()
    assert (first["name"], first["variables"]) == ("01-sign-in", '{"input": {}}')
    assert (second["query"], second["variables"]) == ("{ customers { totalCount } }", None)


@pytest.mark.parametrize("name", ["page.py", "..%2Fpage.py", "vendor", "index.html"])
async def test_no_other_file_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/graphiql/{name}")).status_code == 404


def test_files_of_others_are_what_their_table_says() -> None:
    table = (OWN / "vendor" / "README.md").read_text()
    rows = re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", table, re.MULTILINE)
    assert {name for name, _ in rows} == {path.name for path in OWN.glob("vendor/*.min.*")}
    for name, digest in rows:
        assert hashlib.sha256((OWN / "vendor" / name).read_bytes()).hexdigest() == digest
