"""A job goes over nobody whom its asker does not see, whatever its filter names."""

from __future__ import annotations

from uuid import UUID

from models.database import read_pool
from models.jobs.export_plan import ExportPlan
from models.jobs.job import Job
from models.jobs.selection import FROM
from schema.inputs import row_id
from schema.scalars import global_id
from tests.api.isolation.ownership import Ownership, node_types
from tests.api.isolation.places import Place, meanings, places
from tests.api.isolation.probing import NEVER, Asker
from tests.api.isolation.test_ids_of_others import prying
from tests.api.isolation.world import World
from tests.api.product import product_schema

EXPORTS = [
    place
    for place in places(product_schema()._schema, "mutation")
    if place.root == "customerExportStart"
]


async def test_an_export_by_others_ids_holds_what_one_by_nobodys_holds(world: World) -> None:
    owners = await Ownership.known()
    for person in [each for each in prying(world) if each.viewer.may("customers:export")]:
        asker, theirs = Asker.of(person, owners), owners.seen_by(person)["Customer"]
        for place in EXPORTS:
            for type_name in meanings(place, node_types()):
                nothing = await _exported(asker, place, type_name, NEVER)
                assert nothing in (set(), theirs)
                for thing in owners.hidden_from(person, type_name):
                    assert await _exported(asker, place, type_name, thing) == nothing, place


async def test_an_export_by_ones_own_ids_holds_other_rows_than_one_by_nobodys(
    world: World,
) -> None:
    owners = await Ownership.known()
    asker = Asker.of(world.child.owner, owners)
    for place in EXPORTS:
        for type_name in meanings(place, node_types()):
            mine = owners.usable_by(world.child.owner)[type_name]
            nothing = await _exported(asker, place, type_name, NEVER)
            assert await _exported(asker, place, type_name, mine) != nothing, place


async def _exported(asker: Asker, place: Place, type_name: str, thing: UUID) -> set[UUID]:
    """The accounts that an export with this id in its filter will hold."""
    answer = await asker.ask(asker.person, place, global_id(type_name, thing))
    started = answer.data[place.root]["job"]
    plan = ExportPlan.of(await Job.get(id=row_id("Job", started["id"])))
    chosen = f"SELECT a.id FROM {FROM} WHERE {plan.selection.condition}"
    return {row["id"] for row in await read_pool().fetch(chosen, *plan.selection.bound)}
