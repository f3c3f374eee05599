"""Staff, settings and the audit trail through the API, as six roles."""

from __future__ import annotations

import pytest

from models.access.audit import AuditEvent
from models.access.staff import Staff
from models.settings import HouseSettings
from tests import people
from tests.api.product import Product, refusals

pytestmark = pytest.mark.usefixtures("database")

PERSON = "staffMember { id name email role permissions status version }"
CREATE = f"staffCreate {{ {PERSON} portalSecret {{ username secret reason }} }}"
UPDATE = f"staffUpdate {{ {PERSON} }}"
LIST = "{ staffMembers { totalCount nodes { email role } } }"
TRAIL = """{ auditEvents { nodes { actor action subjectLabel requestId subject { __typename id }
    changes { field old new } } } }"""


async def test_an_administrator_appoints_and_changes_staff() -> None:
    roles, product = await people.six_roles(), Product()
    wanted = {"name": "Ida", "email": "ida@house.example", "role": "SUB_ADMIN"}
    made = await product.mutate(roles.admin, CREATE, **wanted, permissions=["cdrs:read"])
    ida = made["staffMember"]
    assert (ida["role"], ida["permissions"], ida["version"]) == ("SUB_ADMIN", ["cdrs:read"], 1)
    assert made["portalSecret"]["username"] == "ida@house.example"
    token = await people.sign_in("ida@house.example", made["portalSecret"]["secret"])
    changes = {"permissions": None, "status": "INACTIVE", "name": "Ida B."}
    changed = await product.mutate(roles.admin, UPDATE, id=ida["id"], expectedVersion=1, **changes)
    assert changed["staffMember"] | {"id": ""} == {
        "id": "",
        "name": "Ida B.",
        "email": "ida@house.example",
        "role": "SUB_ADMIN",
        "permissions": ["billing:read", "cdrs:read", "customers:read"],
        "status": "INACTIVE",
        "version": 2,
    }
    assert (await product.send(token, "{ viewer { name } }")).codes == ["UNAUTHENTICATED"]
    stale = await product.mutate(roles.admin, UPDATE, id=ida["id"], expectedVersion=1, name="X")
    assert refusals(stale) == [("VERSION_CONFLICT", ["expectedVersion"])]


async def test_a_repeated_appointment_makes_one_person_and_shows_no_second_secret() -> None:
    roles, product = await people.six_roles(), Product()
    wanted = {"name": "Ida", "email": "ida@house.example", "role": "ADMIN", "idempotencyKey": "1"}
    first = await product.mutate(roles.admin, CREATE, **wanted)
    again = await product.mutate(roles.admin, CREATE, **wanted)
    assert again["staffMember"] == first["staffMember"]
    assert again["portalSecret"] == {
        "username": "ida@house.example",
        "secret": None,
        "reason": "ALREADY_SHOWN",
    }
    given = {
        "name": "Bo",
        "email": "bo@house.example",
        "role": "ADMIN",
        "password": people.PASSWORD,
    }
    made = await product.mutate(roles.admin, CREATE, **given)
    assert made["portalSecret"] == {
        "username": "bo@house.example",
        "secret": None,
        "reason": "GIVEN_BY_CALLER",
    }


async def test_nobody_else_sees_or_changes_staff() -> None:
    roles, product = await people.six_roles(), Product()
    admin_id = (await product.mutate(roles.admin, UPDATE, id="x"))["staffMember"]
    assert admin_id is None
    attempts = (
        LIST,
        """mutation { staffCreate(input: {name: "X", email: "x@x.example", role: ADMIN}) {
            staffMember { id } } }""",
        'mutation { staffUpdate(input: {id: "x", name: "X"}) { staffMember { id } } }',
        "mutation { settingsUpdate(input: {pinMinimumLength: 4}) { settings { baseCurrency } } }",
    )
    for attempt in attempts:
        for one in (roles.sub_admin, roles.reseller, roles.foreign, roles.customer):
            assert (await product.send(one, attempt)).codes == ["FORBIDDEN"]
        assert (await product.send(None, attempt)).codes == ["UNAUTHENTICATED"]
    assert await Staff.all().count() == 2
    assert (await HouseSettings.get(id=1)).pin_minimum_length == 6


async def test_the_last_administrator_stays() -> None:
    roles, product = await people.six_roles(), Product()
    (row,) = await Staff.filter(id=roles.admin.id)
    nodes = await product.ask(roles.admin, "{ staffMembers { nodes { id email } } }")
    own = next(n["id"] for n in nodes["staffMembers"]["nodes"] if n["email"] == row.email)
    refused = await product.mutate(
        roles.admin, UPDATE, id=own, role="SUB_ADMIN", status="INACTIVE", permissions=[]
    )
    assert refusals(refused) == [
        ("FORBIDDEN", ["role"]),
        ("FORBIDDEN", ["permissions"]),
        ("FORBIDDEN", ["status"]),
    ]
    assert (await Staff.get(id=row.id)).version == 1


