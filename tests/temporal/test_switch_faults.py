"""What goes wrong at one switch stays there: the others are looked at, followed and swept."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import Worker

from activities.switches import (
    DueSwitches,
    ListsRead,
    SwitchRef,
    refresh_registrations,
    sweep_switch,
)
from models.switch.node import SwitchNode
from models.switch.registration import DeviceRegistration
from tests import listener
from tests.temporal.conftest import House
from tests.temporal.exchange import Exchange, attached, registered
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
