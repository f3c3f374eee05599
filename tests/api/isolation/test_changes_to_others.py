"""The id of another's thing, wherever a mutation takes one, is refused like an id that never was.

And nothing is changed: not a row of any table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import groupby

import asyncpg

from schema.reads.facts import source_of
from schema.scalars import global_id
from tests.api.isolation.ownership import Ownership, node_types
from tests.api.isolation.places import Place, meanings, places
from tests.api.isolation.probing import NEVER, VISITS, Asker
from tests.api.isolation.test_ids_of_others import prying
from tests.api.isolation.world import World
from tests.api.product import product_schema
from tests.digest import Rows, everything
from tests.people import Person

Again = Callable[[], Awaitable[None]]
# What begins a job of the asker's own, whatever the job will find: rows it may add.
JOB = frozenset({"jobs", "outbox"})
ADDED = {"customerExportStart": JOB, "billingRunStart": JOB, "customersUpdate": JOB | {"job_rows"}}
# What its job will find is asked elsewhere: the answer is that there is one.
FOUND_LATER = ("customerExportStart(input.where", "customersUpdate(input.changes")
PATIENCE_SECONDS = 3.0  # far more than any answer takes that waits for nobody
MUTATIONS = tuple(places(product_schema()._schema, "mutation"))


async def test_mutations_do_not_tell_others_things_from_nothing(
    world: World, world_url: str
) -> None:
    owners = await Ownership.known()
    connection = await asyncpg.connect(world_url)
    before = await everything(connection, VISITS)
    told_apart: dict[str, tuple[str, str, str]] = {}
    changed: dict[str, list[str]] = {}
    for root, group in groupby(MUTATIONS, key=lambda place: place.root):
        for place in group:
            for person in prying(world):
                told_apart |= await _told_apart(place, person, owners)
        after = await everything(connection, VISITS)
        if tables := _changed(before, after, ADDED.get(root, frozenset())):
            changed[root] = tables
        before = after
    await connection.close()
    assert (told_apart, changed) == ({}, {})


async def test_each_of_these_places_means_something_to_its_owner(
    world: World, again: Again
) -> None:
    """Else nothing would be proven above."""
    owners = await Ownership.known()
    silent = []
    for place in MUTATIONS:
        if str(place).startswith(FOUND_LATER):
            continue
        if not await _means_something(place, world, owners):
            await again()  # what was asked before may have done away with it
            if not await _means_something(place, world, owners):
                silent.append(str(place))
    assert silent == [], "\n".join(silent)


async def test_nobody_waits_for_what_is_not_theirs(world: World, world_url: str) -> None:
    """Else a thing that is busy is told apart from one that never was."""
    owners = await Ownership.known()
    spy = Asker.of(world.foreign.owner, owners)
    hidden = {name: owners.hidden_from(spy.person, name) for name in owners.rows}
    connection, waiting = await asyncpg.connect(world_url), []
    async with connection.transaction():
        for name in node_types():
            table = source_of(product_schema()._schema.type_map[name])
            assert table is not None
            held = f"SELECT FROM {table.table} WHERE id = ANY($1) FOR NO KEY UPDATE"
            await connection.execute(held, hidden[name])
        for place in MUTATIONS:
            for type_name in meanings(place, node_types()):
                for thing in hidden[type_name][:1]:
                    try:
                        async with asyncio.timeout(PATIENCE_SECONDS):
                            await spy.ask(spy.person, place, global_id(type_name, thing))
                    except TimeoutError:
                        waiting.append((str(place), type_name))
    await connection.close()
    assert waiting == []


async def test_nobody_changes_anything_with_credentials_that_are_over(
    world: World, world_url: str
) -> None:
    owners = await Ownership.known()
    asker = Asker.of(world.child.owner, owners)
    connection = await asyncpg.connect(world_url)
    before = await everything(connection, VISITS)
    let_in = []
    for token in (None, world.expired_key, world.ended_session):
        for place in MUTATIONS:
            for type_name in meanings(place, node_types()):
                answer = await asker.ask(token, place, asker.filler.own[type_name])
                if answer.codes != ["UNAUTHENTICATED"] or any((answer.data or {}).values()):
                    let_in.append((token, str(place)))
    assert let_in == []
    assert await everything(connection, VISITS) == before
    await connection.close()


def _changed(before: Rows, after: Rows, added: frozenset[str]) -> list[str]:
    """Tables whose rows are others than they were, or more where none may be added."""
    return [
        table
        for table, rows in after.items()
        if before[table] - rows or (rows - before[table] and table not in added)
    ]


async def _told_apart(
    place: Place, person: Person, owners: Ownership
) -> dict[str, tuple[str, str, str]]:
    """The place, if so, with who is told what of nothing and of something."""
    asker = Asker.of(person, owners)
    for type_name in meanings(place, node_types()):
        nothing = await asker.told(place, type_name, NEVER)
        for thing in owners.hidden_from(person, type_name):
            told = await asker.told(place, type_name, thing)
            if told != nothing:
                return {str(place): (person.login, nothing, told)}
    return {}


async def _means_something(place: Place, world: World, owners: Ownership) -> bool:
    for person in (world.child.owner, world.child.customer, world.admin):
        asker = Asker.of(person, owners)
        for type_name in meanings(place, node_types()):
            thing = owners.usable_by(person).get(type_name)
            if thing is None:
                continue
            nothing = await asker.told(place, type_name, NEVER)
            if await asker.told(place, type_name, thing) != nothing:
                return True
    return False
