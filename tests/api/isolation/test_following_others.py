"""Nobody follows what is not theirs: they are told what is told of what never was."""

from __future__ import annotations

from schema.scalars import global_id
from tests.api.isolation.ownership import Ownership, node_types
from tests.api.isolation.places import Place, meanings, places, shown_of
from tests.api.isolation.probing import NEVER, Asker, as_told
from tests.api.isolation.test_ids_of_others import prying
from tests.api.isolation.world import World
from tests.api.product import product_schema
from tests.api.socket import Closed, connected

SUBSCRIPTIONS = tuple(places(product_schema()._schema, "subscription"))
REFUSED = "refused at the door"


async def test_nobody_follows_what_is_not_theirs(world: World) -> None:
    owners = await Ownership.known()
    told_apart = []
    for person in prying(world):
        asker = Asker.of(person, owners)
        for place in SUBSCRIPTIONS:
            for type_name in meanings(place, node_types()):
                nothing = await _heard(asker, place, global_id(type_name, NEVER))
                assert "errors" in nothing, place
                told_apart += [
                    (person.login, str(place))
                    for thing in owners.hidden_from(person, type_name)
                    if await _heard(asker, place, global_id(type_name, thing)) != nothing
                ]
    assert told_apart == []


async def test_everybody_follows_what_is_theirs_as_long_as_they_are_let_in(world: World) -> None:
    asker = Asker.of(world.child.owner, await Ownership.known())
    for place in SUBSCRIPTIONS:
        for type_name in meanings(place, node_types()):
            mine = asker.filler.own[type_name]
            assert "errors" not in await _heard(asker, place, mine)
            for over in (None, world.expired_key, world.ended_session):
                heard = await _heard(asker, place, mine, over)
                assert heard == REFUSED or '"UNAUTHENTICATED"' in heard, (over, heard)


async def _heard(asker: Asker, place: Place, given: str, *token: str | None) -> str:
    """The first thing that is told to somebody, or to whoever holds a token."""
    document, variables = asker.filler.request(place, given, shown_of(place.field))
    (credentials,) = token or (asker.person.token,)
    try:
        async with connected(asker.product.application, token=credentials) as socket:
            await socket.open()
            await socket.subscribe("1", document, **variables)
            message = await socket.hear()
            payload = message["payload"]
            body = payload if message["type"] == "next" else {"errors": payload}
            return as_told(body, given)
    except Closed:
        return REFUSED
