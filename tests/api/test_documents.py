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
from models.money.invoice import Invoice
from schema.scalars import global_id
from tests import people
from tests.api.product import Product
from tests.api.told_ids import TOLD
from tests.demo_house import DemoHouse, demo_house
from tests.servers import Answer

DOCUMENTS = sorted((PROJECT / "documents").glob("*.graphql"))
# Answers with secrets are printed nowhere, and that of the whole screen is those of its panels.
ANSWERED = [p for p in DOCUMENTS if p.stem[:2] not in {"01", "06", "07"}]
SCREEN = (PROJECT / "documents" / "07-customer-screen.graphql").read_text()
# No telephone is switched on in a test, no device is bound to a network, no worker has run.
MAY_BE_EMPTY = {
    *("registrations", "allowedNetworks", "callBlockers", "codecs", "userErrors"),
    *("switches", "unmappedColumns", "jobs.rows", "reasons", "downloads"),
    *("ledgerDifferences", "numberGaps", "leftovers", "stuckJobs"),  # all is well
}


@pytest.fixture(scope="module")
async def house(
    cluster: Answer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[DemoHouse]:
    async with demo_house(cluster, tmp_path_factory.mktemp("demo")) as house:
        yield house


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
async def test_a_document_is_answered_as_printed_and_shows_something(
    path: Path, house: DemoHouse
) -> None:
    data = await _answered(path, house)
    assert all(answer is not None for answer in data.values())
    assert {place for place in _empty(data) if place not in MAY_BE_EMPTY} == set()
    assert list(_refused(data)) == []
    if path in ANSWERED:
        printed = PROJECT / "documents" / "answers" / f"{path.stem}.json"
        fresh = shortened(data)
        assert alike(json.loads(_text(printed)), fresh), f"{printed}:\n{json.dumps(fresh)}"


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


def test_every_document_and_every_answer_is_linked_from_the_readme() -> None:
    readme = (PROJECT / "README.md").read_text()
    files = [f"documents/{path.name}" for path in DOCUMENTS]
    files += [f"documents/answers/{path.stem}.json" for path in ANSWERED]
    assert [name for name in files if f"({name})" not in readme] == []


def test_every_file_of_variables_and_every_answer_belongs_to_a_document() -> None:
    folder = PROJECT / "documents"
    beside = {path.stem for place in (folder, folder / "answers") for path in place.glob("*.json")}
    assert beside <= {path.stem for path in DOCUMENTS}


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Ada", "dids": [{"number": "1"}], "fee": None},
        {"name": "Ben", "dids": [], "fee": "2"},
    ],
)
def test_answers_with_other_values_are_alike(other: dict[str, Any]) -> None:
    assert alike({"name": "Ada", "dids": [{"number": "2"}], "fee": "1"}, other)


@pytest.mark.parametrize(
    "other",
    [{}, {"name": 1}, {"name": "Ada", "age": 1}, {"name": ["Ada"]}, ["Ada"]],
)
def test_answers_of_another_shape_are_not_alike(other: Any) -> None:
    assert not alike({"name": "Ada"}, other)


async def test_a_document_that_shows_nothing_is_noticed() -> None:
    data = {"customerByNumber": {"dids": {"nodes": []}, "taxes": [], "number": "1"}}
    assert set(_empty(data)) == {"customerByNumber.dids", "taxes"}
    assert list(_refused({"made": {"userErrors": [{"code": "TAKEN"}]}})) == ["TAKEN"]


def shortened(data: Any) -> Any:
    """The answer with at most two items in each list, so that people can read it."""
    if isinstance(data, dict):
        return {name: shortened(value) for name, value in data.items()}
    return [shortened(item) for item in data[:2]] if isinstance(data, list) else data


def alike(printed: Any, fresh: Any) -> bool:
    """Whether two answers have the same fields with the same kinds of values; null is any."""
    if printed is None or fresh is None:
        return True
    if isinstance(printed, dict) and isinstance(fresh, dict):
        same = printed.keys() == fresh.keys()
        return same and all(alike(value, fresh[name]) for name, value in printed.items())
    if isinstance(printed, list) and isinstance(fresh, list):
        return all(alike(one, other) for one in printed for other in fresh)
    return type(printed) is type(fresh)


async def _answered(path: Path, house: DemoHouse) -> Any:
    return await Product().ask(house.admin, _text(path), **await _variables(path, house))


async def _variables(path: Path, house: DemoHouse) -> dict[str, Any]:
    """What stands beside the document, with what only this house can know filled in."""
    variables: dict[str, Any] = json.loads(_text(path.with_suffix(".json")))
    if path.stem == "01-sign-in":
        variables["input"] = {"login": "admin@house.example", "password": people.PASSWORD}
    else:
        await _fill_in(variables, house.admin)
    return variables


async def _fill_in(given: dict[str, Any], admin: people.Person) -> None:
    """Put an id wherever the variables say whose it is."""
    for name, value in given.items():
        if isinstance(value, dict):
            await _fill_in(value, admin)
        elif isinstance(value, str) and value in TOLD:
            given[name] = await TOLD[value](admin)
        elif isinstance(value, list) and str(value[0]) in TOLD:
            given[name] = [await TOLD[str(value[0])](admin)]
        elif value == f"the id of customer {FULL}":
            given[name] = global_id("Customer", (await Account.get(number=FULL)).id)
        elif value == "the id of an open invoice":
            open_ones = Invoice.filter(outstanding__gt=1).order_by("issued_at", "id")
            given[name] = global_id("Invoice", (await open_ones.first().values())["id"])


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
    for name, payload in data.items():
        if isinstance(payload, dict) and name != "refused":  # shown on purpose
            yield from (error["code"] for error in payload.get("userErrors", []))
