"""Resellers and pick lists through the API, as six roles."""

from __future__ import annotations

from typing import Any

import pytest

from models.accounts.account import Account
from models.accounts.rate_group import RateGroup
from models.accounts.tax import Tax
from models.rules.enums import AccountKind
from tests import people
from tests.api.product import Product, refusals
from tests.people import Person, SixRoles

pytestmark = pytest.mark.usefixtures("database")

FIELDS = """id number status version realm permissions firstName company email timeZone type
    balance { amount currencyCode } availableBalance { amount } creditLimit { amount }
    billingSchedule billingDay parent { number } address { city } rateGroup { name }
    taxes { name } customers { nodes { number } } resellers { nodes { number } }"""
CREATE = f"resellerCreate {{ reseller {{ {FIELDS} }} portalSecret {{ username secret reason }} }}"
UPDATE = f"resellerUpdate {{ reseller {{ {FIELDS} }} }}"
LIST = "query($w: ResellerWhere) { resellers(where: $w) { totalCount nodes { number } } }"
NEW: dict[str, Any] = {"email": "new@resellers.example", "firstName": "Nora"}


async def numbers(product: Product, asker: Person, **where: Any) -> list[str]:
    found = (await product.ask(asker, LIST, w=where))["resellers"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["number"] for node in found["nodes"]]


async def own_id(product: Product, asker: Person) -> str:
    found = await product.ask(asker, "{ viewer { reseller { id } } }")
    return str(found["viewer"]["reseller"]["id"])


async def test_a_reseller_opens_with_everything_in_one_answer() -> None:
    roles, product = await people.six_roles(), Product()
    made = await product.mutate(
        roles.admin,
        CREATE,
        **NEW,
        number="Nora-1",
        address={"city": "Oslo"},
        openingBalance="25.00",
        idempotencyKey="one",
    )
    shown = made["reseller"]
    assert (shown["number"], shown["status"], shown["version"]) == ("Nora-1", "ACTIVE", 1)
    assert shown["balance"] == {"amount": "25", "currencyCode": "USD"}
    assert (shown["parent"], shown["address"]) == (None, {"city": "Oslo"})
    assert shown["realm"] == "nora-1.sip.trunkline.local"
    assert "customers:read" in shown["permissions"]
    assert await people.sign_in("Nora-1", made["portalSecret"]["secret"])
    again = await product.mutate(
        roles.admin,
        CREATE,
        **NEW,
        number="Nora-1",
        address={"city": "Oslo"},
        openingBalance="25.00",
        idempotencyKey="one",
    )
    assert again["reseller"] == shown
    assert again["portalSecret"]["reason"] == "ALREADY_SHOWN"
    assert await Account.filter(kind=AccountKind.RESELLER).count() == 3


async def test_a_reseller_opens_below_itself_and_nobody_sees_past_their_place() -> None:
    roles, product = await people.six_roles(), Product()
    made = await product.mutate(roles.reseller, CREATE, **NEW, number="Lower")
    assert made["reseller"]["parent"]["number"] == roles.reseller.login
    assert await numbers(product, roles.reseller) == ["Lower", roles.reseller.login]
    lower = await people.sign_in("Lower", made["portalSecret"]["secret"])
    seen = await product.ask(lower, "{ resellers { nodes { number parent { number } } } }")
    assert seen["resellers"]["nodes"] == [{"number": "Lower", "parent": None}]
    assert await numbers(product, roles.foreign) == [roles.foreign.login]
    assert await numbers(product, roles.customer) == []
    mine = await own_id(product, roles.reseller)
    assert await numbers(product, roles.admin, parentId={"eq": mine}) == ["Lower"]
    assert await numbers(product, roles.sub_admin, number={"startsWith": "Low"}) == ["Lower"]
    one = "query($id: ID!) { reseller(id: $id) { number } node(id: $id) { id } }"
    for asker in (roles.foreign, roles.customer):
        assert await product.ask(asker, one, id=mine) == {"reseller": None, "node": None}
    hidden = await product.mutate(roles.foreign, CREATE, **(NEW | {"parentId": mine}))
    assert refusals(hidden)[0] == ("NOT_FOUND", ["parentId"])


