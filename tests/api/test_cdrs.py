"""`POST /cdrs` as a switch meets it: both forms, one or many, each call once, nothing lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from tortoise import Tortoise

from models.switch.node import SwitchNode
from tests import people
from tests.listener import PASSWORD, Switch, listening
from tests.people import Person

START = datetime.now(UTC) - timedelta(minutes=5)


@pytest.fixture
async def admin(database: str) -> Person:
    return await people.administrator()


@pytest.fixture
async def switch(admin: Person, database: str) -> AsyncIterator[Switch]:
    await SwitchNode.first_credentials("switch", PASSWORD)
    async with listening(database) as asking:
        yield asking


def call(name: str, account: Person, debit: str = "0.50") -> dict[str, Any]:
    return {
        "uniqueId": name,
        "accountId": str(account.id),
        "callerId": "49301",
        "calledNumber": "49402",
        "startedAt": START.isoformat(),
        "endedAt": (START + timedelta(seconds=60)).isoformat(),
        "billableSeconds": 60,
        "debit": debit,
    }


async def post(switch: Switch, body: Any) -> httpx.Response:
    return await switch.client.post("/cdrs", json=body)


async def balance(account: Person) -> Decimal:
    rows = await Tortoise.get_connection("default").execute_query_dict(
        "SELECT balance FROM ledger_accounts WHERE id = $1", [account.id]
    )
    return Decimal(rows[0]["balance"])


async def kept(table: str = "cdrs") -> int:
    rows = await Tortoise.get_connection("default").execute_query_dict(
        f"SELECT count(*) AS n FROM {table}"
    )
    return int(rows[0]["n"])


async def test_a_call_is_kept_and_charged_once_however_often_it_is_posted(
    admin: Person, switch: Switch
) -> None:
    carla = await people.customer(admin, opening_balance=Decimal(5))
    first = await post(switch, call("one", carla))
    again = await asyncio.gather(*(post(switch, call("one", carla)) for _ in range(20)))
    assert first.status_code == 200
    assert {answer.text for answer in again} == {first.text}
    assert first.json() == {"stored": ["one"]}
    assert await balance(carla) == Decimal("4.5")
    assert await kept() == 1


async def test_many_calls_come_in_one_post(admin: Person, switch: Switch) -> None:
    carla = await people.customer(admin, opening_balance=Decimal(5))
    calls = [call(f"c{n}", carla, "0.001") for n in range(600)]
    answer = await post(switch, calls)
    assert answer.json() == {"stored": [f"c{n}" for n in range(600)]}
    assert await balance(carla) == Decimal("4.4")


async def test_calls_of_the_same_callers_posted_at_once_are_each_charged_once(
    admin: Person, switch: Switch
) -> None:
    callers = [await people.customer(admin, opening_balance=Decimal(5)) for _ in range(3)]
    calls = [call(f"c{n}", callers[n % 3], "0.001") for n in range(900)]
    bodies = [calls, calls[::-1], calls[450:] + calls[:450], calls[::-1]]
    answers = await asyncio.gather(*(post(switch, body) for body in bodies))
    for answer, body in zip(answers, bodies, strict=True):
        assert answer.json() == {"stored": [one["uniqueId"] for one in body]}
    assert [await balance(caller) for caller in callers] == [Decimal("4.7")] * 3
    assert await kept() == 900


async def test_a_call_of_nobody_is_kept_and_answered_like_any_other(
    admin: Person, switch: Switch
) -> None:
    carla = await people.customer(admin)
    stranger = call("lost", carla) | {"accountId": None, "accountNumber": "nobody"}
    answer = await post(switch, [call("one", carla), stranger])
    assert (answer.status_code, answer.json()) == (200, {"stored": ["one", "lost"]})
    assert (await kept(), await kept("cdr_orphans")) == (1, 1)


async def test_freeswitch_posts_its_own_form_and_the_second_leg_is_left_out(
    admin: Person, switch: Switch
) -> None:
    carla = await people.customer(admin, opening_balance=Decimal(5))
    variables = {
        "uuid": "leg-a",
        "account_id": str(carla.id),
        "billsec": "30",
        "debit": "0.25",
        "start_epoch": str(int(START.timestamp())),
        "end_epoch": str(int(START.timestamp()) + 30),
        "hangup_cause": "NORMAL_CLEARING",
    }
    profile = {"caller_id_number": "49301", "destination_number": "49402"}
    first = {"variables": variables, "callflow": [{"caller_profile": profile}]}
    second_profile: dict[str, Any] = profile | {"originator": {"originator_caller_profiles": []}}
    second = {
        "variables": variables | {"uuid": "leg-b"},
        "callflow": [{"caller_profile": second_profile}],
    }
    for leg, stored in ((first, ["leg-a"]), (second, [])):
        form = urlencode({"cdr": json.dumps(leg)})
        answer = await switch.client.post(
            "/cdrs",
            content=form,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert answer.json() == {"stored": stored}
    assert await balance(carla) == Decimal("4.75")


@pytest.mark.parametrize("body", ["", "[", "[]", "1", "[1]", '{"calledNumber": "1"}'])
async def test_garbage_is_refused_with_a_sentence_and_nothing_is_kept(
    switch: Switch, body: str
) -> None:
    answer = await switch.client.post("/cdrs", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
    assert (await kept(), await kept("cdr_orphans")) == (0, 0)


async def test_what_is_wrong_in_a_list_is_said_with_its_place(
    admin: Person, switch: Switch
) -> None:
    carla = await people.customer(admin)
    answer = await post(switch, [call("one", carla), {"debit": "1"}])
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("[1]: uniqueId")


async def test_a_call_that_no_wallet_can_hold_is_kept_and_the_others_are_charged(
    admin: Person, switch: Switch
) -> None:
    carla = await people.customer(admin)
    dear = [call(f"dear-{n}", carla, "60000000000000") for n in range(2)]
    answer = await post(switch, [call("one", carla, "0.5"), *dear])
    assert answer.status_code == 200
    assert (await kept(), await kept("cdr_orphans")) == (2, 1)
    assert await balance(carla) == Decimal("-60000000000000.5")


async def test_nobody_posts_calls_without_a_nodes_credentials(
    admin: Person, switch: Switch
) -> None:
    carla = await people.customer(admin)
    switch.client.auth = httpx.BasicAuth("switch", "wrong")
    assert (await post(switch, call("one", carla))).status_code == 401
    assert await kept() == 0
