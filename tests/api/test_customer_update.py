"""customerUpdate, field for field: absent keeps, null clears, a value sets, and the trail says so.

The table holds every field of the input; a new one without a line fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLInputObjectType

from models.rules.enums import AccountType
from models.rules.permissions import CUSTOMER_EDITABLE_FIELDS
from schema.scalars import global_id
from tests import people
from tests.api.product import Product, product_schema, refusals
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

UPDATE = "customerUpdate { customer { id version } }"
SCREEN = """query($id: ID!) { customer(id: $id) {
    version email concurrentCalls callsPerSecond localization { id } allowsLocalCalls
    notificationsEnabled paymentGatewayAllowed recordsCalls managesOwnIps firstName lastName
    company phone mobile notificationEmail
    address { line1 line2 city province postalCode countryCode }
    timeZone expiresAt creditLimit { amount } rateGroup { id } nonCliRateGroup { id } cliPool
    billingSchedule billingDay taxNumber taxes { id } invoicesZeroAmounts invoiceNote reference
    validDays } }"""
TRAIL = """query($id: ID!) { customer(id: $id) { audit(first: 1) { nodes {
    action actor changes { field old new } } } } }"""
ADDRESS = ("line1", "line2", "city", "province", "postalCode", "countryCode")
EMPTY_ADDRESS: Mapping[str, None] = dict.fromkeys(ADDRESS)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: a value to set, how it is shown then, and what null makes of it.

    cleared: REQUIRED when it can not be cleared. trail: what the audit event says of it, when that
    is not the value as text.
    """

    value: Any
    shown: Any
    cleared: Any = None
    trail: Mapping[str, str] | None = None

    def told(self, name: str) -> Mapping[str, str]:
        """What the trail says that it became, by the names of its fields."""
        if self.trail is not None:
            return self.trail
        value = self.value[0] if isinstance(self.value, list) else self.value
        return {name: str(value).lower() if isinstance(value, bool) else str(value)}


REQUIRED = "REQUIRED"


async def _fields(admin: Person) -> dict[str, Field]:
    product = Product()
    group = global_id("RateGroup", await people.rate_group(admin))
    rule = {"direction": "OUTBOUND", "target": "NUMBER", "cut": "0", "add": "49"}
    plan = await product.mutate(
        admin, "localizationCreate { localization { id } }", name="Plan", rules=[rule]
    )
    tax = await product.mutate(admin, "taxCreate { tax { id } }", name="VAT", ratePercent="7")
    plan_id, tax_id = plan["localization"]["id"], tax["tax"]["id"]
    address = dict(zip(ADDRESS, ("Street 1", "Yard", "Köln", "NRW", "50667", "DE"), strict=True))
    expiry = ("2099-01-01T00:00:00+01:00", "2098-12-31T23:00:00Z")
    told = {f"address.{name}": value for name, value in address.items()}
    return {
        "email": Field("new@a.example", "new@a.example", REQUIRED),
        "concurrentCalls": Field(3, 3, REQUIRED),
        "callsPerSecond": Field(4, 4, REQUIRED),
        "localizationId": Field(plan_id, {"id": plan_id}),
        "allowsLocalCalls": Field(False, False, REQUIRED),
        "notificationsEnabled": Field(False, False, REQUIRED),
        "paymentGatewayAllowed": Field(False, False, REQUIRED),
        "recordsCalls": Field(True, True, REQUIRED),
        "managesOwnIps": Field(True, True, REQUIRED),
        "firstName": Field("Zoë 漢字", "Zoë 漢字", REQUIRED),
        "lastName": Field("O'Hara", "O'Hara"),
        "company": Field("Ltd & Co", "Ltd & Co"),
        "phone": Field("+49 (30) 1-2", "+49 (30) 1-2"),
        "mobile": Field("0171 5", "0171 5"),
        "notificationEmail": Field("mail@a.example", "mail@a.example"),
        "address": Field(address, address, EMPTY_ADDRESS, told),
        "timeZone": Field("Asia/Tokyo", "Asia/Tokyo", REQUIRED),
        "expiresAt": Field(*expiry, None, {"expiresAt": expiry[1]}),
        "creditLimit": Field("12.5", {"amount": "12.5"}, REQUIRED),
        "rateGroupId": Field(group, {"id": group}, REQUIRED),
        "nonCliRateGroupId": Field(group, {"id": group}),
        "cliPool": Field("REJECT_UNLESS_DID", "REJECT_UNLESS_DID", REQUIRED),
        "billingSchedule": Field("DAILY", "DAILY", REQUIRED),
        "billingDay": Field(31, 31, REQUIRED),
        "taxNumber": Field("DE 1", "DE 1"),
        "taxIds": Field([tax_id], [{"id": tax_id}], []),
        "invoicesZeroAmounts": Field(True, True, REQUIRED),
        "invoiceNote": Field("Two\nlines", "Two\nlines"),
        "reference": Field("ref-1", "ref-1"),
        "validDays": Field(10, 10),
    }


