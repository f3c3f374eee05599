"""Verifying by a phone's own question: who answers decides, and where nobody can, contacts do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from activities.registrars import batch, sip_probe
from models.accounts.account import Account
from models.database import raw, transaction
from models.panel import provisioning
from models.panel.sip_follow import raise_generation
from models.panel.sip_issue import IssuedDevice
from models.rules.enums import AccountStatus, ProvisioningState, SwitchNodeState
from models.switch.node import DeviceNode, SwitchNode
from tests.freeswitch import PROFILE, other_realm
from tests.temporal.conftest import House, eventually
from tests.temporal.exchange import OFF, Exchange, attached


@pytest.fixture
async def exchange(working: House) -> AsyncIterator[Exchange]:
    async with attached(working) as made:
        yield made


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """An address at which datagrams arrive and nobody answers."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )
    yield f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    transport.close()


async def _is_told(device: IssuedDevice, words: str) -> None:
    async def so_far() -> bool:
        row = await DeviceNode.get_or_none(device_id=device.device_id)
        return row is not None and words in (row.last_error or "")

    await eventually(so_far)


async def test_a_revocation_is_verified_only_when_somebody_answers_a_sign_in(
    exchange: Exchange, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sip_probe, "DEADLINE_SECONDS", 0.3)
    device, other = await exchange.device(), await exchange.device()
    for each in (device, other):
        await exchange.becomes(each, ProvisioningState.READY)
    listening, exchange.switch.sip = exchange.switch.sip, silent
    await exchange.change(device, OFF)

    await _is_told(device, "Nobody answers a sign-in")
    await exchange.becomes(device, ProvisioningState.REVOKING)
    await Account.filter(id=other.account_id).update(status=AccountStatus.INACTIVE)
    async with transaction() as tx:
        await raise_generation(raw(tx), [other.device_id])
    await batch.carry(await batch.tasks_of([other.device_id]))
    assert len(await provisioning.lagging_of([other.device_id])) == 1
    exchange.switch.sip = listening
    await batch.carry(await batch.tasks_of([other.device_id]))
    assert await provisioning.lagging_of([other.device_id]) == []
    await exchange.becomes(device, ProvisioningState.REVOKED)
    assert (await SwitchNode.get(id=exchange.node_id)).state is SwitchNodeState.ACTIVE


async def test_a_switch_that_tells_no_datagram_address_is_verified_by_its_contacts(
    exchange: Exchange,
) -> None:
    exchange.switch.sip = "told by nobody"
    device = await exchange.device()
    await exchange.becomes(device, ProvisioningState.READY)
    await exchange.change(device, OFF)
    await exchange.becomes(device, ProvisioningState.REVOKED)


async def test_a_profile_of_another_realm_says_nothing_of_a_device(exchange: Exchange) -> None:
    async with other_realm(exchange.switch, "resold", "sip.reseller.example"):
        profiles = ["resold", PROFILE]
        await SwitchNode.filter(id=exchange.node_id).update(profiles=profiles)
        device = await exchange.device()
        await exchange.becomes(device, ProvisioningState.READY)
        await exchange.change(device, OFF)
        await exchange.becomes(device, ProvisioningState.REVOKED)


async def test_a_silent_profile_is_waited_for_when_the_others_are_of_other_realms(
    exchange: Exchange, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sip_probe, "DEADLINE_SECONDS", 0.3)
    async with other_realm(exchange.switch, "resold", "sip.reseller.example"):
        profiles = ["resold", PROFILE]
        await SwitchNode.filter(id=exchange.node_id).update(profiles=profiles)
        exchange.switch.sip = silent
        device = await exchange.device()
        await _is_told(device, f"Nobody answers a sign-in at {silent}/udp.")
        await exchange.becomes(device, ProvisioningState.DEGRADED)


async def test_a_switch_that_asks_for_other_realms_alone_is_a_mismatch_and_named(
    exchange: Exchange,
) -> None:
    async with other_realm(exchange.switch, "resold", "sip.reseller.example") as address:
        exchange.switch.sip = address
        device = await exchange.device()
        words = f"Nobody asks for {device.realm} with MD5 at {address}/udp."
        await _is_told(device, words)
        await exchange.becomes(device, ProvisioningState.MISMATCH)
