"""Each step at the switches run twice: the second time changes nothing, neither here nor there.

No worker runs beside them, so that nobody else writes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from activities.devices import (
    DeviceRef,
    DeviceStanding,
    SwitchStep,
    drop_at_switch,
    flush_at_switch,
    give_up_at_switch,
    look_at_device,
    settle_device,
    verify_at_switch,
)
from activities.registrars import batch, steps
from activities.switches import (
    DueSwitches,
    ListsRead,
    SubtreePage,
    SwitchRef,
    follow_subtree_page,
    read_ip_lists,
    refresh_registrations,
    sweep_switch,
    watch_switches,
)
from models.accounts.account import Account
from models.jobs.outbox import Outbox, OutboxKind
from models.mail.email import Email
from models.panel.sip_device import SipDevice
from models.rules.enums import AccountStatus, ProvisioningState, SwitchNodeState
from models.switch.node import DeviceNode, SwitchNode
from models.switch.registration import DeviceRegistration
from tests import listener, people
from tests.phone import OK
from tests.temporal.conftest import House
from tests.temporal.exchange import SEEN, Exchange, attach, attached, contact_is_gone
from tests.temporal.test_switch_watch import in_bulk, list_network

TRIED = {**SEEN, "device_nodes": ("attempts",)}  # a repeated flush is one more try
TOLD = {**SEEN, "device_nodes": ("since",)}  # when a switch was last told is when it is told again
# A contact was seen again, and what is left to it is counted from that moment.
SHOWN = {**SEEN, "device_registrations": ("seen_at", "expires_at")}
SWEPT = {**SHOWN, "switch_nodes": ("last_seen_at", "last_swept_at")}
GHOST = ("ghost", listener.REALM)


@pytest.fixture
async def exchange(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Exchange]:
    for module in (steps, batch):
        monkeypatch.setattr(module, "BETWEEN_LOOKS_SECONDS", 0.01)  # no phone refreshes meanwhile
    async with attached(house) as made:
        yield made


async def test_each_step_of_a_removal_twice_changes_nothing(exchange: Exchange) -> None:
    device = await exchange.device()
    async with exchange.phone(device) as handset:
        assert await handset.register() == OK
    await exchange.switch.call((device.username, device.realm))
    await SipDevice.remove(exchange.admin.viewer, device.device_id)
    ref, node = DeviceRef(str(device.device_id)), str(exchange.node_id)
    standing = DeviceStanding(2, lagging=(node,), dropping=(node,))
    assert await exchange.run_twice(look_at_device, ref) == (standing, standing)
    told = SwitchStep(ref.device_id, node, 2)
    for done in await exchange.run_twice(flush_at_switch, told, moving=TRIED):
        assert done.is_done
    assert exchange.switch.cache == {}
    for done in await exchange.run_twice(drop_at_switch, told):
        assert done.is_done
    assert (exchange.switch.contacts, exchange.switch.calls) == ({}, {})
    for done in await exchange.run_twice(verify_at_switch, told, moving=TOLD):
        assert done.is_done
    assert (await DeviceNode.get()).applied_generation == 2
    first, again = await exchange.run_twice(settle_device, ref)
    assert first == again
    assert first.is_final
    assert not await SipDevice.exists()


async def test_giving_up_at_a_switch_twice_changes_nothing(exchange: Exchange) -> None:
    device = await exchange.device()
    ref = DeviceRef(str(device.device_id))
    told = SwitchStep(ref.device_id, str(exchange.node_id), 1)
    await exchange.run_twice(look_at_device, ref)
    await exchange.run_twice(give_up_at_switch, told)
    assert (await DeviceNode.get()).step == "mismatch"
    first, again = await exchange.run_twice(settle_device, ref)
    assert first.state == again.state == ProvisioningState.MISMATCH


async def test_a_round_of_the_watch_twice_changes_nothing(exchange: Exchange) -> None:
    silent = await attach(exchange.admin, "127.0.0.1:1", "fs2")
    device = await exchange.device()
    await SipDevice.all().update(provisioned_at=datetime.now(UTC) - timedelta(hours=1))
    await Outbox.all().delete()
    due = DueSwitches((str(exchange.node_id),))
    assert await exchange.run_twice(watch_switches) == (due, due)
    assert (await SwitchNode.get(id=silent)).state is SwitchNodeState.UNREACHABLE
    assert await Email.filter(template="switch_alert").count() == 1
    assert (await Outbox.get(kind=OutboxKind.SIP_DEVICE)).subject_id == device.device_id


async def test_a_sweep_twice_changes_nothing(exchange: Exchange) -> None:
    device = await exchange.device()
    await list_network(await people.customer(exchange.admin), "203.0.113.0/28")
    exchange.switch.contacts[GHOST] = {"<sip:ghost@192.0.2.9>": "A phone"}
    async with exchange.phone(device) as handset:
        assert await handset.register() == OK
    ref = SwitchRef(str(exchange.node_id))
    await exchange.run_twice(sweep_switch, ref, moving=SWEPT)
    assert GHOST not in exchange.switch.contacts
    assert not await contact_is_gone(exchange.switch, device)
    assert len(exchange.switch.networks) == 1
    assert (await DeviceRegistration.get()).device_id == device.device_id


async def test_showing_registrations_twice_changes_nothing(exchange: Exchange) -> None:
    device = await exchange.device()
    async with exchange.phone(device) as handset:
        assert await handset.register() == OK
    await exchange.run_twice(refresh_registrations, moving=SHOWN)
    assert (await DeviceRegistration.get()).device_id == device.device_id


async def test_switches_that_have_read_our_networks_are_told_nothing_again(
    exchange: Exchange,
) -> None:
    await list_network(await people.customer(exchange.admin), "203.0.113.0/28")
    done = ListsRead(is_done=True)
    assert await exchange.run_twice(read_ip_lists) == (done, done)
    # Once it was told so in vain: nobody had written down that it has read them.
    assert exchange.switch.commands.count("reloadacl") == 2


async def test_a_page_of_a_subtree_twice_changes_nothing(exchange: Exchange) -> None:
    rita = await people.reseller(exchange.admin)
    devices = await in_bulk(await people.customer(rita, rita), 2)
    await Account.filter(id=rita.id).update(status=AccountStatus.INACTIVE)
    first, again = await exchange.run_twice(follow_subtree_page, SubtreePage(str(rita.id)))
    assert (first.treated, first.after, again.treated) == (2, None, 0)
    for device in devices:
        row = await SipDevice.get(id=device.device_id)
        assert (row.generation, row.provisioning) == (2, ProvisioningState.REVOKED)
