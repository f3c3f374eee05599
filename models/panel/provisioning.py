"""How far the switches have followed a device, as the device's row tells it.

What a switch must be told is decided above; here only the outcome is written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from models.database import raw, transaction
from models.rules.enums import ProvisioningState

# Both kinds of switch read our rows at each login, so the commit of a change is its publication.
_PUBLISH = """
UPDATE sip_devices SET provisioning = $2, provisioned_at = now()
 WHERE id = $1 AND provisioning <> $2
"""
_STANDING = """
SELECT generation, (SELECT count(*) FROM switch_nodes WHERE state <> 'RETIRED') AS nodes
  FROM sip_devices WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class Publication:
    """Up to which generation a device is published, and to how many switches."""

    generation: int
    nodes: int


async def publish(device_id: UUID) -> Publication | None:
    """Mark what the row says now as published; None when the device is gone."""
    async with transaction() as tx:
        row = await raw(tx).fetchrow(_STANDING, device_id)
        if row is None:
            return None
        await raw(tx).execute(_PUBLISH, device_id, ProvisioningState.PUBLISHED)
        return Publication(row["generation"], row["nodes"])
