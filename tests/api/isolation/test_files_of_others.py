"""A link opens for whoever it is for, with the words its file demands, and for nobody else.

All links of everybody are tried by everybody: a paper opens for all who see it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import obstore
import pytest
from obstore.store import LocalStore
from starlette.applications import Starlette

from gateway.app import file_routes
from gateway.auth import Viewers
from gateway.documents import document_files
from gateway.downloads import Downloads
from gateway.job_files import job_files
from gateway.uploads import Uploads
from models.access.principal import viewer_of_token
from models.jobs.download import Download
from models.links import Link, url_of
from models.rules.permissions import CATALOGUE, JOBS
from schema.scalars import global_id
from tests.api.isolation.ownership import Ownership
from tests.api.isolation.probing import NEVER
from tests.api.isolation.test_what_is_seen import everybody
from tests.api.isolation.world import World
from tests.api.product import Product
from tests.people import Person

LATER = datetime(2100, 1, 1, tzinfo=UTC)
REPORTS = "{ jobs { nodes { downloads { url } } } }"
PAPERS = "{ invoices(first: 1) { nodes { id pdfUrl } } }"
STATEMENT = """query($id: ID!) { statement(accountId: $id,
    between: {from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z"}) { downloadUrl } }"""


@pytest.fixture
async def files(world: World, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The routes of files as the API has them, over a storage where every file lies."""
    store = LocalStore(tmp_path)
    for download in await Download.all():
        await obstore.put_async(store, download.storage_key or "", b"Account\r\n")
    downloads = Downloads({"file": job_files(store), **document_files(store)})
    routes = file_routes(Uploads(store), downloads, Viewers(viewer_of_token))
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


async def test_a_link_of_a_job_or_a_statement_opens_for_whoever_asked_alone(
    world: World, files: httpx.AsyncClient
) -> None:
    links = {person.login: await _own_links(person) for person in everybody(world)}
    assert all(links[tenant.owner.login] for tenant in world.tenants[1:])
    for person in everybody(world):
        for login, urls in links.items():
            for url in urls:
                wanted = 200 if login == person.login else 404
                assert await _status(files, url, person.token) == wanted, (login, person.login)


async def test_a_paper_opens_for_all_who_see_it(world: World, files: httpx.AsyncClient) -> None:
    owners = await Ownership.known()
    for holder in (world.child.customer, world.foreign.customer):
        [paper] = (await Product().ask(holder, PAPERS))["invoices"]["nodes"]
        for person in everybody(world):
            seen = {global_id("Invoice", each) for each in owners.seen_by(person)["Invoice"]}
            wanted = 200 if paper["id"] in seen else 404
            assert await _status(files, paper["pdfUrl"], person.token) == wanted, person.login


async def test_a_link_to_what_never_was_is_answered_like_one_to_others_things(
    world: World, files: httpx.AsyncClient
) -> None:
    spy = world.foreign.owner
    [theirs, *_] = await _own_links(world.child.owner)
    never = url_of(Link("file", NEVER, spy.viewer.principal_id, LATER))
    answers = [await _fetched(files, url, spy.token) for url in (theirs, never)]
    assert answers[0].status_code == answers[1].status_code == 404
    bodies = [answer.json()["errors"][0] for answer in answers]
    assert len({body["message"] for body in bodies}) == 1
    for over in (None, world.expired_key, world.ended_session):
        for url in (theirs, never):
            assert await _status(files, url, over) == 401


async def test_a_key_opens_only_what_it_could_have_asked_for(
    world: World, files: httpx.AsyncClient
) -> None:
    """The links are its owner's; secrets of accounts that were opened may lie behind them."""
    owner, product = world.child.owner, Product()
    [url] = [link for link in await _own_links(owner) if ".statement" not in link][:1]
    for words, wanted in ((["customers:read"], 404), (["customers:read", "customers:import"], 200)):
        key = await product.mutate(owner, "apiKeyCreate { secret }", name="k", permissions=words)
        assert await _status(files, url, key["secret"]) == wanted, words
    assert set(JOBS.values()) <= CATALOGUE


async def _own_links(person: Person) -> list[str]:
    """Of jobs, and a statement of the first account that somebody sees."""
    product = Product()
    answer = await product.send(person, REPORTS)
    jobs = [] if answer.codes else answer.data["jobs"]["nodes"]
    urls = [each["url"] for job in jobs for each in job["downloads"]]
    account = (await product.ask(person, "{ customers(first: 1) { nodes { id } } }"))["customers"]
    shown = await product.ask(person, STATEMENT, id=account["nodes"][0]["id"])
    asked_here = [url for url in urls if await _is_of(person, url)]
    return [*asked_here, shown["statement"]["downloadUrl"]]


async def _is_of(person: Person, url: str) -> bool:
    """Whether the job was asked for by this person: others see it too, and get no file."""
    subject = url.rpartition("/")[2].split(".")[1]
    download = await Download.get(id=subject).select_related("job")
    return bool(download.job.principal_id == person.viewer.principal_id)


async def _fetched(files: httpx.AsyncClient, url: str, token: str | None) -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return await files.get(url, headers=headers)


async def _status(files: httpx.AsyncClient, url: str, token: str | None) -> int:
    return (await _fetched(files, url, token)).status_code
