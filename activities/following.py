"""Making every switch follow the devices of many accounts, after a batch has changed them.

Rows know how far each switch is, so that this may be killed anywhere and asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from activities.registrars import batch
from models.database import raw, transaction
from models.panel import provisioning
from models.panel.sip_follow import Raised, all_devices_of, announce
from models.switch.telling import told_switches

PAGE = 200  # devices told of at once: at a switch's pace some ten seconds


async def let_switches_follow(account_ids: Sequence[UUID]) -> None:
    """Tell all switches; what one of them could not follow is the matter of each device's story."""
    async with transaction() as tx:
        devices = await all_devices_of(raw(tx), account_ids)
    left: list[UUID] = []
    for page in _pages(devices):
        left += await _told(page)
        await provisioning.settle(page)
    if left:
        logins = await provisioning.logins_of(left)
        await announce([Raised(device_id, each.generation) for device_id, each in logins.items()])


async def let_switches_forget(account_ids: Sequence[UUID]) -> bool:
    """Revoke the devices of these accounts on all switches; whether each of them has let go."""
    if not await told_switches():
        return True
    async with transaction() as tx:
        devices = await all_devices_of(raw(tx), account_ids)
    left = [device for page in _pages(devices) for device in await _told(page)]
    return not left


async def _told(devices: Sequence[UUID]) -> list[UUID]:
    """Tell the switches what they lag behind of; the devices that some of them still do."""
    await batch.carry(await batch.tasks_of(devices))
    return sorted({each.device_id for each in await provisioning.lagging_of(devices)})


def _pages(devices: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (devices[at : at + PAGE] for at in range(0, len(devices), PAGE))
