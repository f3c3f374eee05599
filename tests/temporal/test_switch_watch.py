"""Whole switches: networks that reach them, resellers that take devices along, who comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import ActivityEnvironment

from activities.switches import (
    SwitchRef,
    refresh_registrations,
    sweep_switch,
    watch_switches,
)
from models.accounts.account import Account
from models.accounts.owner import owners_of
from models.database import raw, read_pool, transaction
from models.ids import new_id
from models.jobs.outbox import Outbox, OutboxKind
from models.panel.ip_setting import IpSetting
from models.panel.sip_device import SipDevice
from models.panel.sip_issue import DeviceRequest, IssuedDevice, issue_many
from models.rules.enums import AccountStatus, ProvisioningState, SwitchNodeState
from models.switch.node import DeviceNode, SwitchNode
from tests import listener, people
from tests.freeswitch import freeswitch
from tests.people import Person
from tests.phone import FORBIDDEN, OK
from tests.temporal.conftest import House, eventually
from tests.temporal.exchange import Exchange, attach, attached, contact_is_gone, registered
from workflows.options import Queue
from workflows.stories.sweep import SweepRun
from workflows.stories.watch_switches import WatchSwitches


@pytest.fixture
async def exchange(working: House) -> AsyncIterator[Exchange]:
    async with attached(working) as made:
        yield made


async def list_network(whose: Person, network: str) -> None:
    await IpSetting.create(id=new_id(), account_id=whose.id, name="office", network=network)


async def in_bulk(whose: Person, count: int) -> list[IssuedDevice]:
    """Devices made without a word to anybody."""
    account = await Account.get(id=whose.id)
    async with transaction() as tx:
        owners = await owners_of(raw(tx), [account.reseller_id])
        realm = owners[account.reseller_id].realm
        wanted = DeviceRequest(account_id=whose.id, account_number=account.number, realm=realm)
        return await issue_many(raw(tx), [wanted] * count)


async def test_a_listed_network_reaches_the_switch_and_leaves_it(exchange: Exchange) -> None:
    carla = await people.customer(exchange.admin)
    await list_network(carla, "203.0.113.0/28")
    login = f"ip-{carla.id}"

    async def is_listed() -> bool:
        return exchange.switch.networks == {login: "203.0.113.0/28"}

    async def is_struck() -> bool:
        return exchange.switch.networks == {}

    await eventually(is_listed)
    await Account.filter(id=carla.id).update(status=AccountStatus.INACTIVE)
    await eventually(is_struck)
    await Account.filter(id=carla.id).update(status=AccountStatus.ACTIVE)
    await eventually(is_listed)


async def test_many_networks_of_a_moment_are_one_reload(exchange: Exchange) -> None:
    carla = await people.customer(exchange.admin)
    for number in range(20):
        await list_network(carla, f"203.0.113.{number}/32")

    async def are_listed() -> bool:
        return len(exchange.switch.networks.get(f"ip-{carla.id}", "").split(",")) == 20

    await eventually(are_listed)
    assert exchange.switch.commands.count("reloadacl") <= 3
    await exchange.house.closed("ip-lists")


async def test_nothing_is_announced_while_no_switch_is_told_things(working: House) -> None:
    admin = await people.administrator()
    await list_network(await people.customer(admin), "203.0.113.0/28")
    assert await Outbox.filter(kind=OutboxKind.IP_LISTS).count() == 0
    assert working.dsn


async def test_a_reseller_that_is_switched_off_takes_its_devices_off_the_switches(
    exchange: Exchange,
) -> None:
    rita = await people.reseller(exchange.admin)
    ruth = await people.reseller(rita, rita)
    carla, other = await people.customer(ruth, ruth), await people.customer(exchange.admin)
    devices = await in_bulk(carla, 3)
    (bystander,) = await in_bulk(other, 1)
    async with exchange.phone(devices[0]) as handset, exchange.phone(bystander) as kept:
        assert await handset.register() == OK
        assert await kept.register() == OK
        await Account.filter(id=rita.id).update(status=AccountStatus.INACTIVE)
        await eventually(lambda: contact_is_gone(exchange.switch, devices[0]))
        for device in devices:
            await exchange.becomes(device, ProvisioningState.REVOKED)
        assert await handset.register() == FORBIDDEN
        assert not await contact_is_gone(exchange.switch, bystander)
        await Account.filter(id=rita.id).update(status=AccountStatus.ACTIVE)
        for device in devices:
            await exchange.becomes(device, ProvisioningState.READY)
        assert await handset.register() == OK
    assert (await SipDevice.get(id=bystander.device_id)).generation == 1
    await exchange.house.closed(f"subtree/{rita.id}")


async def test_devices_that_a_silent_switch_could_not_follow_wait_for_it(
    exchange: Exchange,
) -> None:
    rita = await people.reseller(exchange.admin)
    devices = await in_bulk(await people.customer(rita, rita), 2)
    away = await attach(exchange.admin, "127.0.0.1:1", "fs2")
    await Account.filter(id=rita.id).update(status=AccountStatus.INACTIVE)

    async def has_own_stories() -> bool:
        lagging = await DeviceNode.filter(node_id=away, applied_generation=1)
        return len(lagging) == 2 and all(row.attempts for row in lagging)

    await eventually(has_own_stories)
    await SwitchNode.retire(exchange.admin.viewer, away)
    for device in devices:
        await exchange.becomes(device, ProvisioningState.REVOKED)


async def test_a_switch_that_comes_back_drops_what_nobody_may_have(exchange: Exchange) -> None:
    device, ghost = await exchange.device(), ("ghost", listener.REALM)
    async with exchange.phone(device) as handset:
        await registered(exchange, device, handset)
        exchange.switch.contacts[ghost] = {"<sip:ghost@192.0.2.9>": "A phone"}
        await SwitchNode.filter(id=exchange.node_id).update(state=SwitchNodeState.UNREACHABLE)
        due = await ActivityEnvironment().run(watch_switches)
        assert due.node_ids == (str(exchange.node_id),)
        for _ in range(2):
            await ActivityEnvironment().run(sweep_switch, SwitchRef(str(exchange.node_id)))
        assert ghost not in exchange.switch.contacts
        assert not await contact_is_gone(exchange.switch, device)
    node = await SwitchNode.get(id=exchange.node_id)
    assert (node.state, node.last_error) == (SwitchNodeState.ACTIVE, None)
    assert node.last_swept_at is not None
    assert (await ActivityEnvironment().run(watch_switches)).node_ids == ()


async def test_registrations_are_shown_as_the_switch_has_them(exchange: Exchange) -> None:
    device = await exchange.device()
    query = (
        "SELECT node, contact, user_agent, expires_at > now() AS is_current FROM sip_registrations"
    )
    async with exchange.phone(device) as handset:
        await registered(exchange, device, handset)
        for _ in range(2):
            await ActivityEnvironment().run(refresh_registrations)
        (shown,) = await read_pool().fetch(query)
        assert (shown["node"], shown["user_agent"]) == ("fs1", "A phone 1.0")
        assert handset.local in shown["contact"]
        assert shown["is_current"]
        await handset.register(expires=0)
        await ActivityEnvironment().run(refresh_registrations)
        assert await read_pool().fetch(query) == []


async def test_a_round_of_the_watch_says_who_is_there(exchange: Exchange) -> None:
    silent = await attach(exchange.admin, "127.0.0.1:1", "fs2")
    handle = await exchange.house.client.start_workflow(
        WatchSwitches.run,
        SweepRun(),
        id=f"switch-watch-{uuid4()}",
        task_queue=Queue.PROVISIONING,
    )
    await handle.result()
    description = await handle.describe()
    assert description.status is WorkflowExecutionStatus.COMPLETED
    assert (await SwitchNode.get(id=silent)).state is SwitchNodeState.UNREACHABLE
    assert (await SwitchNode.get(id=exchange.node_id)).last_swept_at is not None


async def test_a_switch_at_another_port_is_swept_where_it_is_now(exchange: Exchange) -> None:
    directory, realm = exchange.switch.directory, exchange.switch.realm
    async with freeswitch(directory, realm) as moved:
        moved.contacts["ghost", listener.REALM] = {"<sip:ghost@192.0.2.9>": "A phone"}
        node_id = await attach(exchange.admin, moved.event_socket, "fs3")
        await ActivityEnvironment().run(sweep_switch, SwitchRef(str(node_id)))
        assert moved.contacts == {}
        assert moved.complaints == []
