"""Every example document is answered by the demo house, shows something, and is found by README."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.cast import FULL, customers
from gateway.settings import PROJECT
from models.accounts.account import Account
from models.accounts.rate_group import RateGroup
from schema.scalars import global_id
from tests import people
from tests.api.product import Product
from tests.demo_house import DemoHouse, demo_house
from tests.servers import Answer

DOCUMENTS = sorted((PROJECT / "documents").glob("*.graphql"))
SCREEN = (PROJECT / "documents" / "07-customer-screen.graphql").read_text()
# No telephone is switched on in a test, no device is bound to a network, no worker has run.
MAY_BE_EMPTY = {
    *("registrations", "allowedNetworks", "callBlockers", "codecs", "userErrors"),
    *("switches", "unmappedColumns", "jobs.rows"),
}


@pytest.fixture(scope="module")
async def house(
    cluster: Answer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[DemoHouse]:
    async with demo_house(cluster, tmp_path_factory.mktemp("demo")) as house:
        yield house


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
async def test_a_document_is_answered_and_shows_something(path: Path, house: DemoHouse) -> None:
    variables = await _variables(path)
    data = await Product().ask(house.admin, _text(path), **variables)
    assert all(answer is not None for answer in data.values())
    assert {place for place in _empty(data) if place not in MAY_BE_EMPTY} == set()
    assert list(_refused(data)) == []


async def test_a_reseller_and_a_customer_see_their_part_of_the_same_document(
    house: DemoHouse,
) -> None:
    product, screen = Product(), SCREEN
    harbour = next(c.number for c in customers() if c.owner.number == "harbour")
    reseller = await people.sign_in("harbour", house.password)
    own = await people.sign_in(FULL, house.password)
    for token, number, is_seen in (
        (reseller, harbour, True),
        (reseller, FULL, False),
        (own, FULL, True),
        (own, harbour, False),
    ):
        answer = await product.ask(token, screen, number=number)
        assert (answer["customerByNumber"] is not None) is is_seen


def test_every_document_is_linked_from_the_readme() -> None:
    readme = (PROJECT / "README.md").read_text()
    assert [path.name for path in DOCUMENTS if f"(documents/{path.name})" not in readme] == []


def test_every_file_of_variables_belongs_to_a_document() -> None:
    beside = {path.stem for path in (PROJECT / "documents").glob("*.json")}
    assert beside <= {path.stem for path in DOCUMENTS}


async def test_a_document_that_shows_nothing_is_noticed() -> None:
    data = {"customerByNumber": {"dids": {"nodes": []}, "taxes": [], "number": "1"}}
    assert set(_empty(data)) == {"customerByNumber.dids", "taxes"}
    assert list(_refused({"made": {"userErrors": [{"code": "TAKEN"}]}})) == ["TAKEN"]


async def _variables(path: Path) -> dict[str, Any]:
    """What stands beside the document, with what only this house can know filled in."""
    variables: dict[str, Any] = json.loads(_text(path.with_suffix(".json")))
    if path.stem == "01-sign-in":
        variables["input"] = {"login": "admin@house.example", "password": people.PASSWORD}
    elif path.stem == "06-create-customer":
        group = await RateGroup.get(name="Standard", reseller_id=None)
        variables["input"]["rateGroupId"] = global_id("RateGroup", group.id)
    elif path.stem == "32-call-decision":
        account = await Account.get(number=FULL)
        variables["customerId"] = global_id("Customer", account.id)
    return variables


def _text(path: Path) -> str:
    """The file, or the variables of a document that takes none."""
    return path.read_text() if path.exists() else "{}"


def _empty(data: Any, place: str = "") -> Iterator[str]:
    """Lists and connections without items: the last name, or two for a connection."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name == "nodes" and value == []:
                yield place
            elif value == []:
                yield name
            else:
                yield from _empty(value, _below(place, name))
    elif isinstance(data, list):
        for item in data:
            yield from _empty(item, place)


def _below(place: str, name: str) -> str:
    return place if name == "nodes" else ".".join([*place.split(".")[-1:], name]).lstrip(".")


def _refused(data: Any) -> Iterator[str]:
    for payload in data.values():
        if isinstance(payload, dict):
            yield from (error["code"] for error in payload.get("userErrors", []))
