"""The switches' listener over HTTP: who is let in, and how quickly nobody is any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import asyncpg
import httpx
import pytest

from gateway.directory import answers
from models.accounts.account import Account
from models.ids import new_id
from models.panel.ip_setting import IpSetting
from models.panel.sip_device import SipDevice
from models.panel.sip_issue import IssuedDevice
from models.rules.enums import AccountStatus, ActiveStatus
from models.rules.sip_device import SipDeviceDraft, SipDevicePatch
from models.switch.node import SwitchNode
from tests.listener import PASSWORD, REALM, Switch, ha1, listening
from tests.people import Person, administrator, customer, reseller


@pytest.fixture
async def admin(database: str) -> Person:
    return await administrator()


@pytest.fixture
async def switch(admin: Person, database: str) -> AsyncIterator[Switch]:
    await SwitchNode.first_credentials("switch", PASSWORD)
    async with listening(database) as asking:
        yield asking


async def device_of(by: Person, whose: Person, **said: Any) -> IssuedDevice:
    return await SipDevice.issue(by.viewer, SipDeviceDraft(account_id=whose.id, **said))


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 2.0) -> None:
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.02)


@asynccontextmanager
async def database_away(dsn: str) -> AsyncIterator[None]:
    """The database refuses everybody, and ends whoever is connected."""
    base, _, name = dsn.rpartition("/")
    maintenance = await asyncpg.connect(f"{base}/postgres")
    try:
        await maintenance.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await maintenance.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        yield
    finally:
        await maintenance.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await maintenance.close()


async def test_a_new_device_is_let_in_at_once(admin: Person, switch: Switch) -> None:
    carla = await customer(admin)
    assert (await switch.ask(carla.login, action="sip_auth")).text == answers.NOT_FOUND
    device = await device_of(admin, carla)
    assert await switch.lets_in(device)


async def test_every_refusal_is_the_same_document(admin: Person, switch: Switch) -> None:
    rita, debtor = await reseller(admin), await reseller(admin)
    off, expired, indebted = [await customer(admin) for _ in range(3)]
    below = [await customer(owner, owner) for owner in (rita, debtor)]
    devices = [
        *[await device_of(admin, whose) for whose in (off, expired, indebted, *below)],
        inactive := await device_of(admin, await customer(admin)),
        removed := await device_of(admin, await customer(admin)),
    ]
    past = datetime.now(UTC) - timedelta(seconds=1)
    await Account.filter(id=off.id).update(status=AccountStatus.INACTIVE)
    await Account.filter(id=expired.id).update(expires_at=past)
    await Account.filter(id__in=[indebted.id, debtor.id]).update(suspended_for_debt_at=past)
    await Account.filter(id=rita.id).update(status=AccountStatus.INACTIVE)
    patch = SipDevicePatch({"status": ActiveStatus.INACTIVE})
    await SipDevice.change(admin.viewer, inactive.device_id, None, patch)
    await SipDevice.remove(admin.viewer, removed.device_id)
    asked = [(device.username, device.realm) for device in devices]
    asked += [("nobody", REALM), (inactive.username, "other.example"), ('a"b', REALM)]
    for user, realm in asked:
        answer = await switch.ask(user, realm, action="sip_auth")
        assert (answer.status_code, answer.text) == (200, answers.NOT_FOUND), user
        assert answer.headers["content-type"].startswith("text/xml")


async def test_one_name_in_two_tenants_is_two_people(admin: Person, switch: Switch) -> None:
    rita = await reseller(admin)
    ours = await device_of(admin, await customer(admin), username="desk")
    theirs = await device_of(rita, await customer(rita, rita), username="desk")
    assert await switch.lets_in(ours)
    assert await switch.lets_in(theirs)
    assert ha1(ours) != ha1(theirs)


async def test_a_name_in_another_spelling_is_nobody(admin: Person, switch: Switch) -> None:
    await device_of(admin, await customer(admin), username="desk")
    for user, realm in (("DESK", REALM), ("desk", REALM.upper())):
        assert (await switch.ask(user, realm, action="sip_auth")).text == answers.NOT_FOUND


async def test_what_is_not_offered_is_not_found(admin: Person, switch: Switch) -> None:
    device = await device_of(admin, await customer(admin))
    for fields in (
        {"purpose": "gateways"},
        {"purpose": "publish-vm"},
        {"action": "group_call"},
        {"action": "reverse-auth-lookup"},
        {"section": "dialplan", "action": "sip_auth"},
    ):
        assert (await switch.ask(device.username, **fields)).text == answers.NOT_FOUND


async def test_no_answer_but_a_sign_in_carries_the_hash(admin: Person, switch: Switch) -> None:
    device = await device_of(admin, await customer(admin))
    for fields in ({}, {"action": "user_call"}, {"action": "voicemail-lookup"}):
        answer = await switch.ask(device.username, **fields)
        assert f'id="{device.username}"' in answer.text
        assert ha1(device) not in answer.text
        assert "cacheable" not in answer.text


async def test_the_mailbox_pin_is_six_digits_for_the_voicemail_alone(
    admin: Person, switch: Switch
) -> None:
    device = await device_of(admin, await customer(admin))
    answer = await switch.ask(device.username, action="voicemail-lookup")
    named = {each.get("name"): each.get("value") for each in ET.fromstring(answer.text).iter()}
    assert str(named["vm-password"]).isdigit()
    assert len(str(named["vm-password"])) == 6


async def test_a_secret_is_replaced_and_a_suspension_seen_within_two_seconds(
    admin: Person, switch: Switch
) -> None:
    device = await device_of(admin, await customer(admin))
    assert await switch.lets_in(device)
    renewed = await SipDevice.rotate(admin.viewer, device.device_id)

    async def renewed_only() -> bool:
        return await switch.lets_in(renewed) and not await switch.lets_in(device)

    await until(renewed_only)
    patch = SipDevicePatch({"status": ActiveStatus.INACTIVE})
    await SipDevice.change(admin.viewer, device.device_id, None, patch)

    async def refused() -> bool:
        return not await switch.lets_in(renewed)

    await until(refused)


async def test_listed_networks_lead_to_their_account_until_it_is_off(
    admin: Person, switch: Switch
) -> None:
    carla = await customer(admin)
    await IpSetting.create(
        id=new_id(), account_id=carla.id, name="office", network="203.0.113.0/28"
    )
    login = f"ip-{carla.id}"
    listed = await switch.ask("", purpose="network-list")
    assert f'<user id="{login}" cidr="203.0.113.0/28"/>' in listed.text
    called = await switch.ask(login)
    assert f'name="account_id" value="{carla.id}"' in called.text
    assert (await switch.ask(login, action="sip_auth")).text == answers.NOT_FOUND
    assert (await switch.ask(login, "other.example")).text == answers.NOT_FOUND
    await Account.filter(id=carla.id).update(status=AccountStatus.INACTIVE)
    assert (await switch.ask(login)).text == answers.NOT_FOUND
    assert (await switch.ask("", purpose="network-list")).text == answers.NOT_FOUND


async def test_only_a_node_with_its_password_is_answered(admin: Person, switch: Switch) -> None:
    device = await device_of(admin, await customer(admin))
    form = {"section": "directory", "user": device.username, "domain": REALM}
    form["action"] = "sip_auth"
    stranger = httpx.AsyncClient(transport=switch.client._transport, base_url="http://d")
    wrong = [httpx.BasicAuth(*pair) for pair in (("switch", "wrong"), ("nobody", PASSWORD))]
    for auth in (httpx.Auth(), *wrong, httpx.BasicAuth("", "")):
        answer = await stranger.post("/fs/directory", data=form, auth=auth)
        assert (answer.status_code, answer.text) == (401, "")
        assert answer.headers["www-authenticate"].startswith("Basic")


async def test_a_retired_node_is_refused_within_two_seconds(admin: Person, switch: Switch) -> None:
    node = await SwitchNode.get(directory_user="switch")
    assert (await switch.ask("nobody", action="sip_auth")).status_code == 200
    await SwitchNode.retire(admin.viewer, node.id)

    async def refused() -> bool:
        return (await switch.ask("nobody", action="sip_auth")).status_code == 401

    await until(refused)


async def test_a_node_that_asks_is_seen(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await SwitchNode.first_credentials("switch", PASSWORD)
    monkeypatch.setattr("gateway.directory.application.SEEN_SECONDS", 0.05)
    async with listening(database) as again:
        await again.ask("nobody", action="sip_auth")

        async def seen() -> bool:
            return (await SwitchNode.get(directory_user="switch")).last_seen_at is not None

        await until(seen)


async def test_a_body_that_no_switch_sends_is_refused(switch: Switch) -> None:
    for body, status in ((b"\xff", 400), (b"", 400), (b"<x/>", 400), (b"a" * 16_385, 413)):
        answer = await switch.client.post("/fs/directory", content=body)
        assert (answer.status_code, answer.text) == (status, "")
    assert (await switch.client.get("/fs/directory")).status_code == 405


async def test_without_a_database_what_was_known_is_good_and_the_rest_unavailable(
    admin: Person, switch: Switch, database: str
) -> None:
    known = await device_of(admin, await customer(admin))
    unknown = await device_of(admin, await customer(admin))
    assert await switch.lets_in(known)
    async with database_away(database):
        await asyncio.sleep(2.1)  # until the entry is no longer fresh
        assert await switch.lets_in(known)
        answer = await switch.ask(unknown.username, action="sip_auth")
        assert (answer.status_code, answer.text) == (503, "")

    async def back() -> bool:
        answer = await switch.ask(unknown.username, action="sip_auth")
        return answer.status_code == 200

    await until(back, seconds=5)
    assert await switch.lets_in(unknown)


async def test_without_a_database_networks_and_their_accounts_are_known_for_a_while(
    admin: Person, switch: Switch, database: str
) -> None:
    office, gone = await customer(admin), await customer(admin)
    for who, network in ((office, "203.0.113.0/28"), (gone, "198.51.100.0/28")):
        await IpSetting.create(id=new_id(), account_id=who.id, name="office", network=network)
    await asyncio.sleep(0.3)  # the words arrive
    assert (await switch.ask(f"ip-{gone.id}")).status_code == 200
    await Account.filter(id=gone.id).update(status=AccountStatus.INACTIVE)
    await asyncio.sleep(0.3)
    listed = (await switch.ask("", purpose="network-list")).text
    known = (await switch.ask(f"ip-{office.id}")).text
    assert str(office.id) in listed
    assert str(office.id) in known
    async with database_away(database):
        assert (await switch.ask("", purpose="network-list")).text == listed
        assert (await switch.ask(f"ip-{office.id}")).text == known
        assert (await switch.ask(f"ip-{gone.id}")).status_code == 503


async def test_without_a_database_nobody_who_was_revoked_is_let_in(
    admin: Person, switch: Switch, database: str
) -> None:
    device = await device_of(admin, await customer(admin))
    assert await switch.lets_in(device)
    patch = SipDevicePatch({"status": ActiveStatus.INACTIVE})
    await SipDevice.change(admin.viewer, device.device_id, None, patch)
    await asyncio.sleep(0.3)  # the word arrives
    async with database_away(database):
        answer = await switch.ask(device.username, action="sip_auth")
        assert answer.status_code == 503


async def test_log_lines_name_who_asked_for_whom_and_never_what_was_posted(
    admin: Person, switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    device = await device_of(admin, await customer(admin))
    with caplog.at_level(logging.INFO, logger="gateway.directory.door"):
        await switch.ask(device.username, action="sip_auth", sip_auth_response="planted-in-body")
    (line,) = [vars(record) for record in caplog.records if record.name.endswith("door")]
    assert (line["node"], line["user"], line["outcome"]) == ("switch", device.username, "found")
    for planted in ("planted-in-body", device.secret, ha1(device), PASSWORD):
        assert planted not in str(line)


async def test_look_ups_are_counted(switch: Switch) -> None:
    await switch.ask("nobody", action="sip_auth")
    metrics = (await switch.client.get("/metrics")).text
    assert 'trunkline_directory_lookups_total{outcome="not_found",question="sign_in"}' in metrics
    assert (await switch.client.get("/healthz")).json() == {"status": "ok"}
