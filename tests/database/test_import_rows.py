"""Rows of a file against accounts that exist, and a dry run against the run: the same verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.accounts.account import Account
from models.accounts.pick_list import Alteration
from models.accounts.rate_group import RateGroup
from models.database import transaction
from models.jobs.chunk import JobChunk
from models.jobs.import_funds import judge_funds
from models.jobs.job import Job
from models.money.currency import Currency, set_rate
from models.money.refill import Refill, RefillOrder
from models.panel.sip_device import SipDevice
from models.rules.enums import ActiveStatus, ImportMatch
from models.rules.pick_lists import PickListPatch, RateGroupDraft
from tests import people
from tests.database.import_world import File, imported, told
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def admin() -> Person:
    return await people.administrator()


async def test_columns_that_an_update_ignores_reject_no_row(admin: Person) -> None:
    rates = await people.rate_group(admin)
    ada, ben = await people.customer(admin), await people.customer(admin)
    ignored = {"Balance": "abc", "Password": "x", "SIP Username": "same", "SIP Password": "y"}
    rows = [
        {"Account": ada.login, "Company": "Lee", **ignored},
        {"Account": ben.login, **ignored},
        {"Account": "fresh", "Email": "fresh@new.example", **ignored},
    ]
    verdicts = told(await imported(admin.viewer, File(rows, rates, ImportMatch.NUMBER)))
    assert verdicts[:2] == ["UPDATED", "UNCHANGED"]
    assert verdicts[2].split() == [
        "REJECTED",
        *("TAKEN:sipUsername", "INVALID:openingBalance"),
        *("PASSWORD_TOO_WEAK:password", "PASSWORD_TOO_WEAK:sipPassword"),
    ]
    assert (await Account.get(id=ada.id)).company == "Lee"


@pytest.mark.parametrize("piece_rows", [1000, 1])
async def test_a_dry_run_says_of_which_openings_the_funds_run_out(
    admin: Person, piece_rows: int
) -> None:
    reseller = await people.reseller(admin)
    now = datetime.now(UTC)
    async with transaction() as tx:
        order = RefillOrder(reseller.id, Decimal(15), "USD", "Ada", now)
        await Refill.receive(tx, order)
        for code in ("EUR", "CHF"):
            await Currency.switch(tx, code, is_active=True)
    await set_rate(admin.viewer, "EUR", Decimal("0.8"), is_active=True, now=now)
    amounts = [("20", ""), ("10", ""), ("10", ""), ("3.20", "EUR"), ("1", "CHF"), ("1.01", "")]
    amounts += [("", ""), ("1", ""), ("0.01", ""), ("9" * 14, "EUR")]
    rows = [
        {"Account": f"f{n}", "Email": f"f{n}@funds.example", "Balance": amount, "Currency": code}
        for n, (amount, code) in enumerate(amounts)
    ]
    file = File(rows, await people.rate_group(admin, reseller), piece_rows=piece_rows)
    dry = await imported(reseller.viewer, file, dry_run=True)
    assert not await Account.filter(number__startswith="f").exists()
    lacking = "REJECTED INSUFFICIENT_BALANCE:openingBalance"
    assert told(dry) == [
        *(lacking, "CREATED", lacking, "CREATED", "REJECTED RATE_MISSING:currencyCode", lacking),
        *("CREATED", "CREATED", lacking, "REJECTED OUT_OF_RANGE:openingBalance"),
    ]
    await judge_funds(await Job.get(id=dry[0].job_id))  # a second time changes nothing
    pieces = await JobChunk.filter(job_id=dry[0].job_id).values_list("done", "succeeded", "failed")
    assert [sum(column) for column in zip(*pieces, strict=True)] == [10, 4, 6]
    run = await imported(reseller.viewer, file)
    assert [(r.outcome, r.reasons) for r in dry] == [(r.outcome, r.reasons) for r in run]


@pytest.mark.parametrize("piece_rows", [1000, 1])
async def test_a_name_that_a_row_asks_for_is_kept_for_it(admin: Person, piece_rows: int) -> None:
    rates = await people.rate_group(admin)
    rows = [
        {"Account": number, "Email": f"{number}@names.example", "SIP Username": name}
        for number, name in [("Alice", ""), ("bob", "alice"), ("carl", "carl"), ("dave", "")]
    ]
    file = File(rows, rates, piece_rows=piece_rows, defaults={"create_sip_device": True})
    for dry_run in (True, False):
        assert told(await imported(admin.viewer, file, dry_run=dry_run)) == ["CREATED"] * 4
    devices = SipDevice.all().values_list("account__number", "username")
    names = {str(number): str(name) for number, name in await devices}
    assert names["Alice"].isdigit()
    del names["Alice"]
    assert names == {"bob": "alice", "carl": "carl", "dave": "dave"}


async def test_a_file_changes_by_number_whoever_its_asker_sees_as_its_own_owner_would(
    admin: Person,
) -> None:
    reseller, foreign = await people.reseller(admin), await people.reseller(admin)
    below = await people.reseller(admin, reseller)
    own, theirs = await people.customer(admin, below), await people.customer(admin, foreign)
    house = await people.customer(admin)
    gold = await RateGroup.introduce(
        RateGroupDraft(name="Gold", reseller_id=below.id), admin.viewer
    )
    await RateGroup.introduce(RateGroupDraft(name="Gold"), admin.viewer)
    rows = [
        {"Account": each.login, "Company": "Lee", "Rate Group": "GOLD"}
        for each in (own, theirs, house)
    ]
    seen = File(rows, await people.rate_group(admin, reseller), ImportMatch.NUMBER)
    now = await people.person(reseller.id, reseller.login)
    assert told(await imported(now.viewer, seen)) == [
        "UPDATED",
        *["REJECTED RATE_GROUP_NOT_OWNED:rateGroupId REQUIRED:email TAKEN:number"] * 2,
    ]
    assert await Account.filter(company="Lee").values_list("id", "rate_group_id") == [
        (own.id, gold)
    ]
    everybody = replace(seen, rates=await people.rate_group(admin))
    assert told(await imported(admin.viewer, everybody)) == [
        "UNCHANGED",
        "REJECTED RATE_GROUP_NOT_OWNED:rateGroupId",
        "UPDATED",
    ]


async def test_a_reference_names_an_account_of_the_owner_alone(admin: Person) -> None:
    reseller = await people.reseller(admin)
    await people.customer(admin, reseller, reference="17", company="Theirs")
    ours = await people.customer(admin, reference="17")
    rows = [{"Reference": "17", "Company": "Ours"}]
    file = File(rows, await people.rate_group(admin), ImportMatch.REFERENCE)
    assert told(await imported(admin.viewer, file)) == ["UPDATED"]
    assert (await Account.get(company="Ours")).id == ours.id


async def test_a_rate_group_that_was_switched_off_is_kept_and_taken_no_more(admin: Person) -> None:
    name = "Old rates"
    off = await RateGroup.introduce(RateGroupDraft(name=name), admin.viewer)
    has, other = await people.customer(admin, rate_group_id=off), await people.customer(admin)
    patch = PickListPatch({"status": ActiveStatus.INACTIVE})
    await RateGroup.revise(Alteration(off, patch), admin.viewer)
    rows = [{"Account": each.login, "Rate Group": name} for each in (has, other)]
    file = File(rows, await people.rate_group(admin), ImportMatch.NUMBER)
    assert told(await imported(admin.viewer, file)) == [
        "UNCHANGED",
        "REJECTED RATE_GROUP_NOT_OWNED:rateGroupId",
    ]
