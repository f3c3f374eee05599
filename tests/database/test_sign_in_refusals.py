"""Refused sign-ins in the tables: when they alarm, who is told, and that they stay few."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from models.access.audit import AuditEvent
from models.database import raw, transaction
from models.mail.email import Email
from models.panel.sip_device import SipDevice
from models.rules.errors import DomainError, ErrorCode
from models.rules.refusal import ALARMING, Refusal, RefusalReason, RefusedKind
from models.rules.sip_device import SipDeviceDraft
from models.switch import refusal as refusal_module
from models.switch.refusal import Counted, DeviceRefusal, SignInRefusals, told_by_kamailios
from tests.people import Person, administrator, customer

ENOUGH = ALARMING[RefusedKind.USER]
GUESSED = Refusal(RefusalReason.WRONG_SECRET, "desk", "sip.example", "203.0.113.7", "A phone")


def under(name: str, failures: int) -> Counted:
    return Counted(RefusedKind.USER, name, failures, GUESSED)


@pytest.fixture
async def admin(database: str) -> Person:
    assert database
    return await administrator()


async def test_what_is_refused_often_alarms_once_and_is_mailed_to_staff(admin: Person) -> None:
    name = "desk@sip.example"
    assert await SignInRefusals.count([under(name, ENOUGH - 1)]) == []
    (alert,) = await SignInRefusals.count([under(name, 1)])
    assert (alert.kind, alert.subject, alert.failures) == ("USER", name, ENOUGH)
    assert await SignInRefusals.count([under(name, 500)]) == []
    mail = await Email.get(template="sign_in_alert")
    assert (mail.to_address, mail.facts["alert"]["subject"]) == (admin.login, name)
    await SignInRefusals.count([under(f"{n}@sip.example", ENOUGH) for n in range(50)])
    assert await Email.filter(template="sign_in_alert").count() == 1


@pytest.mark.usefixtures("admin")
async def test_a_source_may_be_refused_more_often_than_a_name() -> None:
    source = Counted(RefusedKind.SOURCE, "203.0.113.7", ENOUGH, GUESSED)
    assert await SignInRefusals.count([source]) == []
    rest = ALARMING[RefusedKind.SOURCE] - ENOUGH
    told = await SignInRefusals.count([Counted(RefusedKind.SOURCE, source.subject, rest, GUESSED)])
    assert [alert.subject for alert in told] == ["203.0.113.7"]


@pytest.mark.usefixtures("admin")
async def test_refusals_of_longer_than_five_minutes_ago_do_not_count() -> None:
    await SignInRefusals.count([under("desk@sip.example", ENOUGH - 1)])
    past = datetime.now(UTC) - timedelta(minutes=5, seconds=1)
    await SignInRefusals.all().update(window_began_at=past)
    assert await SignInRefusals.count([under("desk@sip.example", ENOUGH - 1)]) == []
    assert (await SignInRefusals.get()).failures == ENOUGH - 1


async def test_a_released_alert_counts_anew_and_can_alarm_again(admin: Person) -> None:
    await SignInRefusals.count([under("desk@sip.example", ENOUGH)])
    row = await SignInRefusals.get()
    await SignInRefusals.release(admin.viewer, row.id)
    assert await SignInRefusals.count([under("desk@sip.example", ENOUGH - 1)]) == []
    with pytest.raises(DomainError) as refused:
        await SignInRefusals.release(admin.viewer, row.id)
    assert refused.value.problems[0].code is ErrorCode.ALREADY_DONE
    assert len(await SignInRefusals.count([under("desk@sip.example", 1)])) == 1
    assert (await SignInRefusals.get()).released_at is None
    event = await AuditEvent.get(action="signInAlertRelease")
    assert event.subject_label == "desk@sip.example"


async def test_what_never_alarmed_cannot_be_released(admin: Person) -> None:
    await SignInRefusals.count([under("desk@sip.example", 1)])
    with pytest.raises(DomainError) as refused:
        await SignInRefusals.release(admin.viewer, (await SignInRefusals.get()).id)
    assert refused.value.problems[0].code is ErrorCode.NOT_FOUND


@pytest.mark.usefixtures("admin")
async def test_the_table_keeps_alerts_and_the_newest_and_no_more_than_it_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refusal_module, "MOST_ROWS", 10)
    await SignInRefusals.count([under("first@sip.example", ENOUGH)])
    for batch in range(3):
        await SignInRefusals.count([under(f"{batch}-{n}@sip.example", 1) for n in range(8)])
    assert await SignInRefusals.all().count() == 10
    assert await SignInRefusals.filter(subject="first@sip.example").exists()
    assert await SignInRefusals.filter(subject__startswith="2-").count() == 8
    past = datetime.now(UTC) - timedelta(days=1, minutes=1)
    await SignInRefusals.all().update(last_at=past)
    await SignInRefusals.count([under("last@sip.example", 1)])
    assert [row.subject for row in await SignInRefusals.all()] == ["last@sip.example"]


@pytest.mark.usefixtures("admin")
async def test_listeners_that_write_the_same_names_at_once_lose_none() -> None:
    names = [f"{n}@sip.example" for n in range(20)]
    batches = [names, names[::-1]] * 3
    await asyncio.gather(
        *(SignInRefusals.count([under(name, 1) for name in batch]) for batch in batches)
    )
    assert {row.failures for row in await SignInRefusals.all()} == {6}


async def test_the_last_refusal_of_a_device_is_kept_with_it(admin: Person) -> None:
    carla = await customer(admin)
    device = await SipDevice.issue(admin.viewer, SipDeviceDraft(account_id=carla.id))
    for reason in (RefusalReason.WRONG_SECRET, RefusalReason.WRONG_NETWORK):
        last = Refusal(reason, device.username, device.realm, "203.0.113.7", "A phone")
        await SignInRefusals.count([Counted(RefusedKind.USER, last.address, 1, last)])
    kept = await DeviceRefusal.get(device_id=device.device_id)
    assert (kept.reason, kept.source) == (RefusalReason.WRONG_NETWORK, "203.0.113.7")
    await SipDevice.filter(id=device.device_id).delete()
    assert not await DeviceRefusal.exists()


@pytest.mark.usefixtures("admin")
async def test_a_kamailio_tells_in_a_ring_that_an_attack_can_not_fill() -> None:
    words = [word.encode().hex() for word in ("desk", "sip.example", "203.0.113.7", "'; --")]
    tell = "SELECT kamailio.refused($1, $2, $3, $4, 'WRONG_SECRET') FROM generate_series(1, 10050)"
    async with transaction() as tx:
        await raw(tx).execute(tell, *words)
        assert await raw(tx).fetchval("SELECT count(*) FROM kamailio.refusals") == 10_000
        odd = "SELECT kamailio.refused('zz', '', 'ff', $1, 'x')"
        await raw(tx).execute(odd, "41" * 1000)
    told = await told_by_kamailios()
    assert len(told) == 10_000
    assert {each.address for each in told} == {"desk@sip.example", ""}
    assert await told_by_kamailios() == []
