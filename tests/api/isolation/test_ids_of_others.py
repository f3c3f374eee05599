"""The id of another's thing, wherever a read takes one, is answered like an id that never was."""

from __future__ import annotations

from tests.api.isolation.ownership import Ownership, node_types
from tests.api.isolation.places import meanings, places
from tests.api.isolation.probing import NEVER, Asker
from tests.api.isolation.world import World
from tests.api.product import product_schema
from tests.people import Person

QUERIES = tuple(places(product_schema()._schema, "query"))


async def test_reads_do_not_tell_others_things_from_nothing(world: World) -> None:
    """What was done with a key is in the trail of whoever looks after its owner, unlike the key."""
    owners = await Ownership.known()
    told_apart = []
    for person in prying(world):
        asker = Asker.of(person, owners)
        for place in QUERIES:
            for type_name in meanings(place, node_types()):
                nothing = await asker.told(place, type_name, NEVER)
                told_apart += [
                    (person.login, str(place), type_name)
                    for thing in owners.hidden_from(person, type_name)
                    if not (place.key == "subjectId" and owners.is_below(person, type_name, thing))
                    if await asker.told(place, type_name, thing) != nothing
                ]
    assert told_apart == []


async def test_each_of_these_places_tells_its_owner_something(world: World) -> None:
    """Else nothing would be proven above."""
    owners = await Ownership.known()
    silent = []
    for place in QUERIES:
        for person in (world.child.owner, world.admin):
            asker = Asker.of(person, owners)
            types = [t for t in meanings(place, node_types()) if owners.seen_by(person)[t]]
            told = [
                await asker.told(place, t, thing) != await asker.told(place, t, NEVER)
                for t in types
                for thing in sorted(owners.seen_by(person)[t])[:5]
            ]
            if any(told):
                break
        else:
            silent.append(str(place))
    assert silent == [], "\n".join(silent)


async def test_nobody_reads_without_credentials_or_with_those_that_are_over(world: World) -> None:
    owners = await Ownership.known()
    asker = Asker.of(world.child.owner, owners)
    let_in = []
    for token in (None, world.expired_key, world.ended_session):
        for place in QUERIES:
            for type_name in meanings(place, node_types()):
                given = asker.filler.own[type_name]
                answer = await asker.ask(token, place, given)
                if answer.codes != ["UNAUTHENTICATED"] or answer.data:
                    let_in.append((token, str(place)))
    assert let_in == []


def prying(world: World) -> list[Person]:
    """Whoever asks for what is not theirs.

    A stranger to the tree, a sibling, a child that looks up; a customer of another reseller, one of
    the same reseller, one that looks at whoever serves it; and the carrier of everybody's calls.
    """
    resellers = [world.foreign.owner, world.sibling.owner, world.child.owner]
    customers = [world.foreign.customer, world.child.neighbour, world.child.customer]
    return [*resellers, *customers, world.carrier]
