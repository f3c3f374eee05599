"""Devices on a real Kamailio: let in by our views, dropped by its RPC, refused at the commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from activities.registrars import pace
from activities.registrars.port import Login, Verdict
from activities.registrars.switchboard import connected
from gateway.ports import free_port
from models.accounts.account import Account
from models.database import read_pool
from models.ids import new_id
from models.panel.ip_setting import IpSetting
from models.panel.sip_device import SipDevice
from models.panel.sip_issue import IssuedDevice
from models.rules.enums import (
    AccountStatus,
    ActiveStatus,
    ProvisioningState,
    SwitchKind,
    SwitchNodeState,
)
from models.rules.sip_device import SipDeviceDraft, SipDevicePatch
from models.rules.switch_node import NodeDraft
from models.switch.node import DeviceNode, SwitchNode
from models.switch.telling import told_switches
from tests import people
from tests.kamailio import TOKEN, Kamailio, kamailio
from tests.people import Person
from tests.phone import FORBIDDEN, NOT_FOUND, OK, UNAUTHORIZED, phone
from tests.temporal.conftest import House, eventually
from tests.temporal.exchange import soonest
from workflows.stories.provision_device import TRIES_BEFORE_MISMATCH

OFF = SipDevicePatch({"status": ActiveStatus.INACTIVE})
HOUSE_REALM = "sip.trunkline.local"
ON = SipDevicePatch({"status": ActiveStatus.ACTIVE})


@dataclass(frozen=True, slots=True)
class Exchange:
    """A house with a worker and a Kamailio attached."""

    house: House
    admin: Person
    switch: Kamailio
    node_id: UUID

    async def device(self, whose: Person | None = None, **said: Any) -> IssuedDevice:
        """A device of a customer."""
        carla = whose or await people.customer(self.admin)
        draft = SipDeviceDraft(account_id=carla.id, **said)
        return await SipDevice.issue(self.admin.viewer, draft)

    def phone(self, device: IssuedDevice) -> Any:
        """Its phone."""
        return phone(self.switch.sip, device.username, device.realm, device.secret)

    async def becomes(self, device: IssuedDevice, state: ProvisioningState) -> None:
        """Wait until the switch has followed so far."""

        async def so_far() -> bool:
            row = await SipDevice.get_or_none(id=device.device_id)
            return row is not None and row.provisioning is state

        await eventually(so_far)

    async def change(self, device: IssuedDevice, patch: SipDevicePatch) -> None:
        """Change it as the administrator."""
        await SipDevice.change(self.admin.viewer, device.device_id, None, patch)


@pytest.fixture
async def exchange(working: House, tmp_path: Path) -> AsyncIterator[Exchange]:
    async with attached(working, tmp_path) as made:
        yield made


@asynccontextmanager
async def attached(
    working: House, folder: Path, ports: tuple[int, int] | None = None
) -> AsyncIterator[Exchange]:
    """A house whose Kamailio runs, for as long as the block does."""
    admin = await people.administrator()
    async with kamailio(working.dsn, folder, ports) as switch:
        draft = NodeDraft(name="k1", kind=SwitchKind.KAMAILIO, address=switch.rpc, secret=TOKEN)
        node_id = (await SwitchNode.attach(admin.viewer, draft)).node_id
        yield Exchange(working, admin, switch, node_id)


async def contacts_of(device: IssuedDevice) -> list[str]:
    query = "SELECT contact FROM sip_registrations WHERE device_id = $1"
    return [row["contact"] for row in await read_pool().fetch(query, device.device_id)]


async def test_a_new_device_registers_within_a_second_and_is_seen(exchange: Exchange) -> None:
    device = await exchange.device()
    async with exchange.phone(device) as handset:
        async with asyncio.timeout(1):
            assert await handset.register() == OK
        assert await contacts_of(device) == [f"sip:{device.username}@{handset.local}"]
    await exchange.becomes(device, ProvisioningState.READY)


async def test_a_wrong_secret_is_refused(exchange: Exchange) -> None:
    device = await exchange.device()
    async with phone(exchange.switch.sip, device.username, device.realm, "wrong") as handset:
        assert await handset.register() == FORBIDDEN
    async with phone(exchange.switch.sip, "nobody", device.realm, "wrong") as handset:
        assert await handset.register() == FORBIDDEN


async def test_a_suspended_device_is_gone_within_two_seconds_and_comes_back_with_its_secret(
    exchange: Exchange,
) -> None:
    device = await exchange.device()
    async with exchange.phone(device) as handset:

        async def is_gone() -> bool:
            return await contacts_of(device) == []

        async def suspended() -> float:
            await exchange.change(device, ON)
            await exchange.becomes(device, ProvisioningState.READY)
            assert await handset.register() == OK
            began = time.perf_counter()
            await exchange.change(device, OFF)
            await eventually(is_gone)
            assert await handset.register() == FORBIDDEN
            return time.perf_counter() - began

        assert await soonest(suspended, 2) <= 2
        await exchange.becomes(device, ProvisioningState.REVOKED)
        await exchange.change(device, ON)
        assert await handset.register() == OK
        await SipDevice.remove(exchange.admin.viewer, device.device_id)
        assert await handset.register() == FORBIDDEN


async def test_a_new_secret_replaces_the_old_one(exchange: Exchange) -> None:
    device = await exchange.device()
    renewed = await SipDevice.rotate(exchange.admin.viewer, device.device_id)
    async with exchange.phone(device) as old, exchange.phone(renewed) as new:
        assert await old.register() == FORBIDDEN
        assert await new.register() == OK


async def test_two_tenants_have_the_same_user_name(exchange: Exchange) -> None:
    rita = await people.reseller(exchange.admin)
    theirs = await exchange.device(await people.customer(rita, rita), username="desk")
    ours = await exchange.device(username="desk")
    async with exchange.phone(ours) as one, exchange.phone(theirs) as other:
        assert await one.register() == OK
        assert await other.register() == OK
    crossed = phone(exchange.switch.sip, "desk", ours.realm, theirs.secret)
    async with crossed as handset:
        assert await handset.register() == FORBIDDEN


async def test_an_expired_account_is_refused_although_no_worker_runs(
    house: House, tmp_path: Path
) -> None:
    async with attached(house, tmp_path) as exchange:
        carla = await people.customer(exchange.admin)
        device = await exchange.device(carla)
        soon = datetime.now(UTC) + timedelta(seconds=1)
        await Account.filter(id=carla.id).update(expires_at=soon)
        async with exchange.phone(device) as handset:
            assert await handset.register() == OK
            await asyncio.sleep(1.1)
            assert await handset.register() == FORBIDDEN


async def test_calls_from_a_network_need_no_sign_in_from_the_reading_of_the_lists_on(
    house: House, tmp_path: Path
) -> None:
    async with attached(house, tmp_path) as exchange:
        carla = await people.customer(exchange.admin)
        here = IpSetting(id=new_id(), account_id=carla.id, name="Here", network="127.0.0.1/32")
        async with phone(exchange.switch.sip, "office", HOUSE_REALM, "") as line:

            async def is_let_in() -> bool:
                return await line.call("4930") == NOT_FOUND

            async def is_asked_to_sign_in() -> bool:
                return await line.call("4930") == UNAUTHORIZED

            await here.save()
            assert await is_asked_to_sign_in()
            async with house.working():
                await eventually(is_let_in)
                await Account.filter(id=carla.id).update(status=AccountStatus.INACTIVE)
                await eventually(is_asked_to_sign_in)


async def test_a_reseller_that_is_off_takes_its_customers_devices_along(
    exchange: Exchange,
) -> None:
    rita = await people.reseller(exchange.admin)
    device = await exchange.device(await people.customer(rita, rita))
    async with exchange.phone(device) as handset:
        assert await handset.register() == OK
        await Account.filter(id=rita.id).update(status=AccountStatus.INACTIVE)
        assert await handset.register() == FORBIDDEN


@pytest.mark.usefixtures("exchange")
async def test_lists_of_networks_are_read_anew_at_most_every_five_seconds() -> None:
    (switch,) = await told_switches()
    async with connected(switch) as registrar:
        assert (await registrar.health()).verdict is Verdict.DONE
        assert (await registrar.reload_ip_lists()).verdict is Verdict.DONE
        assert (await registrar.reload_ip_lists()).verdict is Verdict.REJECTED
        await asyncio.sleep(5.1)
        assert (await registrar.reload_ip_lists()).verdict is Verdict.DONE


async def test_what_a_kamailio_says_of_nobody_is_understood(exchange: Exchange) -> None:
    (switch,) = await told_switches()
    nobody = Login("00000000-0000-7000-8000-000000000000", "nobody", "sip.example")
    async with connected(switch) as registrar:
        assert await registrar.contacts(nobody) == []
        assert (await registrar.drop_contacts(nobody)).is_settled
        assert (await registrar.end_calls(nobody)).verdict is Verdict.NOTHING_THERE
        assert await registrar.sip_addresses() == [f"{exchange.switch.sip}/udp"]


async def test_every_registration_is_listed_with_its_phone(exchange: Exchange) -> None:
    device = await exchange.device()
    (switch,) = await told_switches()
    async with exchange.phone(device) as handset, connected(switch) as registrar:
        await handset.register()
        (contact,) = await registrar.registrations()
        assert (contact.username, contact.realm) == (device.username, device.realm)
        assert contact.user_agent == "A phone 1.0"
        assert contact.expires_at is not None
        assert contact.expires_at > datetime.now(UTC)
        login = Login(str(device.device_id), device.username, device.realm)
        assert len(await registrar.contacts(login)) == 1


async def test_a_kamailio_that_was_away_lets_go_of_whoever_was_suspended_meanwhile(
    working: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "BETWEEN_KNOCKS_SECONDS", 0.5)
    ports = free_port(), free_port()
    async with attached(working, tmp_path, ports) as exchange:
        device = await exchange.device()
        await exchange.becomes(device, ProvisioningState.READY)
        async with exchange.phone(device) as handset:
            assert await handset.register() == OK
    await exchange.change(device, OFF)
    new = await exchange.device()

    async def is_missed() -> bool:
        node = await SwitchNode.get(id=exchange.node_id)
        row = await DeviceNode.get(device_id=device.device_id)
        return node.state is SwitchNodeState.UNREACHABLE and row.applied_generation == 1

    await eventually(is_missed)

    async def was_tried_often() -> bool:
        row = await DeviceNode.get_or_none(device_id=new.device_id)
        return row is not None and row.attempts >= TRIES_BEFORE_MISMATCH

    await eventually(was_tried_often)
    await asyncio.sleep(0.5)  # in which silence would have been taken for a refusal
    row = await SipDevice.get(id=new.device_id)
    assert row.provisioning is ProvisioningState.DEGRADED
    await exchange.becomes(device, ProvisioningState.REVOKING)
    assert len(await contacts_of(device)) == 1
    async with kamailio(working.dsn, tmp_path, ports), exchange.phone(device) as handset:
        await exchange.becomes(new, ProvisioningState.READY)
        await exchange.becomes(device, ProvisioningState.REVOKED)
        assert await contacts_of(device) == []
        assert await handset.register() == FORBIDDEN
    node = await SwitchNode.get(id=exchange.node_id)
    assert (node.state, node.last_error) == (SwitchNodeState.ACTIVE, None)
