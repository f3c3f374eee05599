"""What hangs at the switches is counted, mailed to staff and told by doctor and the metrics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway import health, measures
from gateway.doctor import books
from gateway.doctor.finding import State
from gateway.settings import Settings, read_settings
from models.jobs.outbox import Outbox, OutboxKind
from models.mail.email import Email
from models.panel.sip_device import SipDevice
from models.rules.enums import ProvisioningState, SwitchKind, SwitchNodeState
from models.rules.switch_node import NodeDraft
from models.switch.hanging import tell_of_hanging
from models.switch.node import SwitchNode
from tests import people
from tests.people import Person


@pytest.fixture
async def admin(database: str) -> Person:
    assert database
    return await people.administrator()


@pytest.fixture
def settings(database: str) -> Settings:
    return read_settings({"DATABASE_URL": database, "TRUNKLINE_SECRET_KEY": "k" * 32})


async def waiting(admin: Person, state: ProvisioningState, seconds: int) -> None:
    """A device that has been like this for so long."""
    customer = await people.customer(admin, create_sip_device=True)
    since = datetime.now(UTC) - timedelta(seconds=seconds)
    await SipDevice.filter(account_id=customer.id).update(provisioning=state, provisioned_at=since)


async def attached(admin: Person, **now: object) -> None:
    draft = NodeDraft(name="k1", kind=SwitchKind.KAMAILIO, address="http://192.0.2.1/RPC")
    node = await SwitchNode.attach(admin.viewer, draft)
    await SwitchNode.filter(id=node.node_id).update(**now)


async def test_a_revocation_that_hangs_is_mailed_to_staff_once_an_hour(admin: Person) -> None:
    await waiting(admin, ProvisioningState.REVOKING, 59)
    assert (await tell_of_hanging()).revoking == 0
    assert not await Email.filter(template="switch_alert").exists()
    await waiting(admin, ProvisioningState.REVOKING, 61)
    await waiting(admin, ProvisioningState.DEGRADED, 61)
    await attached(admin, state=SwitchNodeState.UNREACHABLE, last_error="ConnectError")
    for _ in range(2):
        found = await tell_of_hanging()
        assert (found.revoking, found.lagging, found.refused) == (1, 1, 0)
    mail = await Email.get(template="switch_alert")
    assert mail.to_address == admin.login
    assert mail.facts["hanging"] == {"revoking": 1, "lagging": 1, "switches": "k1"}


async def test_the_story_of_a_device_that_has_hung_for_long_is_begun_again(admin: Person) -> None:
    await waiting(admin, ProvisioningState.REVOKING, 61)
    await waiting(admin, ProvisioningState.REVOKING, 601)
    await Outbox.all().delete()
    for _ in range(2):  # while its errand waits there is no second one
        await tell_of_hanging()
    (errand,) = await Outbox.filter(kind=OutboxKind.SIP_DEVICE)
    longest = await SipDevice.all().order_by("provisioned_at").first()
    assert longest is not None
    assert (errand.subject_id, errand.generation) == (longest.id, longest.generation)


async def test_the_doctor_and_the_metrics_tell_of_switches_that_do_not_follow(
    admin: Person, settings: Settings
) -> None:
    assert (await books.switches(settings)).state is State.GOOD
    await attached(admin, last_error="It has no profile internal.")
    found = await books.switches(settings)
    assert (found.state, found.sentence) == (State.POOR, "k1: It has no profile internal.")
    await SwitchNode.all().update(state=SwitchNodeState.UNREACHABLE)
    assert (await books.switches(settings)).state is State.BAD
    await SwitchNode.all().update(state=SwitchNodeState.ACTIVE, last_error=None)
    await waiting(admin, ProvisioningState.REVOKING, 61)
    found = await books.switches(settings)
    assert (found.state, found.sentence) == (State.BAD, "1 devices that should be off")
    assert found.remedy
    await health._read_tables()
    (gauge,) = measures.HANGING.collect()
    told = {each.labels["wanted"]: each.value for each in gauge.samples}
    assert told == {"off": 1, "changed": 0, "let_in": 0}
