"""What all switches together amount to: settled by the rows, and by who can be told at all."""

from __future__ import annotations

from uuid import UUID

import pytest

from activities.registrars import batch
from models.accounts.account import Account
from models.database import raw, transaction
from models.panel import provisioning
from models.panel.sip_device import SipDevice
from models.panel.sip_follow import follow_subtree
from models.panel.sip_issue import IssuedDevice
from models.rules.enums import AccountStatus, ActiveStatus, ProvisioningState, SwitchKind
from models.rules.sip_device import SipDeviceDraft, SipDevicePatch
from models.rules.switch_node import NodeDraft
from models.switch.node import SwitchNode
from tests.people import Person, administrator, customer, reseller

OFF = SipDevicePatch({"status": ActiveStatus.INACTIVE})


@pytest.fixture
async def admin(database: str) -> Person:
    assert database
    return await administrator()


async def issue(by: Person, whose: Person) -> IssuedDevice:
    return await SipDevice.issue(by.viewer, SipDeviceDraft(account_id=whose.id))


async def test_nothing_is_said_to_be_dropped_where_no_switch_is_attached(admin: Person) -> None:
    carla = await customer(admin)
    device, gone = await issue(admin, carla), await issue(admin, carla)
    await SipDevice.change(admin.viewer, device.device_id, None, OFF)
    await SipDevice.remove(admin.viewer, gone.device_id)
    assert await provisioning.settle([device.device_id, gone.device_id]) == {
        device.device_id: ProvisioningState.PUBLISHED,
        gone.device_id: ProvisioningState.REVOKED,
    }
    assert not await SipDevice.exists(id=gone.device_id)


async def test_a_subtree_that_is_merely_published_is_raised_once_a_switch_could_be_told(
    admin: Person,
) -> None:
    rita = await reseller(admin)
    device = await issue(rita, await customer(rita, rita))
    await provisioning.settle([device.device_id])
    await Account.filter(id=rita.id).update(status=AccountStatus.INACTIVE)

    async def raised() -> list[UUID]:
        async with transaction() as tx:
            return await follow_subtree(raw(tx), rita.id, None, 10)

    assert await raised() == []
    draft = NodeDraft(name="k1", kind=SwitchKind.KAMAILIO, address="http://192.0.2.1/RPC")
    await SwitchNode.attach(admin.viewer, draft)
    assert await raised() == [device.device_id]
    row = await SipDevice.get(id=device.device_id)
    assert row.provisioning is ProvisioningState.REVOKING


@pytest.mark.parametrize("secret_was_rotated", [False, True])
async def test_a_device_whose_own_story_sees_first_that_its_reseller_is_off_is_still_let_go(
    admin: Person, *, secret_was_rotated: bool
) -> None:
    draft = NodeDraft(name="k1", kind=SwitchKind.KAMAILIO, address="http://192.0.2.1/RPC")
    node = (await SwitchNode.attach(admin.viewer, draft)).node_id
    rita = await reseller(admin)
    device = await issue(rita, await customer(rita, rita))
    if secret_was_rotated:
        await SipDevice.rotate(admin.viewer, device.device_id)
    await provisioning.standing(device.device_id)
    generation = (await SipDevice.get(id=device.device_id)).generation
    await provisioning.applied(device.device_id, node, generation)
    await provisioning.settle([device.device_id])
    await Account.filter(id=rita.id).update(status=AccountStatus.INACTIVE)
    assert await provisioning.settle([device.device_id]) == {
        device.device_id: ProvisioningState.READY
    }
    async with transaction() as tx:
        assert await follow_subtree(raw(tx), rita.id, None, 10) == [device.device_id]
    standing = await provisioning.standing(device.device_id)
    assert standing is not None
    assert (standing.lagging, standing.dropping) == ((node,), (node,))
    assert (await SipDevice.get(id=device.device_id)).provisioning is ProvisioningState.REVOKING


async def test_a_switch_that_lags_behind_a_device_that_is_off_drops_it_whatever_it_was_told_for(
    admin: Person,
) -> None:
    draft = NodeDraft(name="k1", kind=SwitchKind.KAMAILIO, address="http://192.0.2.1/RPC")
    node = (await SwitchNode.attach(admin.viewer, draft)).node_id
    rita = await reseller(admin)
    device = await issue(rita, await customer(rita, rita))
    await SipDevice.change(
        admin.viewer, device.device_id, None, SipDevicePatch({"call_waiting": False})
    )
    await Account.filter(id=rita.id).update(status=AccountStatus.INACTIVE)
    standing = await provisioning.standing(device.device_id)
    assert standing is not None
    assert standing.dropping == (node,)
    [task] = (await batch.tasks_of([device.device_id]))[node]
    assert task.drops
