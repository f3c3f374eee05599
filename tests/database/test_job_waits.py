"""A job that waits says for what: the house's switches by name to the house alone."""

from __future__ import annotations

from uuid import UUID

import pytest

from models.ids import new_id
from models.jobs import lifecycle
from models.jobs.job import Job, JobOrder
from models.jobs.waiting import waits_for_switches, waits_no_longer
from models.rules.enums import JobKind, SwitchKind
from models.rules.switch_node import NodeDraft
from models.switch.node import SwitchNode
from tests import people
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")


async def switch(admin: Person, name: str) -> UUID:
    draft = NodeDraft(
        name=name,
        kind=SwitchKind.FREESWITCH,
        address=f"{name}.house.example:8021",
        profiles=("internal",),
        secret="ClueCon9",
    )
    return (await SwitchNode.attach(admin.viewer, draft)).node_id


async def running(person: Person) -> Job:
    job = await Job.queue(JobOrder(JobKind.DELETE, {}), person.viewer)
    await lifecycle.proceed(job.id)
    return job


async def said_of(job: Job) -> str | None:
    return (await Job.get(id=job.id)).failure


async def test_staff_read_which_switch_and_resellers_only_that_there_is_one() -> None:
    admin = await people.administrator()
    rita = await people.reseller(admin)
    one, two = await switch(admin, "k1"), await switch(admin, "k2")
    house, resold = await running(admin), await running(rita)
    assert await waits_for_switches(house.id, [two, one, two])
    assert await said_of(house) == (
        "Switch k1 has not let go of 1 device yet. Switch k2 has not let go of 2 devices yet."
    )
    assert await waits_for_switches(resold.id, [two, two, two])
    assert await said_of(resold) == "A switch has not let go of 3 devices yet."
    await waits_no_longer(house.id)
    assert (await said_of(house), await said_of(resold)) == (
        None,
        "A switch has not let go of 3 devices yet.",
    )


async def test_a_job_that_people_stopped_waits_for_nothing() -> None:
    admin = await people.administrator()
    job = await running(admin)
    assert await waits_for_switches(job.id, [new_id()])
    await Job.pause(job.id, admin.viewer)
    assert not await waits_for_switches(job.id, [new_id()])
    assert await said_of(job) is None


async def test_the_words_of_a_job_that_has_ended_stay() -> None:
    admin = await people.administrator()
    job = await running(admin)
    await lifecycle.failed(job.id, "The file has no header.")
    assert not await waits_for_switches(job.id, [new_id()])
    await waits_no_longer(job.id)
    assert await said_of(job) == "The file has no header."