SHOWN_AS = {
    "localizationId": "localization",
    "rateGroupId": "rateGroup",
    "nonCliRateGroupId": "nonCliRateGroup",
    "taxIds": "taxes",
}
# What a change of one field changes along.
ALONG = {"billingSchedule": {"billingDay"}, "validDays": {"expiresAt"}}


async def test_each_field_is_set_told_kept_and_cleared_as_the_table_says() -> None:
    admin, product = await people.administrator(), Product()
    table = await _fields(admin)
    assert table.keys() == _changeable()
    for name, each in table.items():
        customer = await _postpaid(admin)
        mine = {"id": global_id("Customer", customer.id)}
        shown = SHOWN_AS.get(name, name)
        before = await _screen(product, customer)
        given = mine | {name: each.value}
        assert refusals(await product.mutate(admin, UPDATE, **given)) == [], name
        after = await _screen(product, customer)
        changed = {key for key in after if after[key] != before[key]}
        assert changed - ALONG.get(name, set()) == {shown, "version"}, name
        assert (after[shown], after["version"]) == (each.shown, 2), name
        trail = (await product.ask(admin, TRAIL, **mine))["customer"]["audit"]["nodes"][0]
        assert trail["action"] == "customerUpdate"
        told = {change["field"]: change["new"] for change in trail["changes"]}
        assert {key: told[key] for key in each.told(name)} == each.told(name)
        assert "expiresAt" not in told or told["expiresAt"] == after["expiresAt"]
        assert "validDays" not in told or "expiresAt" in told
        assert refusals(await product.mutate(admin, UPDATE, **given)) == [], name
        assert await _screen(product, customer) == after, f"{name}: a repeat changes nothing"
        refused = refusals(await product.mutate(admin, UPDATE, **mine, **{name: None}))
        cleared = await _screen(product, customer)
        if each.cleared == REQUIRED:
            assert (refused, cleared) == ([("REQUIRED", [name])], after), name
        else:
            assert (refused, cleared[shown], cleared["version"]) == ([], each.cleared, 3), name


async def test_an_address_keeps_what_it_is_not_told_and_clears_what_is_null() -> None:
    admin, product = await people.administrator(), Product()
    customer = await _postpaid(admin, city="Köln", postal_code="50667", country_code="DE")
    mine = {"id": global_id("Customer", customer.id)}
    given = {"line1": "Street 1", "postalCode": None}
    assert refusals(await product.mutate(admin, UPDATE, **mine, address=given)) == []
    shown = {"line1": "Street 1", "city": "Köln", "countryCode": "DE"}
    assert (await _screen(product, customer))["address"] == {**EMPTY_ADDRESS, **shown}


async def test_a_trail_names_who_changed_what_from_what() -> None:
    admin, product = await people.administrator(), Product()
    owner = await people.reseller(admin, first_name="Rita", company="Okapi Ltd")
    customer = await _postpaid(admin, owner, company="Old", reference="gone")
    mine = {"id": global_id("Customer", customer.id)}
    change = {"company": "New", "reference": None, "address": {"city": "Köln"}}
    assert refusals(await product.mutate(owner, UPDATE, **mine, **change)) == []
    [event] = (await product.ask(admin, TRAIL, **mine))["customer"]["audit"]["nodes"]
    assert event["actor"] == owner.viewer.name
    told = {each["field"]: (each["old"], each["new"]) for each in event["changes"]}
    assert told == {
        "company": ("Old", "New"),
        "reference": ("gone", None),
        "address.city": (None, "Köln"),
    }


async def test_customers_change_how_to_reach_them_and_nothing_else_of_their_own() -> None:
    admin, product = await people.administrator(), Product()
    for name, each in (await _fields(admin)).items():
        customer = await _postpaid(admin)
        mine = {"id": global_id("Customer", customer.id)}
        before = await _screen(product, customer)
        answer = await product.mutate(customer, UPDATE, **mine, **{name: each.value})
        if name in CUSTOMER_EDITABLE_FIELDS:
            assert refusals(answer) == [], name
        else:
            path = [name] if not isinstance(each.value, dict) else [name, *list(each.value)[:1]]
            assert ("FORBIDDEN", path) in refusals(answer), name
            assert await _screen(product, customer) == before


