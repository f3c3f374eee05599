"""Alerts of guessing through the API: the administration sees and ends them, nobody else does."""

from __future__ import annotations

import pytest

from models.panel.sip_device import SipDevice
from models.rules.refusal import Refusal, RefusalReason, RefusedKind
from models.rules.sip_device import SipDeviceDraft
from models.switch.refusal import Counted, SignInRefusals
from tests import people
from tests.api.product import Product, refusals
from tests.api.test_sip_devices import customer_id

pytestmark = pytest.mark.usefixtures("database")

ALERTS = """query($where: SignInAlertWhere) { signInAlerts(where: $where) { totalCount nodes {
    id kind subject failures alertedAt releasedAt lastAt lastReason lastSource lastUser } } }"""
RELEASE = "signInAlertRelease { signInAlert { subject failures releasedAt } }"
LAST = """query($id: ID!) { customer(id: $id) { sipDevices { nodes {
    lastRefused { at reason source userAgent } } } } }"""


async def refused(username: str, realm: str, times: int) -> None:
    last = Refusal(RefusalReason.WRONG_SECRET, username, realm, "203.0.113.7", "A phone")
    await SignInRefusals.count([Counted(*subject, times, last) for subject in last.subjects])


async def test_an_alert_is_seen_and_ended_and_found_again_among_the_ended() -> None:
    admin, product = await people.administrator(), Product()
    await refused("desk", "sip.example", 40)
    listed = (await product.ask(admin, ALERTS))["signInAlerts"]
    (alert,) = listed["nodes"]
    assert (alert["kind"], alert["subject"]) == ("USER", "desk@sip.example")
    assert (alert["failures"], alert["lastReason"]) == (40, "WRONG_SECRET")
    assert (alert["lastSource"], alert["lastUser"]) == ("203.0.113.7", "desk@sip.example")
    ended = await product.mutate(admin, RELEASE, id=alert["id"])
    assert ended["signInAlert"]["failures"] == 0
    again = await product.mutate(admin, RELEASE, id=alert["id"])
    assert refusals(again) == [("ALREADY_DONE", ["id"])]
    assert (await product.ask(admin, ALERTS))["signInAlerts"]["totalCount"] == 0
    where = {"releasedAt": {"isNull": False}}
    kept = (await product.ask(admin, ALERTS, where=where))["signInAlerts"]
    assert [each["subject"] for each in kept["nodes"]] == ["desk@sip.example"]


async def test_only_the_administration_sees_or_ends_alerts() -> None:
    admin, product = await people.administrator(), Product()
    rita = await people.reseller(admin)
    carla, sam = await people.customer(admin), await people.staff(admin)
    await refused("desk", "sip.example", 40)
    (alert,) = (await product.ask(admin, ALERTS))["signInAlerts"]["nodes"]
    mutation = """mutation($input: SignInAlertReleaseInput!) {
        signInAlertRelease(input: $input) { userErrors { code } } }"""
    for stranger in (rita, carla, sam):
        assert (await product.send(stranger, ALERTS)).codes == ["FORBIDDEN"]
        tried = await product.send(stranger, mutation, input={"id": alert["id"]})
        assert tried.codes == ["FORBIDDEN"]
    assert (await SignInRefusals.get(kind="USER")).released_at is None


async def test_a_device_shows_who_was_refused_last_under_its_name() -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin)
    for username in ("desk", "hall"):
        draft = SipDeviceDraft(account_id=carla.id, username=username)
        device = await SipDevice.issue(admin.viewer, draft)
    await refused("hall", device.realm, 1)
    found = await product.ask(carla, LAST, id=customer_id(carla))
    newest, oldest = found["customer"]["sipDevices"]["nodes"]
    assert oldest["lastRefused"] is None
    assert newest["lastRefused"].pop("at")
    assert newest["lastRefused"] == {
        "reason": "WRONG_SECRET",
        "source": "203.0.113.7",
        "userAgent": "A phone",
    }
    assert RefusedKind.SOURCE in {row.kind for row in await SignInRefusals.all()}
