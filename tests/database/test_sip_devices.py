"""SIP devices: issued, changed, rotated, removed; who may act; what the views say of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any
from uuid import UUID

import pytest

from models.access.audit import AuditEvent
from models.accounts.account import Account
from models.database import read_pool
from models.ids import new_id
from models.jobs.outbox import Outbox, OutboxKind
from models.mail.email import Email
from models.panel.sip_device import SipDevice
from models.panel.sip_issue import IssuedDevice
from models.rules.enums import AccountStatus, ActiveStatus, ProvisioningState, SwitchKind
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.sip_device import SipDeviceDraft, SipDevicePatch, VoicemailDraft
from models.rules.switch_node import NodeDraft
from models.switch.node import SwitchNode
from tests.people import PASSWORD, Person, administrator, customer, reseller

pytestmark = pytest.mark.usefixtures("database")

REALM = "sip.trunkline.local"


@pytest.fixture
async def admin(database: str) -> Person:
    return await administrator()


async def issue(by: Person, whose: Person, **said: Any) -> IssuedDevice:
    return await SipDevice.issue(by.viewer, SipDeviceDraft(account_id=whose.id, **said))


async def subscriber(device: IssuedDevice) -> Any:
    query = "SELECT * FROM kamailio.subscriber WHERE username = $1 AND domain = $2"
    return await read_pool().fetchrow(query, device.username, device.realm)


async def outbox_of(device_id: UUID) -> list[int]:
    rows = await Outbox.filter(kind=OutboxKind.SIP_DEVICE, subject_id=device_id).order_by("id")
    return [row.generation for row in rows]


async def switch(admin: Person, name: str = "fs1") -> UUID:
    draft = NodeDraft(
        name=name,
        kind=SwitchKind.FREESWITCH,
        address="127.0.0.1:8021",
        profiles=("internal",),
        secret="ClueCon",
    )
    return (await SwitchNode.attach(admin.viewer, draft)).node_id


# ---------------------------------------------------------------------------------- issuing


async def test_a_device_is_named_by_its_account_and_has_a_secret_of_its_own(admin: Person) -> None:
    carla = await customer(admin)
    device = await issue(admin, carla)
    assert (device.username, device.realm) == (carla.login, REALM)
    assert len(device.secret) == 20
    assert device.secret != PASSWORD
    row = await subscriber(device)
    plain = f"{device.username}:{REALM}:{device.secret}".encode()
    assert row["ha1"] == md5(plain).hexdigest()


async def test_issuing_writes_trail_mail_and_errand_in_one_transaction(admin: Person) -> None:
    carla = await customer(admin)
    device = await issue(admin, carla, status=ActiveStatus.INACTIVE)
    event = await AuditEvent.get(action="sipDeviceCreate")
    assert (event.subject_id, event.account_id) == (device.device_id, carla.id)
    assert device.secret not in str(event.changes)
    mail = await Email.get(template="sip_device_created")
    assert device.secret not in str(mail.facts)
    assert await outbox_of(device.device_id) == [1]


async def test_what_the_form_says_is_kept(admin: Person) -> None:
    device = await issue(
        admin,
        await customer(admin),
        username="Desk-1",
        caller_id_name="Desk",
        caller_id_number="+49301",
        codecs=("OPUS", "PCMA"),
        call_waiting=False,
        max_calls=2,
        allowed_networks=("192.0.2.1",),
        voicemail=VoicemailDraft(enabled=False, mail_to="box@example.com", mail_all=True),
    )
    row = await SipDevice.get(id=device.device_id)
    assert row.username == "Desk-1"
    assert (row.caller_id_name, row.caller_id_number) == ("Desk", "+49301")
    assert (row.codecs, row.call_waiting, row.max_calls) == (["OPUS", "PCMA"], False, 2)
    assert row.allowed_networks == ["192.0.2.1/32"]
    assert (row.voicemail_enabled, row.voicemail_mail_to) == (False, "box@example.com")
    assert row.voicemail_mail_all


async def test_a_name_that_is_taken_in_any_spelling_is_refused(admin: Person) -> None:
    carla = await customer(admin)
    await issue(admin, carla, username="desk")
    with pytest.raises(Refused) as refusal:
        await issue(admin, carla, username="DESK")
    assert (refusal.value.code, refusal.value.field) == (ErrorCode.TAKEN, ("username",))
    assert await SipDevice.all().count() == 1


async def test_two_tenants_have_the_same_name_each_in_its_realm(admin: Person) -> None:
    rita = await reseller(admin)
    ours = await issue(admin, await customer(admin), username="desk")
    theirs = await issue(rita, await customer(rita, rita), username="desk")
    assert ours.realm != theirs.realm
    assert (await subscriber(ours))["ha1"] != (await subscriber(theirs))["ha1"]


async def test_the_portal_password_is_no_secret_of_a_device(admin: Person) -> None:
    carla = await customer(admin)
    with pytest.raises(Refused) as refusal:
        await issue(admin, carla, password=PASSWORD)
    assert refusal.value.field == ("password",)
    chosen = await issue(admin, carla, password="another horse 9")
    assert chosen.secret == "another horse 9"


async def test_nobody_issues_for_an_account_that_they_do_not_see(admin: Person) -> None:
    rita, ruth = await reseller(admin), await reseller(admin)
    carla = await customer(rita, rita)
    for stranger, whose in ((ruth, carla.id), (rita, new_id())):
        with pytest.raises(DomainError) as refusal:
            await SipDevice.issue(stranger.viewer, SipDeviceDraft(account_id=whose))
        assert (refusal.value.code, refusal.value.field) == (ErrorCode.NOT_FOUND, ("customerId",))
    assert await SipDevice.all().count() == 0


async def test_customers_renew_their_secrets_and_nothing_else(admin: Person) -> None:
    carla = await customer(admin)
    device = await issue(admin, carla)
    for forbidden in (
        SipDevice.issue(carla.viewer, SipDeviceDraft(account_id=carla.id)),
        SipDevice.change(carla.viewer, device.device_id, None, SipDevicePatch({"max_calls": 1})),
        SipDevice.remove(carla.viewer, device.device_id),
    ):
        with pytest.raises(DomainError) as refusal:
            await forbidden
        assert refusal.value.code is ErrorCode.FORBIDDEN
    renewed = await SipDevice.rotate(carla.viewer, device.device_id)
    assert renewed.secret != device.secret


# ------------------------------------------------------------------------- changing, rotating


async def test_a_change_raises_version_and_generation_and_tells_the_switches(
    admin: Person,
) -> None:
    node = await switch(admin)
    device = await issue(admin, await customer(admin))
    await SipDevice.change(admin.viewer, device.device_id, 1, SipDevicePatch({"max_calls": 3}))
    row = await SipDevice.get(id=device.device_id)
    assert (row.version, row.generation, row.drop_generation) == (2, 2, 0)
    assert row.provisioning is ProvisioningState.PENDING
    assert await outbox_of(device.device_id) == [1, 2]
    (told,) = await read_pool().fetch("SELECT * FROM device_nodes")
    assert (told["node_id"], told["wanted_generation"], told["applied_generation"]) == (node, 2, 1)


async def test_a_change_that_changes_nothing_writes_nothing(admin: Person) -> None:
    device = await issue(admin, await customer(admin))
    patch = SipDevicePatch({"call_waiting": True})
    await SipDevice.change(admin.viewer, device.device_id, None, patch)
    assert (await SipDevice.get(id=device.device_id)).version == 1
    assert await outbox_of(device.device_id) == [1]


async def test_an_old_version_or_a_broken_rule_changes_nothing(admin: Person) -> None:
    device = await issue(admin, await customer(admin))
    for version, changes, code in (
        (7, {"max_calls": 1}, ErrorCode.VERSION_CONFLICT),
        (1, {"max_calls": -1}, ErrorCode.OUT_OF_RANGE),
    ):
        with pytest.raises(DomainError) as refusal:
            await SipDevice.change(admin.viewer, device.device_id, version, SipDevicePatch(changes))
        assert refusal.value.code is code
    assert (await SipDevice.get(id=device.device_id)).generation == 1


async def test_an_inactive_device_is_on_its_way_out_of_the_switches(admin: Person) -> None:
    device = await issue(admin, await customer(admin))
    patch = SipDevicePatch({"status": ActiveStatus.INACTIVE})
    await SipDevice.change(admin.viewer, device.device_id, None, patch)
    row = await SipDevice.get(id=device.device_id)
    assert (row.provisioning, row.drop_generation) == (ProvisioningState.REVOKING, 2)
    assert await subscriber(device) is None


async def test_a_new_secret_replaces_the_hashes_and_drops_who_used_the_old_one(
    admin: Person,
) -> None:
    device = await issue(admin, await customer(admin))
    old = (await subscriber(device))["ha1"]
    kept = await SipDevice.rotate(admin.viewer, device.device_id, drops_registrations=False)
    assert (await SipDevice.get(id=device.device_id)).drop_generation == 0
    dropped = await SipDevice.rotate(admin.viewer, device.device_id)
    assert (await SipDevice.get(id=device.device_id)).drop_generation == 3
    assert len({device.secret, kept.secret, dropped.secret}) == 3
    assert (await subscriber(device))["ha1"] != old
    trail = await AuditEvent.filter(action="sipDeviceSecretRotate")
    assert [event.changes for event in trail] == [
        [{"field": "secret", "old": None, "new": "changed"}]
    ] * 2


async def test_a_removed_device_is_refused_and_gone_for_whoever_asks(admin: Person) -> None:
    device = await issue(admin, await customer(admin), username="desk")
    await SipDevice.remove(admin.viewer, device.device_id)
    assert await subscriber(device) is None
    with pytest.raises(DomainError) as refusal:
        await SipDevice.rotate(admin.viewer, device.device_id)
    assert refusal.value.code is ErrorCode.NOT_FOUND
    row = await SipDevice.get(id=device.device_id)
    assert row.provisioning is ProvisioningState.REVOKING


async def test_a_foreign_reseller_changes_no_device(admin: Person) -> None:
    rita, ruth = await reseller(admin), await reseller(admin)
    device = await issue(rita, await customer(rita, rita))
    for attempt in (
        SipDevice.rotate(ruth.viewer, device.device_id),
        SipDevice.remove(ruth.viewer, device.device_id),
        SipDevice.change(ruth.viewer, device.device_id, None, SipDevicePatch({"max_calls": 1})),
    ):
        with pytest.raises(DomainError) as refusal:
            await attempt
        assert (refusal.value.code, refusal.value.field) == (ErrorCode.NOT_FOUND, ("id",))
    assert (await SipDevice.get(id=device.device_id)).generation == 1


# -------------------------------------------------------------------------------- who may act


async def test_an_account_that_is_off_expired_or_in_debt_takes_its_devices_along(
    admin: Person,
) -> None:
    carla = await customer(admin)
    device = await issue(admin, carla)
    past = datetime.now(UTC) - timedelta(seconds=1)
    for off, on in (
        ({"status": AccountStatus.INACTIVE}, {"status": AccountStatus.ACTIVE}),
        ({"status": AccountStatus.DELETING}, {"status": AccountStatus.ACTIVE}),
        ({"expires_at": past}, {"expires_at": None}),
        ({"suspended_for_debt_at": past}, {"suspended_for_debt_at": None}),
    ):
        await Account.filter(id=carla.id).update(**off)
        assert await subscriber(device) is None, off
        await Account.filter(id=carla.id).update(**on)
        assert await subscriber(device), on


async def test_a_reseller_that_is_off_takes_everything_below_it_along(admin: Person) -> None:
    rita = await reseller(admin)
    ruth = await reseller(rita, rita)
    device = await issue(ruth, await customer(ruth, ruth))
    await Account.filter(id=rita.id).update(status=AccountStatus.INACTIVE)
    assert await subscriber(device) is None
    await Account.filter(id=rita.id).update(status=AccountStatus.ACTIVE)
    assert await subscriber(device)