async def test_resellers_change_their_customers_but_not_their_own_limits() -> None:
    admin, product = await people.administrator(), Product()
    owner, stranger = await people.reseller(admin), await people.reseller(admin)
    customer = await _postpaid(admin, owner)
    mine = {"id": global_id("Customer", customer.id)}
    changes = {"creditLimit": "5", "company": "C", "concurrentCalls": 2, "cliPool": "DISABLED"}
    assert refusals(await product.mutate(owner, UPDATE, **mine, **changes)) == []
    before = await _screen(product, customer)
    refused = await product.mutate(stranger, UPDATE, **mine, company="Theirs")
    assert refusals(refused) == [("NOT_FOUND", ["id"])]
    assert await _screen(product, customer) == before
    itself = {"id": global_id("Reseller", owner.id)}
    group = global_id("RateGroup", await people.rate_group(admin))
    own = "resellerUpdate { reseller { version } }"
    limits = {"creditLimit": "5", "rateGroupId": group, "permissions": ["customers:read"]}
    for name, value in limits.items():
        answer = await product.mutate(owner, own, **itself, **{name: value})
        assert ("FORBIDDEN", [name]) in refusals(answer), name
    contact = {"firstName": "R", "company": "R Ltd", "phone": "1", "timeZone": "Asia/Tokyo"}
    assert refusals(await product.mutate(owner, own, **itself, **contact)) == []


async def test_a_stale_version_changes_nothing_and_the_present_one_does() -> None:
    admin, product = await people.administrator(), Product()
    customer = await _postpaid(admin)
    mine = {"id": global_id("Customer", customer.id)}
    first = await product.mutate(admin, UPDATE, **mine, expectedVersion=1, company="One")
    assert first["customer"]["version"] == 2
    before = await _screen(product, customer)
    for version in (1, 3, 0, -1):
        stale = await product.mutate(admin, UPDATE, **mine, expectedVersion=version, company="Two")
        assert refusals(stale) == [("VERSION_CONFLICT", ["expectedVersion"])]
        assert stale["customer"] is None
    assert await _screen(product, customer) == before
    assert refusals(await product.mutate(admin, UPDATE, **mine, company="Three")) == []


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"concurrentCalls": 100_001}, [("OUT_OF_RANGE", ["concurrentCalls"])]),
        ({"callsPerSecond": -1}, [("OUT_OF_RANGE", ["callsPerSecond"])]),
        ({"billingDay": 32}, [("OUT_OF_RANGE", ["billingDay"])]),
        ({"validDays": 0}, [("OUT_OF_RANGE", ["validDays"])]),
        ({"creditLimit": "-1"}, [("OUT_OF_RANGE", ["creditLimit"])]),
        ({"creditLimit": "1.234"}, [("INVALID", ["creditLimit"])]),
        ({"timeZone": "Mars/Base"}, [("INVALID", ["timeZone"])]),
        ({"address": {"countryCode": "XX"}}, [("INVALID", ["address", "countryCode"])]),
        ({"billingSchedule": "DAILY", "billingDay": 3}, [("INVALID", ["billingDay"])]),
        ({"cliPool": "NON_CLI_RATE_GROUP_UNLESS_DID"}, [("REQUIRED", ["nonCliRateGroupId"])]),
        ({"rateGroupId": "x"}, [("RATE_GROUP_NOT_OWNED", ["rateGroupId"])]),
        ({"nonCliRateGroupId": "x"}, [("RATE_GROUP_NOT_OWNED", ["nonCliRateGroupId"])]),
        ({"localizationId": "x"}, [("NOT_FOUND", ["localizationId"])]),
        ({"taxIds": ["x"]}, [("NOT_FOUND", ["taxIds"])]),
        ({"validDays": 1, "expiresAt": "2030-01-01T00:00:00Z"}, [("INVALID", ["expiresAt"])]),
        ({"firstName": "  ", "phone": "x"}, [("REQUIRED", ["firstName"]), ("INVALID", ["phone"])]),
    ],
)
async def test_what_breaks_a_rule_is_refused_by_code_and_path(
    changes: dict[str, Any], refused: list[tuple[str, list[str]]]
) -> None:
    admin, product = await people.administrator(), Product()
    customer = await _postpaid(admin)
    before = await _screen(product, customer)
    mine = {"id": global_id("Customer", customer.id)}
    answer = await product.mutate(admin, UPDATE, **mine, **changes)
    assert sorted(refusals(answer)) == sorted(refused)
    assert await _screen(product, customer) == before


async def test_prepaid_accounts_get_no_credit() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    answer = await product.mutate(
        admin, UPDATE, id=global_id("Customer", customer.id), creditLimit="1"
    )
    assert refusals(answer) == [("NOT_ALLOWED_FOR_PREPAID", ["creditLimit"])]


def _changeable() -> set[str]:
    kind = product_schema()._schema.type_map["CustomerUpdateInput"]
    assert isinstance(kind, GraphQLInputObjectType)
    return set(kind.fields) - {"id", "expectedVersion"}


async def _postpaid(admin: Person, of: Person | None = None, **more: Any) -> Person:
    return await people.customer(admin, of, type=AccountType.POSTPAID, **more)


async def _screen(product: Product, customer: Person) -> dict[str, Any]:
    found = await product.ask(customer, SCREEN, id=global_id("Customer", customer.id))
    return dict(found["customer"])
