"""Batches and the switches: who is changed or deleted by the thousand is followed as one by one."""

from __future__ import annotations

from models.accounts.account import Account
from models.jobs.batch_update import start_batch_update
from models.jobs.choosing import Wish
from models.jobs.deletion_plan import start_deletion
from models.jobs.outbox import Outbox, OutboxKind
from models.panel.retired_username import RetiredUsername
from models.panel.sip_device import SipDevice
from models.rules.batch_change import BatchChange
from models.rules.enums import AccountStatus, JobStatus, ProvisioningState
from tests.database.deletion_world import left_behind
from tests.phone import FORBIDDEN, OK
from tests.temporal.exchange import Exchange, contact_is_gone, registered
from tests.temporal.imports import ended
from tests.temporal.test_switches import exchange  # noqa: F401 - a fixture


async def test_a_deleted_account_has_no_phone_call_or_cache_left_anywhere(
    exchange: Exchange,  # noqa: F811 - the fixture
) -> None:
    device, other = await exchange.device(), await exchange.device()
    login = (device.username, device.realm)
    exchange.switch.phones_insist = True
    async with exchange.phone(device) as handset, exchange.phone(other) as bystander:
        await registered(exchange, device, handset)
        await registered(exchange, other, bystander)
        call = await exchange.switch.call(login)
        kept = await exchange.switch.call((other.username, other.realm))
        wish = Wish(ids=(device.account_id,))
        job = await ended(await start_deletion(exchange.admin.viewer, wish))
        assert job.status is JobStatus.COMPLETED
        assert await contact_is_gone(exchange.switch, device)
        assert login not in exchange.switch.cache
        assert call not in exchange.switch.calls
        assert await handset.register() == FORBIDDEN
        assert kept in exchange.switch.calls
        assert await bystander.register() == OK
    assert await RetiredUsername.filter(id=device.device_id).exists()
    assert (await Account.get(id=device.account_id)).status is AccountStatus.DELETED
    assert await left_behind() == {}


async def test_a_batch_that_switches_off_drops_phones_without_a_story_for_each(
    exchange: Exchange,  # noqa: F811 - the fixture
) -> None:
    device = await exchange.device()
    async with exchange.phone(device) as handset:
        await registered(exchange, device, handset)
        stories = await Outbox.filter(kind=OutboxKind.SIP_DEVICE).count()
        off = BatchChange(status=AccountStatus.INACTIVE)
        wish = Wish(ids=(device.account_id,))
        await ended(await start_batch_update(exchange.admin.viewer, wish, off))
        assert await contact_is_gone(exchange.switch, device)
        assert await handset.register() == FORBIDDEN
        assert await Outbox.filter(kind=OutboxKind.SIP_DEVICE).count() == stories
        row = await SipDevice.get(id=device.device_id)
        assert row.provisioning is ProvisioningState.REVOKED
