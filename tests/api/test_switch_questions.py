"""What a switch asks beside look-ups: decisions of calls, calling-card PINs, PINs of mailboxes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from models.access.audit import AuditEvent
from models.accounts.account import Account
from models.panel.blocked_code import BlockedCode
from models.panel.sip_device import SipDevice
from models.rules.enums import AccountStatus
from models.rules.panel import BlockedCodeDraft
from models.rules.sip_device import SipDeviceDraft
from models.switch.node import SwitchNode
from tests.listener import PASSWORD, REALM, Switch, listening
from tests.people import Person, administrator, customer


@pytest.fixture
async def admin(database: str) -> Person:
    return await administrator()


@pytest.fixture
async def switch(admin: Person, database: str) -> AsyncIterator[Switch]:
    await SwitchNode.first_credentials("switch", PASSWORD)
    async with listening(database) as asking:
        yield asking


async def decision(switch: Switch, **asked: str) -> dict[str, Any]:
    answer = await switch.client.get("/call-decision", params={"call_id": "c1"} | asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def funded(admin: Person, **fields: Any) -> Person:
    return await customer(admin, opening_balance=Decimal(10), **fields)


async def test_a_call_of_an_account_in_funds_may_go_on(admin: Person, switch: Switch) -> None:
    carla = await funded(admin)
    by_number = await decision(switch, account=carla.login, cli="4930", called_number="4420")
    assert by_number["verdict"] == "ALLOW"
    assert (by_number["presented_cli"], by_number["dial_number"]) == ("4930", "4420")
    account = await Account.get(id=carla.id)
    assert by_number["rate_group_id"] == str(account.rate_group_id)
    assert by_number["rate_group"].startswith("Rates")
    by_id = await decision(switch, account_id=str(carla.id), cli="4930", called_number="4420")
    assert by_id == by_number


async def test_the_reason_of_a_refusal_is_told(admin: Person, switch: Switch) -> None:
    poor, off, blocked = await customer(admin), await funded(admin), await funded(admin)
    await Account.filter(id=off.id).update(status=AccountStatus.INACTIVE)
    await BlockedCode.block(admin.viewer, blocked.id, BlockedCodeDraft(prefix="44"))
    for whose, reason in (
        (poor, "NO_FUNDS"),
        (off, "ACCOUNT_OFF"),
        (blocked, "DESTINATION_BLOCKED"),
    ):
        answer = await decision(switch, account=whose.login, called_number="442079460000")
        assert (answer["verdict"], answer["reason"]) == ("REJECT", reason)
        assert answer["dial_number"] is None
        assert answer["rate_group"] is None


async def test_a_call_that_names_nobody_or_nothing_is_refused(switch: Switch) -> None:
    for asked, status in (
        ({"call_id": "c1", "account": "nobody"}, 404),
        ({"call_id": "c1"}, 400),
        ({"account": "10001"}, 400),
        ({"call_id": "c1", "account_id": "no-id"}, 400),
        ({"call_id": "c1", "account": "a b"}, 400),
        ({"call_id": "c" * 129, "account": "10001"}, 400),
        ({"call_id": "c1", "account": "10001", "cli": "a\x00b"}, 400),
    ):
        answer = await switch.client.get("/call-decision", params=asked)
        assert answer.status_code == status, asked
        assert answer.json()["error"]


async def test_a_pin_finds_the_account_that_may_call_with_it(admin: Person, switch: Switch) -> None:
    carla = await customer(admin, pin="135790")
    answer = await switch.client.post("/pin", json={"pin": "135790"})
    assert answer.json() == {"account_id": str(carla.id), "account": carla.login}
    assert (await switch.client.post("/pin", data={"pin": "135790"})).json() == answer.json()
    await Account.filter(id=carla.id).update(status=AccountStatus.INACTIVE)
    off = await switch.client.post("/pin", json={"pin": "135790"})
    unknown = await switch.client.post("/pin", json={"pin": "000000"})
    assert (off.status_code, off.content) == (unknown.status_code, unknown.content)
    assert off.status_code == 404


async def test_guessing_pins_is_slow(admin: Person, switch: Switch) -> None:
    await customer(admin, pin="135790")
    for guess in range(30):
        answer = await switch.client.post("/pin", json={"pin": f"{guess:06}"})
        assert answer.status_code == 404
    refused = await switch.client.post("/pin", json={"pin": "135790"})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60


async def test_what_is_no_pin_is_refused(switch: Switch) -> None:
    for body in (b"", b"{", b'{"pin": 7}', b'{"pin": "abc"}', b"pin=", b"\xff", b"x" * 2000):
        assert (await switch.client.post("/pin", content=body)).status_code == 400


async def test_the_pin_of_a_mailbox_is_set_at_once(admin: Person, switch: Switch) -> None:
    carla = await customer(admin)
    draft = SipDeviceDraft(account_id=carla.id, username="desk")
    await SipDevice.issue(admin.viewer, draft)
    wanted = {"user": "desk", "domain": REALM, "pin": "246810"}
    assert (await switch.client.post("/voicemail-pin", json=wanted)).status_code == 200
    asked = await switch.ask("desk", action="voicemail-lookup")
    assert 'name="vm-password" value="246810"' in asked.text
    event = await AuditEvent.get(action="voicemailPinChange")
    assert (event.account_id, event.subject_label) == (carla.id, f"desk@{REALM}")
    assert "246810" not in str(event.changes)


async def test_only_a_mailbox_that_is_there_gets_a_pin(admin: Person, switch: Switch) -> None:
    for wanted, status in (
        ({"user": "nobody", "domain": REALM, "pin": "246810"}, 404),
        ({"user": "nobody", "domain": REALM, "pin": "24681"}, 400),
        ({"user": "no body", "domain": REALM, "pin": "246810"}, 400),
        ({"user": "nobody", "pin": "246810"}, 400),
    ):
        answer = await switch.client.post("/voicemail-pin", json=wanted)
        assert answer.status_code == status, wanted
    assert await AuditEvent.filter(action="voicemailPinChange").count() == 0
    assert admin.viewer.is_staff


async def test_strangers_ask_none_of_it(switch: Switch) -> None:
    switch.client.auth = ("switch", "wrong")
    assert (await switch.client.get("/call-decision", params={"call_id": "c"})).status_code == 401
    for path in ("/pin", "/voicemail-pin"):
        answer = await switch.client.post(path, json={"pin": "135790"})
        assert (answer.status_code, answer.content) == (401, b"")
