"""What goes wrong at one switch stays there: the others are looked at, followed and swept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import Worker

from activities.devices import (
    DeviceRef,
    DeviceStanding,
    Settled,
    StepDone,
    SwitchStep,
    flush_at_switch,
)
from activities.registrars import batch, switchboard
from activities.switches import (
    DueSwitches,
    ListsRead,
    SwitchRef,
    refresh_registrations,
    sweep_switch,
)
from models.database import raw, transaction
from models.panel import provisioning
from models.rules.enums import ProvisioningState, SwitchKind, SwitchNodeState
from models.rules.switch_node import NodeDraft
from models.switch.node import DeviceNode, SwitchNode
from models.switch.registration import DeviceRegistration
from tests import listener
from tests.phone import OK
from tests.temporal.conftest import House, eventually
from tests.temporal.exchange import (
    OFF,
    Exchange,
    attach,
    attached,
    contact_is_gone,
    registered,
)
from workflows.stories.provision_device import ProvisionDevice
from workflows.stories.sweep import SweepRun
from workflows.stories.watch_switches import WatchSwitches


@pytest.fixture
async def exchange(working: House) -> AsyncIterator[Exchange]:
    async with attached(working) as made:
        yield made


async def test_a_phone_may_call_itself_anything_and_the_sweep_goes_on(exchange: Exchange) -> None:
    device = await exchange.device()
    login, ghost = (device.username, device.realm), ("ghost", listener.REALM)
    async with exchange.phone(device) as handset:
        await registered(exchange, device, handset)
    contact = f"<sip:{'c' * 600}@192.0.2.9>"
    exchange.switch.contacts[login] = {contact: "A" * 256, f"{contact}2": "A \0phone"}
    exchange.switch.contacts[ghost] = {"<sip:ghost@192.0.2.9>": "A" * 256}
    await ActivityEnvironment().run(sweep_switch, SwitchRef(str(exchange.node_id)))
    assert ghost not in exchange.switch.contacts
    await ActivityEnvironment().run(refresh_registrations)
    shown = await DeviceRegistration.get(device_id=device.device_id)
    assert shown.contact == contact[:512]
    assert shown.user_agent in {"A" * 255, "A phone"}
    assert (await SwitchNode.get(id=exchange.node_id)).last_swept_at is not None


async def test_a_login_that_no_command_can_name_is_told_and_the_rest_is_dropped(
    exchange: Exchange,
) -> None:
    odd = [("+4912345", listener.REALM), ("nul\0", listener.REALM), ("x", "")]
    ghosts = [(f"ghost{number}", listener.REALM) for number in range(3)]
    for login in [*odd, *ghosts]:
        exchange.switch.contacts[login] = {"<sip:someone@192.0.2.9>": "A phone"}
    await ActivityEnvironment().run(sweep_switch, SwitchRef(str(exchange.node_id)))
    await ActivityEnvironment().run(refresh_registrations)
    assert set(exchange.switch.contacts) == set(odd)
    node = await SwitchNode.get(id=exchange.node_id)
    assert "3 registrations could not be dropped" in (node.last_error or "")
    assert node.last_swept_at is None


async def test_a_round_of_the_watch_goes_on_after_a_sweep_that_failed(house: House) -> None:
    """On a queue of its own, where one sweep fails for good and the rest is counted."""
    asked: list[str] = []

    @activity.defn(name="watch_switches")
    async def two_are_due() -> DueSwitches:
        return DueSwitches(("broken", "sound"))

    @activity.defn(name="sweep_switch")
    async def sweeps_but_one(ref: SwitchRef) -> None:
        asked.append(ref.node_id)
        if ref.node_id == "broken":
            raise ApplicationError("no", non_retryable=True)

    @activity.defn(name="read_ip_lists")
    async def reads() -> ListsRead:
        asked.append("lists")
        return ListsRead(is_done=True)

    @activity.defn(name="refresh_registrations")
    async def shows() -> None:
        asked.append("registrations")

    async with Worker(
        house.client,
        task_queue="of-this-test",
        workflows=[WatchSwitches],
        activities=[two_are_due, sweeps_but_one, reads, shows],
    ):
        await house.client.execute_workflow(
            WatchSwitches.run, SweepRun(), id="watch", task_queue="of-this-test"
        )
    assert asked == ["broken", "sound", "lists", "registrations"]


class Broken:
    """A registrar whose every method has a fault."""

    def __getattr__(self, name: str) -> object:
        async def fails(*_: object) -> None:
            raise KeyError(name)

        return fails


@pytest.fixture
async def broken(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A second switch, at which whatever is asked fails in a way that nobody foresaw."""

    @asynccontextmanager
    async def kamailio(*_: object) -> AsyncIterator[Broken]:
        yield Broken()

    monkeypatch.setattr(switchboard, "kamailio", kamailio)
    draft = NodeDraft(name="k1", kind=SwitchKind.KAMAILIO, address="http://127.0.0.1:1/RPC")
    return (await SwitchNode.attach(exchange.admin.viewer, draft)).node_id


