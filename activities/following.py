"""Making every switch follow the devices of many accounts, after a batch has changed them.

Rows know how far each switch is, so that this may be killed anywhere and asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from activities.registrars import batch
from models.database import raw, transaction
from models.panel import provisioning
from models.panel.provisioning import Lagging
from models.panel.sip_follow import Raised, all_devices_of, announce
from models.switch.telling import told_switches

PAGE = 200  # devices told of at once: at a switch's pace some ten seconds


async def let_switches_follow(account_ids: Sequence[UUID]) -> None:
    """Tell all switches; what one of them could not follow is the matter of each device's story."""
    async with transaction() as tx:
        devices = await all_devices_of(raw(tx), account_ids)
    left: set[UUID] = set()
    for page in _pages(devices):
        left |= {each.device_id for each in await _told(page)}
        await provisioning.settle(page)
    if left:
        logins = await provisioning.logins_of(sorted(left))
        await announce([Raised(device_id, each.generation) for device_id, each in logins.items()])


async def let_switches_forget(account_ids: Sequence[UUID]) -> list[UUID]:
    """Revoke the devices of these accounts on all switches.

    Answers the switch for each device that it has not let go of.
    """
    if not await told_switches():
        return []
    async with transaction() as tx:
        devices = await all_devices_of(raw(tx), account_ids)
    return [each.node_id for page in _pages(devices) for each in await _told(page)]


async def _told(devices: Sequence[UUID]) -> list[Lagging]:
    """Tell the switches what they lag behind of; what some of them still do."""
    await batch.carry(await batch.tasks_of(devices))
    return await provisioning.lagging_of(devices)


def _pages(devices: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (devices[at : at + PAGE] for at in range(0, len(devices), PAGE))
