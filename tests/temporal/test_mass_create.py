"""Mass creation: exactly as many accounts as asked for, whatever is taken, killed or short."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from activities.jobs import JobRef, PieceRef
from activities.mass_create import count_accounts, make_accounts
from models.accounts.account import Account
from models.accounts.credentials import Login, Pin, PortalCredential
from models.jobs.chunk import JobChunk
from models.jobs.credentials import unsealed_credentials
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.jobs.mass_create_start import preview_mass_create, start_mass_create
from models.panel.sip_device import SipDevice
from models.rules.enums import JobStatus, RowOutcome
from models.rules.errors import ErrorCode, Refused
from models.rules.mass_create import MassCreatePlan
from tests import people
from tests.plans import mass_plan
from tests.temporal.conftest import House, eventually
from tests.temporal.digest import everything, run_twice
from tests.temporal.imports import ended


def plan(rate_group_id: UUID, **changes: Any) -> MassCreatePlan:
    """Fifty accounts, unless it is said otherwise."""
    return mass_plan(rate_group_id, **{"count": 50, **changes})


async def test_accounts_have_what_the_plan_says_and_secrets_are_sealed(working: House) -> None:
    del working
    admin = await people.administrator()
    told = plan(
        await people.rate_group(admin),
        generate_pin=True,
        create_sip_devices=True,
        opening_balance=Decimal(5),
    )
    job = await ended(await start_mass_create(told, admin.viewer))
    assert job.status is JobStatus.COMPLETED
    accounts = await Account.filter(number__startswith="77")
    assert len({account.number for account in accounts}) == 50
    assert all(len(account.number) == 8 for account in accounts)
    assert all(account.first_name == account.number for account in accounts)
    ids = [account.id for account in accounts]
    assert await Pin.filter(account_id__in=ids).count() == 50
    assert await SipDevice.filter(account_id__in=ids).count() == 50
    assert not await Login.filter(account_id__in=ids).exists()
    assert not await PortalCredential.filter(account_id__in=ids).exists()
    rows = await JobRow.filter(job_id=job.id, outcome=RowOutcome.CREATED)
    assert {row.account_id for row in rows} == set(ids)
    [piece] = await JobChunk.filter(job_id=job.id)
    credentials = unsealed_credentials(piece.sealed_credentials or b"")
    assert {line[0] for line in credentials} == {account.number for account in accounts}
    assert all(pin and username and secret for _, pin, username, secret in credentials)


async def test_a_range_is_filled_to_its_last_number(working: House) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    await people.customer(admin, number="7705")
    told = plan(rates, number_length=4, count=99)
    job = await ended(await start_mass_create(told, admin.viewer))
    assert job.status is JobStatus.COMPLETED
    await working.closed(job.workflow_id)
    assert await Account.filter(number__startswith="77").count() == 100
    with pytest.raises(Refused) as refused:
        await start_mass_create(replace(told, count=1), admin.viewer)
    assert refused.value.code is ErrorCode.NUMBER_SPACE_EXHAUSTED
    assert refused.value.field == ("prefix",)


async def test_numbers_that_unfinished_jobs_will_take_are_not_promised_again(house: House) -> None:
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    told = plan(rates, number_length=4, count=60)
    await start_mass_create(told, admin.viewer)
    assert (await preview_mass_create(told, admin.viewer)).capacity == 40
    nested = plan(rates, prefix="771", number_length=4, count=1)
    assert (await preview_mass_create(nested, admin.viewer)).capacity == 0
    with pytest.raises(Refused) as refused:
        await start_mass_create(told, admin.viewer)
    assert refused.value.field == ("count",)
    del house


async def test_a_preview_writes_nothing_and_shows_numbers_of_the_range(house: House) -> None:
    admin = await people.administrator()
    told = plan(await people.rate_group(admin), opening_balance=Decimal(1))
    before = await everything(house.dsn)
    shown = await preview_mass_create(told, admin.viewer)
    assert shown.capacity == 1_000_000
    assert shown.problems == ()
    assert all(n.startswith("77") and len(n) == 8 for n in shown.sample_numbers)
    assert await everything(house.dsn) == before


async def test_a_reseller_without_the_funds_is_refused_before_anything_is_made(
    house: House,
) -> None:
    admin = await people.administrator()
    reseller = await people.reseller(admin, opening_balance=Decimal(100))
    rates = await people.rate_group(admin, reseller)
    told = plan(rates, opening_balance=Decimal(3))
    before = await everything(house.dsn)
    with pytest.raises(Refused) as refused:
        await start_mass_create(told, reseller.viewer)
    assert refused.value.code is ErrorCode.INSUFFICIENT_BALANCE
    assert await everything(house.dsn) == before
    await start_mass_create(replace(told, opening_balance=Decimal(2)), reseller.viewer)


async def test_a_reseller_can_not_make_accounts_for_another_one(house: House) -> None:
    admin = await people.administrator()
    one, other = await people.reseller(admin), await people.reseller(admin)
    told = plan(await people.rate_group(admin, other), reseller_id=other.id)
    with pytest.raises(Refused) as refused:
        await start_mass_create(told, one.viewer)
    assert refused.value.problems[-1].field == ("resellerId",)
    assert not await Job.exists()
    del house


async def test_each_step_run_twice_changes_nothing_and_reserves_nothing_more(house: House) -> None:
    admin = await people.administrator()
    told = plan(await people.rate_group(admin), generate_pin=True)
    job = await start_mass_create(told, admin.viewer)
    for counted in await run_twice(house, count_accounts, JobRef(str(job.id))):
        assert (counted.first_row, counted.last_row) == (1, 50)
    for end in await run_twice(house, make_accounts, PieceRef(str(job.id), 0, 1, 50)):
        assert end.is_done
    assert await Account.filter(number__startswith="77").count() == 50


async def test_a_kill_in_the_middle_doubles_and_loses_nothing(house: House) -> None:
    admin = await people.administrator()
    told = plan(await people.rate_group(admin), count=8000, create_sip_devices=True)
    job = await start_mass_create(told, admin.viewer)
    for kills in range(3):
        worker = await house.process()
        already = await JobChunk.filter(job_id=job.id).count()

        async def has_gone_on(already: int = already) -> bool:
            return await JobChunk.filter(job_id=job.id).count() > already

        await eventually(has_gone_on if kills < 2 else lambda: _is_over(job), 60)
        worker.kill()
        await worker.wait()
    assert (await Job.get(id=job.id)).status is JobStatus.COMPLETED
    accounts = await Account.filter(number__startswith="77").values_list("id", flat=True)
    assert len(accounts) == 8000
    assert await SipDevice.all().count() == 8000
    assert await JobRow.filter(job_id=job.id).count() == 8000


async def _is_over(job: Job) -> bool:
    return (await Job.get(id=job.id)).is_terminal
