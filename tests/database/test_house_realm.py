"""The realm of the administration's devices: chosen before the first of them, and then for good."""

from __future__ import annotations

from models.settings import HouseSettings
from tests import people

CHOSEN = "sip.operator.example"


async def test_a_realm_is_chosen_until_a_device_is_in_it(database: str) -> None:
    del database
    assert await HouseSettings.name_realm(CHOSEN) == CHOSEN
    admin = await people.administrator()
    await people.customer(admin, create_sip_device=True)
    assert await HouseSettings.name_realm("sip.other.example") == CHOSEN


async def test_a_resellers_realm_is_never_the_administrations_too(database: str) -> None:
    del database
    admin = await people.administrator()
    before = (await HouseSettings.get(id=1)).realm
    await people.reseller(admin, realm=CHOSEN)
    assert await HouseSettings.name_realm(CHOSEN) == before
