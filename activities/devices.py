"""What is done about one SIP device after its row changed.

The row itself is the activation: switches read it at each login.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from temporalio import activity

from models.panel import provisioning


@dataclass(frozen=True, slots=True)
class DeviceRef:
    """Which device."""

    device_id: str


@dataclass(frozen=True, slots=True)
class Published:
    """Up to which generation a device is published, to how many switches, or that it is gone."""

    generation: int
    nodes: int
    is_gone: bool = False


@activity.defn
async def publish_device(ref: DeviceRef) -> Published:
    """Make the present row known to the switches, as far as they do not read it themselves."""
    publication = await provisioning.publish(UUID(ref.device_id))
    if publication is None:
        return Published(0, 0, is_gone=True)
    return Published(publication.generation, publication.nodes)
