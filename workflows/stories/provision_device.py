"""The life of a SIP device on the switches: each change is published, bursts of them once.

A device that does not change has no workflow; the next change opens it again.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.devices import DeviceRef, Published, publish_device
    from workflows.options import LIMITS, UNTIL_IT_WORKS


@workflow.defn
class ProvisionDevice:
    """Follows one device; its name is `sip-device/<device id>`."""

    def __init__(self) -> None:
        self._wanted = 0

    @workflow.signal
    def changed(self, generation: int) -> None:
        """The row has this generation now; told twice or out of order, the highest counts."""
        self._wanted = max(self._wanted, generation)

    @workflow.run
    async def run(self, device: DeviceRef) -> None:
        """Publish until nothing newer is known."""
        published = await self._publish(device)
        while published.generation < self._wanted and not published.is_gone:
            published = await self._publish(device)
        workflow.set_current_details(_words(published))

    async def _publish(self, device: DeviceRef) -> Published:
        return await workflow.execute_activity(
            publish_device,
            device,
            start_to_close_timeout=LIMITS.step,
            retry_policy=UNTIL_IT_WORKS,
        )


def _words(published: Published) -> str:
    if published.is_gone:
        return "The device is gone."
    if published.nodes == 0:
        return f"Generation {published.generation} is published; no switch is attached."
    return f"Generation {published.generation} is published to {published.nodes} switches."
