"""One document reads back every field and panel of a customer that mutations have filled.

Every field of those inputs has a value here that is not its default; a new one without fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from schema.scalars import global_id
from tests import people
from tests.api.product import Product, product_schema, refusals
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

Given = dict[str, Any]

EVER = 'between: {from: "2000-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z"}'
# What other things show of themselves is read where they are.
ELSEWHERE = frozenset({"Account", "Customer", "Node", "Reseller", "RateGroup", "Localization"})
UNSHOWN = {"idempotencyKey", "password", "pin", "generatePin", "createSipDevice", "customerId"}
UNSHOWN |= {"accountId", "openingBalance", "force", "currencyCode"}
ADDRESS: Given = {"line1": "Yard 1", "line2": "Back", "city": "Köln", "province": "NRW"}
ADDRESS |= {"postalCode": "50667", "countryCode": "DE"}
VOICEMAIL: Given = {"enabled": True, "mailTo": "box@a.example", "attachFile": False}
VOICEMAIL |= {"keepLocal": False, "mailAll": True}
PANELS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "sipDeviceCreate": (
        "sipDevices",
        {
            "username": "zoe-desk",
            "password": "a secret of 20 letters",
            "status": "INACTIVE",
            "callerIdName": "Zoë",
            "callerIdNumber": "+49301",
            "codecs": ["OPUS", "G722"],
            "callWaiting": False,
            "maxCalls": 3,
            "allowedNetworks": ["9.7.0.0/24"],
            "voicemail": VOICEMAIL,
        },
    ),
    "ipSettingCreate": (
        "ipSettings",
        {"name": "Office", "network": "9.8.0.0/24", "prefix": "12#", "status": "INACTIVE"},
    ),
    "callerIdCreate": ("callerIds", {"number": "+49302", "status": "INACTIVE"}),
    "forceCallerIdSet": (
        "forceCallerId",
        {"name": "Desk", "number": "+49303", "status": "INACTIVE"},
    ),
    "speedDialSet": ("speedDials", {"key": 7, "number": "+49304"}),
    "blockedCodeCreate": ("blockedCodes", {"prefix": "4990", "destination": "Premium"}),
    "alertThresholdSet": ("alertThreshold", {"enabled": False, "balanceBelow": "7.5"}),
}
DID: Given = {"number": "+49305", "countryCode": "DE", "province": "NRW", "city": "Köln"}
DID |= {"currencyCode": "EUR", "connectFee": "0.25", "perMinute": "0.125", "setupFee": "2"}
DID |= {"initialIncrementSeconds": 30, "incrementSeconds": 6, "monthlyFee": "3"}
DID |= {"releasesWhenUnfunded": False, "reminderDays": 5}
PRODUCT: Given = {"name": "Line", "category": "PACKAGE", "description": "Two\nlines", "price": "4"}
PRODUCT |= {"currencyCode": "EUR", "setupFee": "1", "billing": "RECURRING", "billingDays": 30}
PRODUCT |= {"freeMinutes": 60, "releasesWhenUnfunded": False, "reminderDays": 6}
REFILL: Given = {"amount": "100", "note": "By hand", "method": "GATEWAY", "externalId": "pay-1"}
CHARGE: Given = {"amount": "5", "description": "A visit", "force": True}

FORM: Given = {
    "number": "Zoe-1",
    "password": "correct horse 9 Battery",
    "generatePin": False,
    "pin": "402915",
    "email": "zoe@a.example",
    "createSipDevice": False,
    "concurrentCalls": 4,
    "callsPerSecond": 2,
    "allowsLocalCalls": False,
    "notificationsEnabled": True,
    "paymentGatewayAllowed": True,
    "firstName": "Zoë",
    "lastName": "O'Hara",
    "company": "漢字 Ltd",
    "phone": "+49 (30) 1-2",
    "mobile": "0171 5",
    "notificationEmail": "mail@a.example",
    "address": ADDRESS,
    "timeZone": "Asia/Tokyo",
    "currencyCode": "EUR",
    "recordsCalls": True,
    "managesOwnIps": True,
    "type": "PREPAID",
    "creditLimit": None,
    "openingBalance": None,
    "cliPool": "NON_CLI_RATE_GROUP_UNLESS_DID",
    "billingSchedule": "MONTHLY",
    "billingDay": 31,
    "taxNumber": "DE 1",
    "invoicesZeroAmounts": True,
    "invoiceNote": "Two\nlines",
    "reference": "ref-1",
    "validDays": 10,
    "resellerId": None,
    "idempotencyKey": None,
}


async def test_whatever_forms_and_panels_were_given_is_read_back_by_one_document() -> None:
    admin, product = await people.administrator(), Product()
    given = await _form(product, admin)
    customer = await _made(product, admin, "customerCreate", "customer", given)
    mine, account = {"customerId": customer}, {"accountId": customer, "currencyCode": "EUR"}
    money = {"accountRefill": REFILL, "accountCharge": CHARGE}
    for mutation, values in money.items():
        key = {"idempotencyKey": mutation}
        told = values | account | key
        assert set(told) == _fields(mutation)
        await _carry_out(product, admin, mutation, told)
    for mutation, (_, values) in PANELS.items():
        assert {*values, "customerId", "idempotencyKey"} >= _fields(mutation), mutation
        await _carry_out(product, admin, mutation, mine | values)
    did = await _made(product, admin, "didCreate", "did", DID)
    offer = await _made(product, admin, "productCreate", "product", PRODUCT)
    await _carry_out(product, admin, "didAssign", mine | {"didId": did})
    await _carry_out(product, admin, "productOrder", mine | {"productId": offer, "quantity": 2})
    screen = (await product.ask(admin, _document(), id=customer))["customer"]
    assert [*_lost(given, screen)] == []
    for panel, values in PANELS.values():
        assert [*_lost(values, _first(screen[panel]))] == [], panel
    assert [*_lost(DID, _first(screen["dids"]))] == []
    order = _first(screen["products"])
    assert order["quantity"] == 2
    assert [*_lost(PRODUCT, order["product"])] == []
    assert [*_lost(REFILL, _first(screen["refills"]))] == []
    charge = next(c for c in screen["charges"]["nodes"] if c["description"] == "A visit")
    assert charge["amount"] == {"amount": "-5", "currencyCode": "EUR"}
    assert screen["balance"]["amount"] == "81"  # 100 - 5, a number for 2 + 3, two lines for 8 + 1
    assert (screen["hasPin"], len(screen["emails"]["nodes"]) > 0) == (True, True)
    assert {event["action"] for event in screen["audit"]["nodes"]} >= {"customerCreate", *PANELS}


async def test_a_provider_is_read_back_as_a_customer_is() -> None:
    admin, product = await people.administrator(), Product()
    given = await _form(product, admin)
    assert set(given) - {"resellerId"} == _fields("providerCreate")
    told = {name: value for name, value in given.items() if name != "resellerId"}
    provider = await _made(product, admin, "providerCreate", "customer", told)
    screen = (await product.ask(admin, _document(), id=provider))["customer"]
    assert [*_lost(told, screen)] == []
    assert (screen["kind"], screen["reseller"]) == ("PROVIDER", None)


async def _form(product: Product, admin: Person) -> dict[str, Any]:
    """Every field of the form."""
    group = [global_id("RateGroup", await people.rate_group(admin)) for _ in range(2)]
    plan = await _made(
        product, admin, "localizationCreate", "localization", {"name": "Plan", "rules": []}
    )
    tax = await _made(product, admin, "taxCreate", "tax", {"name": "VAT", "ratePercent": "0"})
    rate = {"code": "EUR", "rate": "1"}
    await _carry_out(product, admin, "currencyRateSet", rate)
    picked = {"localizationId": plan, "taxIds": [tax]}
    picked |= {"rateGroupId": group[0], "nonCliRateGroupId": group[1]}
    assert {*FORM, *picked} == _fields("customerCreate")
    return FORM | picked


def _lost(given: Mapping[str, Any], shown: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """What was given and is shown otherwise, or nowhere."""
    for name, value in given.items():
        if name in UNSHOWN or value is None:
            continue
        found = _shown(name, shown)
        if found != value:
            yield name, value, found


def _shown(name: str, shown: Mapping[str, Any]) -> Any:
    """What is shown of an input field, in the form it was given in."""
    if name == "taxIds":
        return [each["id"] for each in shown["taxes"]]
    if name.endswith("Id") and name not in shown:
        return shown[name.removesuffix("Id")]["id"]
    found = shown[name]
    is_money = isinstance(found, dict) and set(found) == {"amount", "currencyCode"}
    return found["amount"] if is_money else found


async def _carry_out(
    product: Product, admin: Person, mutation: str, given: Mapping[str, Any]
) -> None:
    answer = await product.mutate(admin, f"{mutation} {{ __typename }}", **given)
    assert refusals(answer) == [], (mutation, answer)


async def _made(
    product: Product, admin: Person, mutation: str, noun: str, given: Mapping[str, Any]
) -> str:
    answer = await product.mutate(admin, f"{mutation} {{ {noun} {{ id }} }}", **given)
    assert refusals(answer) == [], (mutation, answer)
    return str(answer[noun]["id"])


def _fields(mutation: str) -> set[str]:
    kind = product_schema()._schema.type_map[f"{mutation[0].upper()}{mutation[1:]}Input"]
    assert isinstance(kind, GraphQLInputObjectType)
    return set(kind.fields)


def _first(panel: Any) -> Any:
    """The newest of a panel, or what it is when there is but one."""
    if isinstance(panel, list):
        return panel[0]
    return panel["nodes"][0] if "nodes" in panel else panel


def _document() -> str:
    customer = product_schema()._schema.type_map["Customer"]
    return f"query($id: ID!) {{ customer(id: $id){_selection(customer)} }}"


def _selection(kind: GraphQLNamedType) -> str:
    if is_leaf_type(kind):
        return ""
    assert isinstance(kind, GraphQLObjectType)
    chosen = [
        _asked(name, field)
        for name, field in kind.fields.items()
        if not (kind.name.endswith("Connection") and name in {"edges", "pageInfo"})
    ]
    return " { " + " ".join(chosen) + " }"


def _asked(name: str, field: GraphQLField) -> str:
    given = [EVER] if "between" in field.args else []
    given += ["first: 20"] if "first" in field.args else []
    arguments = f"({', '.join(given)})" if given else ""
    kind = get_named_type(field.type)
    return f"{name}{arguments}{' { id }' if kind.name in ELSEWHERE else _selection(kind)}"
