"""SIP devices by the batch: names that are free, in order, all or none."""

from __future__ import annotations

from typing import Any

import pytest

from models.accounts.account import Account
from models.accounts.owner import owners_of
from models.database import raw, transaction
from models.jobs.outbox import Outbox, OutboxKind
from models.panel.sip_device import SipDevice
from models.panel.sip_issue import DeviceRequest, IssuedDevice, issue_many
from models.rules.errors import Refused
from tests.database.test_sip_devices import issue, subscriber
from tests.people import Person, administrator, customer

pytestmark = pytest.mark.usefixtures("database")

REALM = "sip.trunkline.local"


@pytest.fixture
async def admin(database: str) -> Person:
    return await administrator()


async def request(whose: Person, **said: Any) -> DeviceRequest:
    account = await Account.get(id=whose.id)
    async with transaction() as tx:
        realm = (await owners_of(raw(tx), [account.reseller_id]))[account.reseller_id].realm
    return DeviceRequest(account_id=whose.id, account_number=account.number, realm=realm, **said)


async def issue_by_the_batch(*requests: DeviceRequest) -> list[IssuedDevice]:
    async with transaction() as tx:
        return await issue_many(raw(tx), requests)


async def test_a_number_that_is_taken_or_no_user_name_becomes_ten_digits(admin: Person) -> None:
    carla, plus = await customer(admin), await customer(admin, number="+4930")
    await issue(admin, carla)
    (again, odd) = await issue_by_the_batch(await request(carla), await request(plus))
    for device in (again, odd):
        assert device.username.isdigit()
        assert len(device.username) == 10
    assert await subscriber(again)


async def test_a_batch_answers_in_order_and_never_gives_one_name_twice(admin: Person) -> None:
    carla = await customer(admin)
    wanted = await request(carla)
    issued = await issue_by_the_batch(*[wanted] * 5)
    assert issued[0].username == carla.login
    assert len({device.username for device in issued}) == 5
    assert await SipDevice.filter(account_id=carla.id).count() == 5
    assert await Outbox.filter(kind=OutboxKind.SIP_DEVICE).count() == 0


async def test_a_chosen_name_that_is_taken_refuses_the_batch(admin: Person) -> None:
    carla = await customer(admin)
    await issue(admin, carla, username="desk")
    wanted = await request(carla, username="Desk")
    with pytest.raises(Refused) as refusal:
        await issue_by_the_batch(wanted)
    assert refusal.value.field == ("sipUsername",)