async def test_settings_are_seen_by_all_and_changed_by_the_administration() -> None:
    roles, product = await people.six_roles(), Product()
    query = "{ settings { baseCurrency pinMinimumLength lowBalanceDefault accountNumberLength } }"
    for one in (roles.admin, roles.sub_admin, roles.reseller, roles.customer):
        assert (await product.ask(one, query))["settings"]["pinMinimumLength"] == 6
    call = "settingsUpdate { settings { pinMinimumLength lowBalanceDefault accountNumberLength } }"
    wrong = await product.mutate(
        roles.admin,
        call,
        pinMinimumLength=3,
        lowBalanceDefault="-1",
        accountNumberLength=21,
    )
    assert refusals(wrong) == [
        ("OUT_OF_RANGE", ["pinMinimumLength"]),
        ("OUT_OF_RANGE", ["lowBalanceDefault"]),
        ("OUT_OF_RANGE", ["accountNumberLength"]),
    ]
    cleared = await product.mutate(roles.admin, call, pinMinimumLength=None)
    assert refusals(cleared) == [("REQUIRED", ["pinMinimumLength"])]
    done = await product.mutate(roles.admin, call, pinMinimumLength=8, lowBalanceDefault="2.50")
    assert done["settings"] == {
        "pinMinimumLength": 8,
        "lowBalanceDefault": "2.5",
        "accountNumberLength": 10,
    }
    event = await AuditEvent.get(action="settingsUpdate")
    assert event.changes == [
        {"field": "pinMinimumLength", "old": "6", "new": "8"},
        {"field": "lowBalanceDefault", "old": "5", "new": "2.5"},
    ]


async def test_lists_for_forms_are_for_whoever_is_signed_in() -> None:
    roles, product = await people.six_roles(), Product()
    query = "{ countries { code name dialCode } timeZones currencies { code minorDigits rate } }"
    found = await product.ask(roles.customer, query)
    assert {"code": "DE", "name": "Germany", "dialCode": "49"} in found["countries"]
    assert "Europe/Berlin" in found["timeZones"]
    assert {"code": "USD", "minorDigits": 2, "rate": "1"} in found["currencies"]
    assert {"code": "JPY", "minorDigits": 0, "rate": None} in found["currencies"]
    assert (await product.send(None, query)).codes == ["UNAUTHENTICATED"]


async def test_the_trail_shows_who_did_what_within_ones_reach() -> None:
    roles, product = await people.six_roles(), Product()
    made = await product.mutate(roles.reseller, "rateGroupCreate { rateGroup { id } }", name="Gold")
    update = "rateGroupUpdate { rateGroup { name } }"
    await product.mutate(roles.reseller, update, id=made["rateGroup"]["id"], name="Silver")
    mine = (await product.ask(roles.reseller, TRAIL))["auditEvents"]["nodes"]
    assert mine[0]["requestId"] is not None
    assert mine[0] | {"requestId": ""} == {
        "actor": "Rita",
        "action": "rateGroupUpdate",
        "subjectLabel": "Silver",
        "requestId": "",
        "subject": {"__typename": "RateGroup", "id": made["rateGroup"]["id"]},
        "changes": [{"field": "name", "old": "Gold", "new": "Silver"}],
    }
    assert {"resellerCreate", "customerCreate"} <= {event["action"] for event in mine}
    foreign = (await product.ask(roles.foreign, TRAIL))["auditEvents"]["nodes"]
    assert {event["subjectLabel"] for event in foreign} == {roles.foreign.login}
    everything = (await product.ask(roles.admin, TRAIL))["auditEvents"]["nodes"]
    assert {"staffCreate", "rateGroupUpdate"} <= {event["action"] for event in everything}
    for one in (roles.sub_admin, roles.customer):
        assert (await product.send(one, TRAIL)).codes == ["FORBIDDEN"]
    assert (await product.send(None, TRAIL)).codes == ["UNAUTHENTICATED"]


async def test_the_trail_is_filtered_by_subject_actor_action_and_time() -> None:
    roles, product = await people.six_roles(), Product()
    made = await product.mutate(roles.admin, "rateGroupCreate { rateGroup { id } }", name="Gold")
    query = "query($w: AuditWhere) { auditEvents(where: $w) { totalCount nodes { action } } }"
    for where, count in (
        ({"subjectId": {"eq": made["rateGroup"]["id"]}}, 1),
        ({"actor": {"eq": "system"}}, 1),
        ({"action": {"in": ["resellerCreate"]}}, 2),
        ({"at": {"lt": "2020-01-01T00:00:00Z"}}, 0),
    ):
        found = await product.ask(roles.admin, query, w=where)
        assert found["auditEvents"]["totalCount"] == count, where
