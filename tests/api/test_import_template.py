"""The template of an import has the columns that an import recognises, for whoever may import."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.answers import SignedInRoute
from gateway.auth import Viewers
from gateway.import_template import send_template
from models.rules.customer_columns import recognised
from models.rules.enums import CustomerImportField
from models.rules.viewer import Viewer
from tests.api.playground import CLERK
from tests.api.test_files import IMPORTER

PATH = "/imports/template.csv"


@pytest.fixture
async def door() -> AsyncIterator[httpx.AsyncClient]:
    async def find(token: str) -> Viewer | None:
        return {"ada": IMPORTER, "bob": CLERK}.get(token)

    give = SignedInRoute(Viewers(find), send_template)
    transport = httpx.ASGITransport(Starlette(routes=[Route(PATH, give.answer)]))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


async def test_every_column_of_the_template_is_recognised(door: httpx.AsyncClient) -> None:
    answer = await door.get(PATH, headers={"Authorization": "Bearer ada"})
    assert answer.status_code == 200
    assert 'filename="customers_template.csv"' in answer.headers["content-disposition"]
    (header,) = answer.text.splitlines()
    layout = recognised(header.split(","))
    assert layout.unmapped == ()
    assert {CustomerImportField.NUMBER, CustomerImportField.EMAIL} <= set(layout.fields)


@pytest.mark.parametrize(("token", "status"), [("bob", 403), ("nobody", 401)])
async def test_nobody_else_gets_the_template(
    door: httpx.AsyncClient, token: str, status: int
) -> None:
    answer = await door.get(PATH, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == status
