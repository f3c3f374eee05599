"""`GET /exports/customers.csv`: what a list shows, as a file, for whoever may export it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette

from gateway.app import export_route
from gateway.auth import Viewers
from gateway.exports import POINTS, Exports
from gateway.limits import Points
from models.access.principal import viewer_of_token
from models.database import read_pool
from models.jobs import export
from models.jobs.export_plan import ExportPlan
from models.jobs.selection import of_ids
from models.rules.enums import Role
from schema.scalars import global_id
from tests import people
from tests.api.product import Product, product_schema
from tests.people import Person

FILE = "/exports/customers.csv"


@pytest.fixture
async def door(database: str) -> AsyncIterator[httpx.AsyncClient]:
    """The route alone, for callers who may spend what three files cost."""
    exports = Exports(product_schema(), Points(3 * POINTS))
    application = Starlette(routes=[export_route(exports, Viewers(viewer_of_token))])
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


async def asked(
    door: httpx.AsyncClient, who: Person | None, file: str = FILE, **parts: str
) -> httpx.Response:
    headers = {} if who is None else {"Authorization": f"Bearer {who.token}"}
    return await door.get(file, params=parts or None, headers=headers)


def numbers(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {row["Account"] for row in csv.DictReader(io.StringIO(answer.text))}


def codes(answer: httpx.Response) -> tuple[int, list[str]]:
    return answer.status_code, [e["extensions"]["code"] for e in answer.json()["errors"]]


async def test_each_role_gets_what_its_list_shows_or_a_refusal(door: httpx.AsyncClient) -> None:
    admin = await people.administrator()
    allowed = await people.staff(admin, Role.SUB_ADMIN, "customers:read", "customers:export")
    barred = await people.staff(admin, Role.SUB_ADMIN, "customers:read")
    rita, ben = await people.reseller(admin), await people.reseller(admin)
    under = await people.reseller(admin, rita)
    ours, hers, below = (
        await people.customer(admin),
        await people.customer(admin, rita),
        await people.customer(admin, under),
    )
    everybody = {ours.login, hers.login, below.login}
    assert numbers(await asked(door, admin)) == everybody
    assert numbers(await asked(door, allowed)) == everybody
    assert codes(await asked(door, barred)) == (403, ["FORBIDDEN"])
    assert numbers(await asked(door, rita)) == {hers.login, below.login}
    assert numbers(await asked(door, under)) == {below.login}
    assert numbers(await asked(door, ben)) == set()
    assert codes(await asked(door, hers)) == (403, ["FORBIDDEN"])
    assert codes(await asked(door, None)) == (401, ["UNAUTHENTICATED"])


async def test_filter_order_and_columns_are_those_of_the_job(door: httpx.AsyncClient) -> None:
    admin = await people.administrator()
    for number in ("770002", "770001", "880001"):
        await people.customer(admin, number=number, company="=1+1")
    chosen = {
        "where": '{"number": {"startsWith": "77"}}',
        "orderBy": '{"field": "NUMBER", "direction": "ASC"}',
        "columns": "ACCOUNT,COMPANY",
    }
    answer = await asked(door, admin, **chosen)
    assert answer.text.splitlines() == ["Account,Company", "770001,'=1+1", "770002,'=1+1"]
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="customers_2' in answer.headers["content-disposition"]
    answer = await asked(door, admin, "/exports/customers.jsonl", **chosen)
    lines = map(json.loads, answer.text.splitlines())
    assert [line["Account"] for line in lines] == ["770001", "770002"]


async def test_equal_rows_follow_each_other_as_in_the_list(door: httpx.AsyncClient) -> None:
    admin = await people.administrator()
    for number in ("1", "2", "3"):
        await people.customer(admin, number=number, last_name="Same")
    query = "query($by: CustomerOrder) { customers(orderBy: $by) { nodes { number } } }"
    for direction in ("ASC", "DESC"):
        order = {"field": "LAST_NAME", "direction": direction}
        shown = await Product().ask(admin, query, by=order)
        answer = await asked(door, admin, orderBy=json.dumps(order), columns="ACCOUNT")
        listed = [node["number"] for node in shown["customers"]["nodes"]]
        assert answer.text.splitlines()[1:] == listed
        assert sorted(listed) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ({"kind": {"in": ["PROVIDER"]}}, "providers_2"),
        ({"and": [{"kind": {"ne": "CUSTOMER"}}, {"status": {"eq": "ACTIVE"}}]}, "providers_2"),
        ({"kind": {"in": ["PROVIDER", "CUSTOMER"]}}, "customers_2"),
    ],
)
async def test_a_file_of_providers_alone_is_called_so(
    door: httpx.AsyncClient, where: dict[str, object], name: str
) -> None:
    admin = await people.administrator()
    answer = await asked(door, admin, where=json.dumps(where))
    assert f'filename="{name}' in answer.headers["content-disposition"]


async def test_a_filter_by_another_reseller_finds_what_one_by_nobody_finds(
    door: httpx.AsyncClient,
) -> None:
    admin = await people.administrator()
    rita, ben = await people.reseller(admin), await people.reseller(admin)
    hers = await people.customer(admin, rita)
    for where in (
        {"resellerId": {"eq": global_id("Reseller", rita.id)}},
        {"id": {"in": [global_id("Customer", hers.id)]}},
        {"or": [{"resellerId": {"in": [global_id("Reseller", rita.id)]}}]},
    ):
        assert numbers(await asked(door, rita, where=json.dumps(where))) == {hers.login}
        assert numbers(await asked(door, ben, where=json.dumps(where))) == set()


async def test_a_part_of_the_file_and_its_size_alone_may_be_asked_for(
    door: httpx.AsyncClient,
) -> None:
    admin = await people.administrator()
    await people.customer(admin, number="770001")
    headers = {"Authorization": f"Bearer {admin.token}"}
    file = f"{FILE}?columns=ACCOUNT"
    whole = await door.get(file, headers=headers)
    size = await door.head(file, headers=headers)
    assert (size.status_code, size.content) == (200, b"")
    assert size.headers["content-length"] == str(len(whole.content))
    part = await door.get(file, headers=headers | {"Range": "bytes=8-"})
    assert (part.status_code, part.text) == (206, "770001\n")


@pytest.mark.parametrize("wanted", ["bytes={}-", "bytes=-{}", "bytes=0-{}"])
async def test_a_part_named_by_thousands_of_digits_is_the_whole_file(
    door: httpx.AsyncClient, wanted: str
) -> None:
    admin = await people.administrator()
    headers = {"Authorization": f"Bearer {admin.token}", "Range": wanted.format("9" * 5000)}
    answer = await door.get(f"{FILE}?columns=ACCOUNT", headers=headers)
    assert (answer.status_code, answer.text) == (200, "Account\n")


async def test_a_longer_list_is_left_to_the_job(
    door: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await people.administrator()
    monkeypatch.setattr(export, "MOST_AT_ONCE", 2)
    for number in ("770001", "770002"):
        await people.customer(admin, number=number)
    assert numbers(await asked(door, admin)) == {"770001", "770002"}
    await people.customer(admin, number="770003")
    answer = await asked(door, admin)
    assert codes(answer) == (400, ["BAD_USER_INPUT"])
    assert "customerExportStart" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "parts",
    [
        {"where": "{"},
        {"where": '{"number": 1}'},
        {"where": '{"nothing": {"eq": "1"}}'},
        {"where": '{"balance": {"gt": "NaN"}}'},
        {"where": '{"number": {"eq": "\\u0000"}}'},
        {"where": '{"not": ' * 100 + "{}" + "}" * 100},
        {"columns": "ACCOUNT,PASSWORD"},
        {"columns": ""},
        {"orderBy": '{"field": "NUMBER"}'},
        {"format": '"JSONL"'},
        {"idempotencyKey": '"one"'},
    ],
)
async def test_whatever_else_is_asked_is_refused_with_a_code(
    door: httpx.AsyncClient, parts: dict[str, str]
) -> None:
    admin = await people.administrator()
    assert codes(await asked(door, admin, **parts)) == (400, ["BAD_USER_INPUT"])


async def test_no_other_form_is_there_and_no_part_is_said_twice(door: httpx.AsyncClient) -> None:
    admin = await people.administrator()
    assert codes(await asked(door, admin, "/exports/customers.xlsx")) == (404, ["BAD_USER_INPUT"])
    twice = await asked(door, admin, f"{FILE}?columns=ACCOUNT&columns=STATUS")
    assert codes(twice) == (400, ["BAD_USER_INPUT"])


async def test_files_are_paid_for_with_the_callers_points(door: httpx.AsyncClient) -> None:
    admin = await people.administrator()
    ada = await people.staff(admin, Role.SUB_ADMIN, "customers:read", "customers:export")
    answers = [await asked(door, ada) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert codes(answers[-1])[1] == ["RATE_LIMITED"]
    assert (await asked(door, admin)).status_code == 200


async def test_the_job_may_take_longer_than_a_read_and_the_route_may_not(database: str) -> None:
    admin = await people.administrator()
    carla = await people.customer(admin)
    everyone = of_ids([carla.id], admin.viewer)
    plan = ExportPlan(selection=everyone, order="(SELECT pg_sleep(0.5)::text)")
    content = bytearray()

    async def keep(piece: bytes) -> None:
        content.extend(piece)

    async with read_pool().acquire() as connection:  # the pool has opened no other one yet
        await connection.execute("SET statement_timeout = '200ms'")
    assert await export.write_export(plan, keep) == 1
    assert carla.login in content.decode()
    with pytest.raises(asyncpg.QueryCanceledError):
        await export.export_at_once(plan)