async def test_a_change_is_three_state_and_checks_the_version() -> None:
    roles, product = await people.six_roles(), Product()
    rita = await own_id(product, roles.reseller)
    set_ = await product.mutate(
        roles.admin, UPDATE, id=rita, company="Voices", address={"city": "Oslo"}
    )
    assert set_["reseller"]["company"] == "Voices"
    cleared = await product.mutate(roles.admin, UPDATE, id=rita, company=None, expectedVersion=2)
    assert (cleared["reseller"]["company"], cleared["reseller"]["version"]) == (None, 3)
    assert cleared["reseller"]["address"] == {"city": "Oslo"}
    stale = await product.mutate(roles.admin, UPDATE, id=rita, company="Old", expectedVersion=2)
    assert (stale["reseller"], refusals(stale)) == (
        None,
        [("VERSION_CONFLICT", ["expectedVersion"])],
    )
    wrong = await product.mutate(
        roles.admin, UPDATE, id=rita, firstName="", email="none", creditLimit="5"
    )
    assert refusals(wrong) == [
        ("INVALID", ["email"]),
        ("REQUIRED", ["firstName"]),
        ("NOT_ALLOWED_FOR_PREPAID", ["creditLimit"]),
    ]


async def test_switching_a_reseller_off_shuts_its_subtree_out_until_it_is_on_again() -> None:
    roles, product = await people.six_roles(), Product()
    rita = await own_id(product, roles.reseller)
    off = await product.mutate(roles.admin, "resellerDeactivate { reseller { status } }", id=rita)
    assert off["reseller"]["status"] == "INACTIVE"
    for gone in (roles.reseller, roles.customer):
        assert (await product.send(gone, "{ viewer { name } }")).codes == ["UNAUTHENTICATED"]
    on = await product.mutate(roles.admin, "resellerActivate { reseller { status } }", id=rita)
    assert on["reseller"]["status"] == "ACTIVE"
    assert (await product.ask(roles.customer, "{ viewer { name } }"))["viewer"]["name"] == "Carla"
    own = await product.mutate(roles.reseller, "resellerDeactivate { reseller { id } }", id=rita)
    assert refusals(own) == [("FORBIDDEN", ["id"])]


@pytest.mark.parametrize(
    "call",
    [
        'resellerCreate(input: {firstName: "X", email: "x@x.example"}) { reseller { id } }',
        'resellerUpdate(input: {id: "%s", company: "X"}) { reseller { id } }',
        'resellerActivate(input: {id: "%s"}) { reseller { id } }',
        'resellerDeactivate(input: {id: "%s"}) { reseller { id } }',
        'rateGroupCreate(input: {name: "X"}) { rateGroup { id } }',
        'rateGroupUpdate(input: {id: "%s", name: "X"}) { rateGroup { id } }',
        'localizationCreate(input: {name: "X", rules: []}) { localization { id } }',
        'localizationUpdate(input: {id: "%s", name: "X"}) { localization { id } }',
        'taxCreate(input: {name: "X", ratePercent: "1"}) { tax { id } }',
        'taxUpdate(input: {id: "%s", name: "X"}) { tax { id } }',
    ],
)
async def test_whoever_lacks_the_permission_changes_nothing(call: str) -> None:
    roles, product = await people.six_roles(), Product()
    rita = await own_id(product, roles.reseller)
    query = "mutation { " + call.replace("%s", rita) + " }"
    for asker in (roles.sub_admin, roles.customer):
        assert (await product.send(asker, query)).codes == ["FORBIDDEN"]
    assert (await product.send(None, query)).codes == ["UNAUTHENTICATED"]
    assert await Account.filter(kind=AccountKind.RESELLER, version=1, status="ACTIVE").count() == 2
    assert await RateGroup.filter(name="X").count() == 0
    assert await Tax.all().count() == 0


