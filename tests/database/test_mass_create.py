"""Mass creation without a worker: what a plan is told beforehand, and what a piece of it makes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models.jobs.chunk import JobChunk, Piece
from models.jobs.credentials import unsealed_credentials
from models.jobs.job import Job
from models.jobs.mass_create import make_accounts
from models.jobs.mass_create_start import preview_mass_create, start_mass_create
from models.rules.errors import Refused
from models.rules.mass_create import MassCreatePlan
from tests import people
from tests.people import Person
from tests.plans import mass_plan

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def admin() -> Person:
    return await people.administrator()


def plan(rate_group_id: UUID, **changes: Any) -> MassCreatePlan:
    return mass_plan(rate_group_id, **{"count": 20, "number_length": 4, **changes})


async def credentials(job: Job, piece: Piece) -> list[list[str]]:
    await make_accounts(piece)
    chunk = await JobChunk.get(job_id=job.id, chunk_no=piece.chunk_no)
    return unsealed_credentials(chunk.sealed_credentials or b"")


async def test_numbers_shown_beforehand_are_those_that_nobody_has(admin: Person) -> None:
    told = plan(await people.rate_group(admin))
    shown = (await preview_mass_create(told, admin.viewer)).sample_numbers
    await people.customer(admin, number=shown[0])
    await people.customer(admin, number=shown[3])
    then = (await preview_mass_create(told, admin.viewer)).sample_numbers
    assert len(then) == 5
    assert then[:3] == (shown[1], shown[2], shown[4])
    job = await start_mass_create(told, admin.viewer)
    made = await credentials(job, Piece(job.id, 0, 1, 20))
    assert set(then) <= {number for number, *_ in made}


async def test_a_nearly_full_range_shows_what_is_left_of_it(admin: Person) -> None:
    told = plan(await people.rate_group(admin), count=97)
    job = await start_mass_create(told, admin.viewer)
    await make_accounts(Piece(job.id, 0, 1, 97))
    shown = await preview_mass_create(plan(told.rate_group_id or job.id, count=3), admin.viewer)
    assert (shown.capacity, len(set(shown.sample_numbers))) == (3, 3)


async def test_the_file_of_accounts_without_secrets_says_their_numbers(admin: Person) -> None:
    job = await start_mass_create(plan(await people.rate_group(admin)), admin.viewer)
    made = await credentials(job, Piece(job.id, 0, 1, 20))
    assert len({number for number, *_ in made}) == 20
    assert {tuple(secrets) for _, *secrets in made} == {("", "", "")}


async def test_pins_are_as_long_as_all_of_the_job_ask_for(admin: Person) -> None:
    told = plan(await people.rate_group(admin), count=20_000, number_length=9, generate_pin=True)
    job = await start_mass_create(told, admin.viewer)
    for number, first in enumerate((1, 3)):
        made = await credentials(job, Piece(job.id, number, first, first + 1))
        assert {len(pin) for _, pin, *_ in made} == {7}


async def test_opening_balances_beyond_the_ledger_are_told_at_their_field(admin: Person) -> None:
    told = plan(await people.rate_group(admin), opening_balance=Decimal(99999999999999))
    with pytest.raises(Refused) as refused:
        await start_mass_create(told, admin.viewer)
    assert [(p.code, p.field) for p in refused.value.problems] == [
        ("OUT_OF_RANGE", ("openingBalance",))
    ]