async def test_a_fault_at_one_switch_holds_up_no_revocation_elsewhere(
    exchange: Exchange, broken: UUID
) -> None:
    device = await exchange.device()
    async with exchange.phone(device) as handset:
        await exchange.becomes(device, ProvisioningState.DEGRADED)
        assert await handset.register() == OK
        await exchange.change(device, OFF)
        await eventually(lambda: contact_is_gone(exchange.switch, device))
        await exchange.becomes(device, ProvisioningState.REVOKING)

        async def has_verified() -> bool:
            row = await DeviceNode.get(device_id=device.device_id, node_id=exchange.node_id)
            return bool(row.applied_generation == row.wanted_generation)

        await eventually(has_verified)
    row = await DeviceNode.get(device_id=device.device_id, node_id=broken)
    assert "KeyError" in (row.last_error or "")
    assert "KeyError" in ((await SwitchNode.get(id=broken)).last_error or "")
    await SwitchNode.retire(exchange.admin.viewer, broken)
    await exchange.becomes(device, ProvisioningState.REVOKED)


async def test_a_batch_goes_on_past_a_switch_with_a_fault(exchange: Exchange, broken: UUID) -> None:
    device = await exchange.device()
    await exchange.becomes(device, ProvisioningState.DEGRADED)
    async with transaction() as tx:
        await raw(tx).execute("UPDATE device_nodes SET applied_generation = 0")
    await batch.carry(await batch.tasks_of([device.device_id]))
    left = await provisioning.lagging_of([device.device_id])
    assert [each.node_id for each in left] == [broken]


async def test_a_switch_whose_secret_can_not_be_opened_is_the_only_one_not_reached(
    exchange: Exchange,
) -> None:
    sealed_elsewhere = await attach(exchange.admin, exchange.switch.event_socket, "fs2")
    await SwitchNode.filter(id=sealed_elsewhere).update(secret_sealed=b"of another key")
    device = await exchange.device()
    await exchange.becomes(device, ProvisioningState.DEGRADED)
    left = await provisioning.lagging_of([device.device_id])
    assert [each.node_id for each in left] == [sealed_elsewhere]
    node = await SwitchNode.get(id=sealed_elsewhere)
    assert (node.state, "sealed" in (node.last_error or "")) == (SwitchNodeState.UNREACHABLE, True)


async def test_a_device_is_followed_elsewhere_when_a_step_fails_for_good(house: House) -> None:
    """On a queue of its own, where dropping fails at one of two switches."""
    told: list[tuple[str, str]] = []

    @activity.defn(name="look_at_device")
    async def looks(_: DeviceRef) -> DeviceStanding:
        return DeviceStanding(2, ("broken", "sound"), ("broken", "sound"))

    def step(name: str) -> Callable[..., Any]:
        @activity.defn(name=f"{name}_at_switch")
        async def told_so(step: SwitchStep) -> StepDone:
            told.append((name, step.node_id))
            if (name, step.node_id) == ("drop", "broken"):
                raise ApplicationError("no", non_retryable=True)
            return StepDone(is_done=True)

        return told_so

    @activity.defn(name="settle_device")
    async def settles(_: DeviceRef) -> Settled:
        return Settled("REVOKED", is_final=True)

    steps = [step(name) for name in ("flush", "drop", "verify")]
    async with Worker(
        house.client,
        task_queue="of-this-test",
        workflows=[ProvisionDevice],
        activities=[looks, *steps, settles],
    ):
        await house.client.execute_workflow(
            ProvisionDevice.run, DeviceRef("d"), id="device", task_queue="of-this-test"
        )
    assert [node for name, node in told if name == "verify"] == ["sound"]


async def test_devices_do_not_wait_one_by_one_for_a_switch_that_is_away(
    exchange: Exchange,
) -> None:
    knocks = 0

    async def hangs_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal knocks
        knocks += 1
        writer.close()

    devices = [await exchange.device() for _ in range(5)]
    for device in devices:
        await exchange.becomes(device, ProvisioningState.READY)
    server = await asyncio.start_server(hangs_up, "127.0.0.1", 0)
    async with server:
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        away = await attach(exchange.admin, address, "fs2")
        await SwitchNode.filter(id=away).update(
            state=SwitchNodeState.UNREACHABLE, last_error="It was away."
        )
        for device in devices:
            await provisioning.standing(device.device_id)
            step = SwitchStep(str(device.device_id), str(away), 1)
            done = await ActivityEnvironment().run(flush_at_switch, step)
            assert (done.is_done, done.is_away) == (False, True)
    assert knocks == 1
    rows = await DeviceNode.filter(node_id=away)
    assert {row.step for row in rows} == {"flush"}
    assert all(row.last_error for row in rows)
