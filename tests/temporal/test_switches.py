"""Devices on a FreeSWITCH: let in, followed, revoked, while it is there and while it is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from temporalio.testing import ActivityEnvironment

from activities.switches import refresh_registrations
from gateway.ports import free_port
from models.panel.retired_username import RetiredUsername
from models.panel.sip_device import SipDevice
from models.rules.enums import ProvisioningState, SwitchNodeState
from models.switch.node import DeviceNode, SwitchNode
from models.switch.registration import DeviceRegistration
from tests import listener
from tests.freeswitch import freeswitch
from tests.phone import FORBIDDEN, OK
from tests.temporal.conftest import House, eventually
from tests.temporal.exchange import (
    OFF,
    ON,
    Exchange,
    attach,
    attached,
    contact_is_gone,
    registered,
    soonest,
)


@pytest.fixture
async def exchange(working: House) -> AsyncIterator[Exchange]:
    async with attached(working) as made:
        yield made


async def test_a_new_device_is_let_in_and_said_to_be_ready(exchange: Exchange) -> None:
    device = await exchange.device()
    async with exchange.phone(device) as handset:
        assert await handset.register() == OK
    await exchange.becomes(device, ProvisioningState.READY)
    row = await DeviceNode.get(device_id=device.device_id)
    assert (row.wanted_generation, row.applied_generation, row.step) == (1, 1, None)


async def test_a_suspended_device_is_gone_within_two_seconds_and_comes_back_with_its_secret(
    exchange: Exchange,
) -> None:
    device = await exchange.device()
    async with exchange.phone(device) as handset:

        async def suspended() -> float:
            await exchange.change(device, ON)
            await registered(exchange, device, handset)
            await exchange.switch.call((device.username, device.realm))
            await ActivityEnvironment().run(refresh_registrations)
            assert await DeviceRegistration.filter(device_id=device.device_id).count() == 1
            began = time.perf_counter()
            await exchange.change(device, OFF)
            await eventually(lambda: contact_is_gone(exchange.switch, device))
            assert await handset.register() == FORBIDDEN
            return time.perf_counter() - began

        assert await soonest(suspended, 2) <= 2
        await exchange.becomes(device, ProvisioningState.REVOKED)
        assert not await DeviceRegistration.exists()
        assert exchange.switch.calls == {}
        await exchange.change(device, ON)
        await exchange.becomes(device, ProvisioningState.READY)
        assert await handset.register() == OK


async def test_a_phone_that_insists_does_not_come_back_from_the_cache(exchange: Exchange) -> None:
    device = await exchange.device()
    exchange.switch.phones_insist = True
    async with exchange.phone(device) as handset:
        await registered(exchange, device, handset)
        assert (device.username, device.realm) in exchange.switch.cache
        await exchange.change(device, OFF)
        await exchange.becomes(device, ProvisioningState.REVOKED)
        assert await contact_is_gone(exchange.switch, device)


async def test_others_keep_their_registrations_and_calls(exchange: Exchange) -> None:
    device, other = await exchange.device(), await exchange.device()
    async with exchange.phone(device) as handset, exchange.phone(other) as bystander:
        await registered(exchange, device, handset)
        await registered(exchange, other, bystander)
        call = await exchange.switch.call((other.username, other.realm))
        await exchange.change(device, OFF)
        await exchange.becomes(device, ProvisioningState.REVOKED)
        assert not await contact_is_gone(exchange.switch, other)
        assert call in exchange.switch.calls


async def test_a_new_secret_drops_who_used_the_old_one(exchange: Exchange) -> None:
    device = await exchange.device()
    async with exchange.phone(device) as handset:
        await registered(exchange, device, handset)
        renewed = await SipDevice.rotate(exchange.admin.viewer, device.device_id)
        await eventually(lambda: contact_is_gone(exchange.switch, device))
        await exchange.becomes(device, ProvisioningState.READY)
        assert await handset.register() == FORBIDDEN
        async with exchange.phone(renewed) as another:
            assert await another.register() == OK


async def test_a_new_secret_may_leave_registrations_until_their_next_refresh(
    exchange: Exchange,
) -> None:
    device = await exchange.device()
    async with exchange.phone(device) as handset:
        await registered(exchange, device, handset)
        await SipDevice.rotate(exchange.admin.viewer, device.device_id, drops_registrations=False)
        await exchange.becomes(device, ProvisioningState.READY)
        assert not await contact_is_gone(exchange.switch, device)
        assert await handset.register() == FORBIDDEN


async def test_a_removed_device_leaves_a_tombstone_and_frees_its_name(exchange: Exchange) -> None:
    device = await exchange.device(username="desk")
    async with exchange.phone(device) as handset:
        await registered(exchange, device, handset)
        await SipDevice.remove(exchange.admin.viewer, device.device_id)

        async def is_wiped() -> bool:
            return not await SipDevice.exists(id=device.device_id)

        await eventually(is_wiped)
        assert await handset.register() == FORBIDDEN
    tombstone = await RetiredUsername.get(id=device.device_id)
    assert (tombstone.username, tombstone.account_id) == ("desk", device.account_id)
    again = await exchange.device(username="desk")
    async with exchange.phone(again) as handset:
        assert await handset.register() == OK


async def test_a_switch_that_is_away_is_waited_for_and_followed_when_it_is_back(
    exchange: Exchange,
) -> None:
    port = free_port()
    away = await attach(exchange.admin, f"127.0.0.1:{port}", "fs2")
    device = await exchange.device()
    await exchange.becomes(device, ProvisioningState.DEGRADED)
    row = await DeviceNode.get(device_id=device.device_id, node_id=away)
    assert (row.applied_generation, row.step) == (0, "flush")
    assert row.attempts >= 1
    assert "Connect" in (row.last_error or "")
    assert (await SwitchNode.get(id=away)).state is SwitchNodeState.UNREACHABLE
    directory, realm = exchange.switch.directory, exchange.switch.realm
    async with freeswitch(directory, realm, port) as back:
        await exchange.becomes(device, ProvisioningState.READY)
        assert back.complaints == []
    assert (await SwitchNode.get(id=away)).state is SwitchNodeState.ACTIVE


async def test_a_switch_that_is_away_does_not_hold_up_a_revocation_elsewhere(
    exchange: Exchange,
) -> None:
    device = await exchange.device()
    async with exchange.phone(device) as handset:
        await registered(exchange, device, handset)
        away = await attach(exchange.admin, f"127.0.0.1:{free_port()}", "fs2")
        await exchange.change(device, OFF)
        await eventually(lambda: contact_is_gone(exchange.switch, device))
        await exchange.becomes(device, ProvisioningState.REVOKING)
        await SwitchNode.retire(exchange.admin.viewer, away)
        await exchange.becomes(device, ProvisioningState.REVOKED)


async def test_a_switch_that_answers_garbage_is_as_good_as_away(exchange: Exchange) -> None:
    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n<html>\n\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        odd = await attach(exchange.admin, f"127.0.0.1:{port}", "fs2")
        device = await exchange.device()
        await exchange.becomes(device, ProvisioningState.DEGRADED)
        assert (await SwitchNode.get(id=odd)).state is SwitchNodeState.UNREACHABLE


async def test_a_switch_that_refuses_whom_it_should_let_in_is_a_persons_matter(
    exchange: Exchange,
) -> None:
    exchange.switch.keeps_cache = True
    stale = ({"a1-hash": "0" * 32, "device_id": "x"}, float("inf"))
    exchange.switch.cache["desk", listener.REALM] = stale
    device = await exchange.device(username="desk")
    await exchange.becomes(device, ProvisioningState.MISMATCH)
    row = await DeviceNode.get(device_id=device.device_id)
    assert row.step == "mismatch"


async def test_a_stale_look_up_of_an_earlier_device_is_flushed_once_and_the_new_one_ready(
    exchange: Exchange,
) -> None:
    login = ("desk", listener.REALM)
    exchange.switch.cache[login] = ({"a1-hash": "0" * 32, "device_id": "x"}, float("inf"))
    device = await exchange.device(username="desk")
    await exchange.becomes(device, ProvisioningState.READY)
