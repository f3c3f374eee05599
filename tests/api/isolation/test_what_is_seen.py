"""Whatever people ask, and wherever that leads them, they come upon exactly what is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from schema.scalars import decimal_text, global_id
from tests.api.isolation.crawl import Crawler, fields_of
from tests.api.isolation.ownership import UNSHOWN, Ownership
from tests.api.isolation.places import places
from tests.api.isolation.world import World
from tests.api.product import Product, product_schema
from tests.people import Person

BELOW = {"parent": ("parent", "child", "sibling")}
TENANTS = ("parent", "child", "sibling", "foreign")
# What such fields say is read from the same row, was given by the caller, or is a refusal.
PLAIN = frozenset({"EmailTemplatePreview", "Money", "PageInfo", "UserError"})
# Audits find something only where something is wrong, and this world is well.
EMPTY_WHEN_WELL = frozenset(
    f"Reconciliation.{name}"
    for name in ("leftovers", "ledgerDifferences", "numberGaps", "stuckJobs")
)
CARRIED = """query($id: ID!) { customer(id: $id) {
    carriedCdrs { totalCount }
    carrierTotals { calls seconds cost { amount currencyCode } revenue { amount currencyCode } }
} }"""
SUMS = "{ customers(first: 0) { totalCount totals { accounts } } }"


async def test_everybody_comes_upon_exactly_what_is_theirs(world: World) -> None:
    owners = await Ownership.known()
    for person in everybody(world):
        seen = await Crawler(Product(), person).crawl()
        theirs = {n: t for n, t in owners.seen_by(person).items() if t and n not in UNSHOWN}
        assert {n: t for n, t in seen.things.items() if t} == theirs, person.login
        assert seen.short == set(), person.login


async def test_nothing_anybody_reads_has_signs_of_others_in_it(world: World) -> None:
    read = {}
    for name in TENANTS:
        tenant = getattr(world, name)
        for person in (tenant.owner, tenant.customer, tenant.neighbour):
            mine = BELOW.get(name, (name,)) if person is tenant.owner else (name,)
            seen = await Crawler(Product(), person).crawl()
            assert tenant.label.mark.casefold() in seen.text
            others = (getattr(world, other).label for other in TENANTS if other not in mine)
            read[person.login] = [s for label in others for s in label.signs if s in seen.text]
    assert {login: signs for login, signs in read.items() if signs} == {}


async def test_a_carrier_reads_what_it_earned_and_nothing_of_who_called(world: World) -> None:
    """Where the calls went it knows: it completed them."""
    text = (await Crawler(Product(), world.carrier).crawl()).text
    for tenant in world.tenants:
        text = text.replace(tenant.label.called, "")
    assert [s for tenant in world.tenants for s in tenant.label.signs if s in text] == []
    calls = len(world.tenants)
    cost = {"amount": decimal_text(calls * Decimal("0.04")), "currencyCode": "USD"}
    for person, revenue in (
        (world.carrier, []),
        (world.admin, [{"amount": decimal_text(calls * Decimal("0.1")), "currencyCode": "USD"}]),
    ):
        carrier = global_id("Customer", world.carrier.id)
        found = (await Product().ask(person, CARRIED, id=carrier))["customer"]
        assert found["carriedCdrs"] == {"totalCount": calls if revenue else 0}
        totals = {"calls": calls, "seconds": 60 * calls, "cost": cost, "revenue": revenue}
        assert found["carrierTotals"] == totals, person.login


async def test_sums_are_over_what_is_theirs(world: World) -> None:
    owners = await Ownership.known()
    for person in everybody(world):
        theirs = len(owners.seen_by(person)["Customer"])
        answer = (await Product().ask(person, SUMS))["customers"]
        assert answer == {"totalCount": theirs, "totals": [{"accounts": theirs}]}, person.login


async def test_the_trail_calls_fields_and_things_as_the_api_does(world: World) -> None:
    trail = "{ auditEvents(first: 100) { nodes { action changes { field old new } } } }"
    events = (await Product().ask(world.admin, trail))["auditEvents"]["nodes"]
    told = {(e["action"], c["field"], c["old"], c["new"]) for e in events for c in e["changes"]}
    assert any(field.endswith("Id") for _, field, _, _ in told)
    assert [field for _, field, _, _ in told if "_" in field] == []
    assert [each for each in told if _is_raw_id(each[2]) or _is_raw_id(each[3])] == []


async def test_there_is_something_to_come_upon_in_every_field(world: World) -> None:
    found: set[str] = set()
    for person in (world.admin, world.child.owner, world.child.customer):
        found |= (await Crawler(Product(), person).crawl()).fields
    assert sorted(set(_relations()) - found - EMPTY_WHEN_WELL) == []
    assert found & EMPTY_WHEN_WELL == set()


def everybody(world: World) -> list[Person]:
    """The administrator, the carrier, and everybody of every tenant."""
    owners = [getattr(world, name).owner for name in TENANTS]
    customers = [p for tenant in world.tenants for p in (tenant.customer, tenant.neighbour)]
    return [world.admin, world.carrier, *owners, *customers]


def _is_raw_id(value: str | None) -> bool:
    try:
        return bool(UUID(value or ""))
    except ValueError:
        return False


def _relations() -> Iterator[str]:
    """Every field that leads from a root or a row to other rows, as `Type.field`.

    Roots that take an id and answer its thing are asked elsewhere.
    """
    schema = product_schema()._schema
    asked = {place.root for place in places(schema, "query")}
    for type_ in schema.type_map.values():
        if type_ in {schema.mutation_type, schema.subscription_type}:
            continue
        if type_.name.startswith("__") or type_.name.endswith(("Connection", "Edge", "Payload")):
            continue
        for name, each in fields_of(type_.name).items():
            kind = get_named_type(each.type)
            demands = any(is_required_argument(argument) for argument in each.args.values())
            is_thing = not isinstance(kind, GraphQLObjectType) or "id" in fields_of(kind.name)
            if not is_leaf_type(kind) and kind.name not in PLAIN and not (demands and is_thing):
                assert not demands or name in asked, name
                yield f"{type_.name}.{name}"
