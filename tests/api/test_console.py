"""The workflow console: links into it, and what it is told of sealed payloads, for staff alone."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from temporalio.api.common.v1 import Payload

from gateway.auth import Viewers
from gateway.codec_door import MOST_BYTES, codec_routes, origin_of
from gateway.origins import cross_origin
from models import links
from models.access.principal import viewer_of_token
from models.access.staff import Staff
from models.jobs.console import Console, install_console
from models.jobs.job import Job, JobOrder
from models.rules.enums import ActiveStatus, JobKind, Role
from schema.scalars import global_id
from tests import people
from tests.api.product import Product
from workflows.codec import PayloadKeys, SealingCodec

CONSOLE = "https://console.example/"
CODEC = SealingCodec(PayloadKeys("2", {"2": bytes(32)}))
URL = "query($id: ID!) { job(id: $id) { workflowUrl } }"
LATER = datetime(2100, 1, 1, tzinfo=UTC)
TELLS = b'{"job_id":"7"}'


@pytest.fixture
async def door(database: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that shows the console's page."""
    del database
    application = Starlette(
        routes=codec_routes(CODEC, Viewers(viewer_of_token)),
        middleware=[cross_origin([origin_of(CONSOLE)])],
    )
    transport = httpx.ASGITransport(application)
    headers = {"Origin": origin_of(CONSOLE), "X-Namespace": "default"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://api", headers=headers
    ) as page:
        yield page


@pytest.fixture(autouse=True)
def no_console_is_left() -> Any:
    yield
    install_console(None)


def _bearer(person: people.Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


async def _sealed(codec: SealingCodec = CODEC) -> dict[str, Any]:
    [payload] = await codec.encode([Payload(metadata={"encoding": b"json/plain"}, data=TELLS)])
    metadata = {key: base64.b64encode(each).decode() for key, each in payload.metadata.items()}
    return {"payloads": [{"metadata": metadata, "data": base64.b64encode(payload.data).decode()}]}


async def _job(by: people.Person) -> Job:
    return await Job.queue(JobOrder(JobKind.MASS_CREATE, {}), by.viewer)


async def test_staff_find_a_job_in_the_console_and_others_see_no_link(database: str) -> None:
    del database
    product, admin = Product(), await people.administrator()
    reseller = await people.reseller(admin)
    job = await _job(reseller)
    shown = global_id("Job", job.id)
    assert (await product.ask(admin, URL, id=shown))["job"] == {"workflowUrl": None}
    install_console(Console(CONSOLE, "my house"))
    url = f"{CONSOLE}namespaces/my%20house/workflows/mass-create%2F{job.id}"
    assert (await product.ask(admin, URL, id=shown))["job"] == {"workflowUrl": url}
    assert (await product.ask(reseller, URL, id=shown))["job"] == {"workflowUrl": None}


async def test_a_staff_member_gives_the_console_an_address_that_opens_payloads(
    door: httpx.AsyncClient,
) -> None:
    admin = await people.administrator()
    address = (await door.get("/codec", headers=_bearer(admin))).json()["endpoint"]
    opened = await door.post(f"{address}/decode", json=await _sealed())
    [payload] = opened.json()["payloads"]
    assert base64.b64decode(payload["data"]) == TELLS
    assert opened.headers["access-control-allow-origin"] == origin_of(CONSOLE)
    with_token = await door.post("/codec/decode", json=await _sealed(), headers=_bearer(admin))
    assert with_token.json() == opened.json()


async def test_an_address_of_somebody_who_has_left_opens_nothing(door: httpx.AsyncClient) -> None:
    admin = await people.administrator()
    sam = await people.staff(admin, Role.SUB_ADMIN, "customers:read")
    address = (await door.get("/codec", headers=_bearer(sam))).json()["endpoint"]
    await Staff.filter(id=sam.id).update(status=ActiveStatus.INACTIVE)
    assert (await door.post(f"{address}/decode", json=await _sealed())).status_code == 401


async def test_nobody_but_staff_gets_an_address_or_a_payload(door: httpx.AsyncClient) -> None:
    reseller = await people.reseller(await people.administrator())
    stranger = await door.post("/codec/decode", json=await _sealed())
    made_up = await door.post("/codec/not-signed/decode", json=await _sealed())
    file = links.url_of(links.Link("file", uuid4(), reseller.id, LATER)).rpartition("/")[2]
    other_kind = await door.post(f"/codec/{file}/decode", json=await _sealed())
    assert [each.status_code for each in (stranger, made_up, other_kind)] == [401, 401, 401]
    as_reseller = _bearer(reseller)
    address = await door.get("/codec", headers=as_reseller)
    opened = await door.post("/codec/decode", json=await _sealed(), headers=as_reseller)
    assert [each.status_code for each in (address, opened)] == [403, 403]


async def test_what_this_house_has_not_sealed_is_refused_in_words(door: httpx.AsyncClient) -> None:
    admin = _bearer(await people.administrator())
    strange = await _sealed(SealingCodec(PayloadKeys("9", {"9": bytes(32)})))
    changed = await _sealed()
    changed["payloads"][0]["data"] = base64.b64encode(bytes(64)).decode()
    for body in (orjson.dumps(strange), orjson.dumps(changed), b"{", b"\xff", b"[1]", b"{}x"):
        answer = await door.post("/codec/decode", content=body, headers=admin)
        assert answer.status_code == 400, body
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    large = await door.post("/codec/decode", content=bytes(MOST_BYTES + 1), headers=admin)
    assert large.status_code == 413


async def test_another_page_is_not_let_in(door: httpx.AsyncClient) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-namespace",
    }
    assert (await door.options("/codec/decode", headers=asked)).status_code == 200
    elsewhere = {**asked, "Origin": "https://elsewhere.example"}
    assert (await door.options("/codec/decode", headers=elsewhere)).status_code == 400
