"""A SIP device from its row to the switches, when none is attached."""

from __future__ import annotations

from temporalio.client import WorkflowExecutionStatus

from models.jobs.outbox import Outbox, OutboxKind
from models.panel.sip_device import SipDevice
from models.rules.enums import ProvisioningState
from tests import people
from tests.temporal.conftest import House, eventually


async def _is_delivered() -> bool:
    return not await Outbox.filter(delivered_at=None).exists()


async def test_a_burst_of_changes_is_published_up_to_the_newest(working: House) -> None:
    admin = await people.administrator()
    customer = await people.customer(admin, create_sip_device=True)
    device = await SipDevice.get(account_id=customer.id)
    await SipDevice.filter(id=device.id).update(
        generation=5, provisioning=ProvisioningState.PENDING
    )
    for generation in (3, 5, 4):
        await Outbox.put(OutboxKind.SIP_DEVICE, device.id, generation=generation)
    await eventually(_is_delivered)
    handle = working.client.get_workflow_handle(f"sip-device/{device.id}")

    async def is_published() -> bool:
        row = await SipDevice.get(id=device.id)
        return row.provisioning is ProvisioningState.PUBLISHED

    await eventually(is_published)
    await handle.result()
    description = await handle.describe()
    assert description.status is WorkflowExecutionStatus.COMPLETED


async def test_a_closed_device_workflow_opens_again_for_the_next_change(working: House) -> None:
    admin = await people.administrator()
    customer = await people.customer(admin, create_sip_device=True)
    device = await SipDevice.get(account_id=customer.id)
    handle = working.client.get_workflow_handle(f"sip-device/{device.id}")
    await eventually(_is_delivered)
    await handle.result()
    first = (await handle.describe()).run_id
    await Outbox.put(OutboxKind.SIP_DEVICE, device.id, generation=1)
    await eventually(_is_delivered)
    await handle.result()
    assert (await handle.describe()).run_id != first


async def test_a_device_that_is_gone_ends_its_workflow(working: House) -> None:
    await people.administrator()
    missing = "00000000-0000-7000-8000-000000000000"
    await Outbox.put(OutboxKind.SIP_DEVICE, missing, generation=2)  # type: ignore[arg-type]  # an id as text
    await eventually(_is_delivered)
    await working.client.get_workflow_handle(f"sip-device/{missing}").result()
