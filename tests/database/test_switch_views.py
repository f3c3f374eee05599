"""What switches read: Kamailio's views and their role, networks, and words for listeners."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from models.accounts.account import Account
from models.database import raw, read_pool, transaction
from models.ids import new_id
from models.panel.ip_setting import IpSetting
from models.panel.sip_device import SipDevice
from models.panel.sip_issue import IssuedDevice
from models.rules.enums import AccountStatus, ActiveStatus
from models.rules.sip_device import SipDeviceDraft, SipDevicePatch
from tests.people import Person, administrator, customer, reseller

pytestmark = pytest.mark.usefixtures("database")

# What the modules of Kamailio 5.6 check before they start.
VERSIONS = {
    "version": 1,
    "subscriber": 7,
    "location": 9,
    "location_attrs": 1,
    "address": 6,
    "trusted": 6,
    "domain": 2,
    "domain_attrs": 1,
}


@pytest.fixture
async def admin(database: str) -> Person:
    return await administrator()


@pytest.fixture
async def words(database: str) -> AsyncIterator[list[str]]:
    heard: list[str] = []
    connection = await asyncpg.connect(database)

    def hear(_connection: Any, _pid: int, _channel: str, payload: object) -> None:
        heard.append(str(payload))

    await connection.add_listener("sip_devices", hear)
    yield heard
    await connection.close()


async def device_of(by: Person, whose: Person, **said: Any) -> IssuedDevice:
    return await SipDevice.issue(by.viewer, SipDeviceDraft(account_id=whose.id, **said))


async def list_network(whose: UUID, network: str, prefix: str = "") -> None:
    await IpSetting.create(
        id=new_id(), account_id=whose, name="office", network=network, prefix=prefix
    )


async def addresses() -> list[tuple[str, int, str]]:
    rows = await read_pool().fetch("SELECT ip_addr, mask, tag FROM kamailio.address ORDER BY 1")
    return [tuple(row) for row in rows]


async def settled(heard: list[str]) -> list[str]:
    """What was heard; a word of the server arrives within a fraction of this."""
    await asyncio.sleep(0.3)
    taken = list(heard)
    heard.clear()
    return taken


async def test_kamailio_finds_the_tables_in_the_versions_it_wants() -> None:
    rows = await read_pool().fetch("SELECT table_name, table_version FROM kamailio.version")
    assert {row["table_name"]: row["table_version"] for row in rows} == VERSIONS


async def test_every_realm_of_the_house_is_a_domain(admin: Person) -> None:
    rita = await reseller(admin, realm="rita.example")
    rows = await read_pool().fetch("SELECT domain FROM kamailio.domain ORDER BY 1")
    assert [row["domain"] for row in rows] == ["rita.example", "sip.trunkline.local"]
    await Account.filter(id=rita.id).update(status=AccountStatus.INACTIVE)
    assert len(await read_pool().fetch("SELECT FROM kamailio.domain")) == 2


async def test_a_kamailio_reads_the_views_and_writes_contacts_and_nothing_else(
    database: str, admin: Person
) -> None:
    device = await device_of(admin, await customer(admin))
    role = f"kamailio_{uuid4().hex}"
    async with transaction() as tx:
        await raw(tx).execute(f"CREATE ROLE {role} LOGIN PASSWORD 'of-tests'")
        await raw(tx).execute("SELECT kamailio.admit($1)", role)
    kamailio = await asyncpg.connect(database, user=role, password="of-tests")
    try:
        found = await kamailio.fetchval(
            "SELECT ha1 FROM subscriber WHERE username = $1", device.username
        )
        assert len(found) == 32
        await kamailio.execute(
            "INSERT INTO location (ruid, username, domain) VALUES ('r1', 'desk', 'sip.example')"
        )
        await kamailio.execute("DELETE FROM location")
        for forbidden in (
            "SELECT FROM kamailio.credentials",
            "SELECT FROM public.sip_devices",
            "SELECT FROM public.accounts",
            "DELETE FROM version",
            "SELECT kamailio.admit('postgres')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await kamailio.execute(forbidden)
    finally:
        await kamailio.close()
        async with transaction() as tx:
            await raw(tx).execute(f"DROP OWNED BY {role}")
            await raw(tx).execute(f"DROP ROLE {role}")


async def test_a_listed_network_carries_the_account_that_its_calls_belong_to(
    admin: Person,
) -> None:
    carla = await customer(admin)
    await list_network(carla.id, "203.0.113.0/28")
    assert await addresses() == [("203.0.113.0", 28, str(carla.id))]
    await Account.filter(id=carla.id).update(status=AccountStatus.INACTIVE)
    assert await addresses() == []


async def test_prefixes_of_one_account_do_not_list_its_network_twice(admin: Person) -> None:
    carla = await customer(admin)
    await list_network(carla.id, "203.0.113.7/32", "11")
    await list_network(carla.id, "203.0.113.7/32", "12")
    assert await addresses() == [("203.0.113.7", 32, str(carla.id))]


async def test_a_network_of_two_accounts_is_nobodys_without_a_prefix(admin: Person) -> None:
    carla, carl = await customer(admin), await customer(admin)
    await list_network(carla.id, "203.0.113.7/32", "11")
    await list_network(carl.id, "203.0.113.7/32", "12")
    assert await addresses() == []
    await Account.filter(id=carl.id).update(status=AccountStatus.INACTIVE)
    assert await addresses() == [("203.0.113.7", 32, str(carla.id))]
    await Account.filter(id=carl.id).update(status=AccountStatus.ACTIVE)
    await IpSetting.filter(account_id=carl.id).update(status=ActiveStatus.INACTIVE)
    assert await addresses() == [("203.0.113.7", 32, str(carla.id))]


async def test_a_network_listed_without_a_prefix_stays_its_accounts_own(admin: Person) -> None:
    carla, carl = await customer(admin), await customer(admin)
    await list_network(carla.id, "203.0.113.7/32")
    await list_network(carl.id, "203.0.113.7/32", "0")
    assert await addresses() == [("203.0.113.7", 32, str(carla.id))]


async def test_a_change_of_a_device_names_its_login(admin: Person, words: list[str]) -> None:
    device = await device_of(admin, await customer(admin), username="desk")
    await settled(words)
    patch = SipDevicePatch({"status": ActiveStatus.INACTIVE})
    await SipDevice.change(admin.viewer, device.device_id, None, patch)
    assert set(await settled(words)) == {"sip.trunkline.local desk"}


async def test_a_change_of_many_devices_is_one_word(admin: Person, words: list[str]) -> None:
    carla = await customer(admin)
    for number in range(51):
        await SipDevice.create(
            id=new_id(), account_id=carla.id, username=f"desk{number}", realm="sip.example"
        )
    assert await settled(words) == []
    await SipDevice.all().update(call_waiting=False)
    assert await settled(words) == [""]
    await SipDevice.filter(username="desk7").delete()
    assert await settled(words) == ["sip.example desk7"]


async def test_switching_a_reseller_or_listing_a_network_drops_everything(
    admin: Person, words: list[str]
) -> None:
    rita, carla = await reseller(admin), await customer(admin)
    await settled(words)
    await Account.filter(id=rita.id).update(status=AccountStatus.INACTIVE)
    assert await settled(words) == [""]
    await Account.filter(id=carla.id).update(first_name="Clara")
    assert await settled(words) == []
    await list_network(carla.id, "203.0.113.7/32")
    assert await settled(words) == [""]


async def test_a_contact_of_a_kamailio_is_a_registration_of_its_device(admin: Person) -> None:
    device = await device_of(admin, await customer(admin), username="desk")
    async with transaction() as tx:
        await raw(tx).execute(
            """INSERT INTO kamailio.location (ruid, username, domain, contact, user_agent, expires)
               VALUES ('a', 'desk', $1, 'sip:desk@192.0.2.9', 'A phone', '2100-01-01'),
                      ('b', 'desk', $1, 'sip:desk@192.0.2.8', 'A phone', '2000-01-01'),
                      ('c', 'desk', 'other.example', 'sip:x@192.0.2.7', '', '2100-01-01')""",
            device.realm,
        )
    (row,) = await read_pool().fetch("SELECT * FROM sip_registrations")
    assert (row["device_id"], row["contact"]) == (device.device_id, "sip:desk@192.0.2.9")