MAKERS = [
    ("rateGroup", {"name": "Gold"}),
    ("localization", {"name": "Germany", "countryCode": "DE", "rules": []}),
    ("tax", {"name": "VAT", "ratePercent": "19", "fixedAmount": "0.5"}),
]


@pytest.mark.parametrize(("kind", "fields"), MAKERS, ids=[kind for kind, _ in MAKERS])
async def test_a_pick_list_is_its_owners_and_hidden_from_others(
    kind: str, fields: dict[str, Any]
) -> None:
    roles, product = await people.six_roles(), Product()
    create, update = (
        f"{kind}{verb} {{ {kind} {{ id name status version reseller {{ number }} }} }}"
        for verb in ("Create", "Update")
    )
    made = (await product.mutate(roles.reseller, create, **fields))[kind]
    assert made["reseller"] == {"number": roles.reseller.login}
    taken = await product.mutate(roles.reseller, create, **fields)
    assert (taken[kind], refusals(taken)) == (None, [("TAKEN", ["name"])])
    assert await found(product, roles, f"{kind}s", made["id"]) == ["admin", "sub_admin", "reseller"]
    hidden = await product.mutate(roles.foreign, update, id=made["id"], name="Mine")
    assert (hidden[kind], refusals(hidden)) == (None, [("NOT_FOUND", ["id"])])
    off = await product.mutate(roles.admin, update, id=made["id"], status="INACTIVE", name="Old")
    assert (off[kind]["status"], off[kind]["name"], off[kind]["version"]) == ("INACTIVE", "Old", 2)


async def found(product: Product, roles: SixRoles, lists: str, row_id: str) -> list[str]:
    """Which roles see a row in its list and by its id."""
    lists = "taxes" if lists == "taxs" else lists
    query = f"query($id: ID!) {{ {lists} {{ nodes {{ id }} }} node(id: $id) {{ id }} }}"
    seen = []
    for role in ("admin", "sub_admin", "reseller", "foreign", "customer"):
        answer = await product.ask(getattr(roles, role), query, id=row_id)
        listed = {"id": row_id} in answer[lists]["nodes"]
        assert listed == (answer["node"] is not None)
        seen += [role] if listed else []
    assert (await product.send(None, query, id=row_id)).codes == ["UNAUTHENTICATED"]
    return seen


async def test_localizations_of_the_administration_are_there_to_be_picked_by_resellers() -> None:
    roles, product = await people.six_roles(), Product()
    rule = {"direction": "OUTBOUND", "target": "NUMBER", "cut": "00", "add": "+"}
    made = await product.mutate(
        roles.admin,
        """localizationCreate { localization {
            id rules { direction target cut add } reseller { id } } }""",
        name="World",
        rules=[rule, rule | {"cut": "*", "add": ""}],
    )
    assert made["localization"]["rules"] == [rule, rule | {"cut": "*", "add": ""}]
    assert made["localization"]["reseller"] is None
    assert "foreign" in await found(product, roles, "localizations", made["localization"]["id"])
    odd = await product.mutate(
        roles.admin,
        "localizationUpdate { localization { id } }",
        id=made["localization"]["id"],
        rules=[rule, rule | {"cut": "x"}],
    )
    assert refusals(odd) == [("INVALID", ["rules", "1", "cut"])]


async def test_a_customer_sees_what_stands_on_its_own_account() -> None:
    roles, product = await people.six_roles(), Product()
    vat = {"name": "VAT", "ratePercent": "19", "isDefault": True}
    await product.mutate(roles.reseller, "taxCreate { tax { id } }", **vat)
    carla = await people.customer(roles.reseller, roles.reseller)
    shown = await product.ask(
        carla, "{ taxes { nodes { name ratePercent } } rateGroups { totalCount } }"
    )
    assert shown["taxes"]["nodes"] == [{"name": "VAT", "ratePercent": "19"}]
    assert shown["rateGroups"]["totalCount"] == 1
    assert await found(product, roles, "rateGroups", "x") == []
