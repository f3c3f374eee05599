"""Whom a batch update is for, and which wishes are refused before a row is touched."""

from __future__ import annotations

from typing import Any

import pytest

from models.accounts.account import Account
from models.jobs.batch_update import stage_accounts, start_batch_update
from models.jobs.choosing import Wish
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.rules.batch_change import BatchChange
from models.rules.enums import AccountStatus, Role
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.filters import Criterion, Kind
from tests import people
from tests.database.batch_world import carried, down, to, up
from tests.database.money_world import balance
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")


CRITERIA = {
    "number": Criterion("{t}.number", Kind.EXACT),
    "balance": Criterion("{w}.balance", Kind.AMOUNT),
}


@pytest.fixture
async def admin() -> Person:
    return await people.administrator()


async def test_a_filter_is_held_to_the_number_that_somebody_saw(admin: Person) -> None:
    ada, ben = await people.customer(admin, number="77001"), await people.customer(admin)
    await people.customer(admin, number="77002")
    where: dict[str, Any] = {"number": {"startsWith": "77"}}
    wish = Wish(where=where, criteria=CRITERIA, expected_count=3)
    with pytest.raises(DomainError) as refused:
        await start_batch_update(admin.viewer, wish, BatchChange(records_calls=True))
    assert (refused.value.code, refused.value.field) == (
        ErrorCode.WRONG_STATE,
        ("expectedCount",),
    )
    assert not await Job.exists()
    wish = Wish(where=where, criteria=CRITERIA, expected_count=2)
    rows = await carried(admin.viewer, wish, BatchChange(records_calls=True))
    assert len(rows) == 2
    assert (await Account.get(id=ada.id)).records_calls
    assert not (await Account.get(id=ben.id)).records_calls


async def test_whoever_comes_between_start_and_first_row_stops_the_job(admin: Person) -> None:
    await people.customer(admin, number="77001")
    where: dict[str, Any] = {"number": {"startsWith": "77"}}
    wish = Wish(where=where, criteria=CRITERIA, expected_count=1)
    job = await start_batch_update(admin.viewer, wish, BatchChange(records_calls=True))
    await people.customer(admin, number="77002")
    with pytest.raises(DomainError) as refused:
        await stage_accounts(job.id)
    assert refused.value.code is ErrorCode.WRONG_STATE
    assert not await JobRow.exists()


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"number": {}},
        {"and": []},
        {"or": [{}, {"number": {"eq": "1"}}]},
        {"not": {"or": []}},
        {"and": [{}, {"number": {"eq": None}}]},
    ],
)
async def test_a_filter_that_leaves_nobody_out_is_refused(
    admin: Person, where: dict[str, Any]
) -> None:
    wish = Wish(where=where, criteria=CRITERIA, expected_count=0)
    with pytest.raises(Refused) as refused:
        await start_batch_update(admin.viewer, wish, BatchChange(records_calls=True))
    assert [(p.code, p.field) for p in refused.value.problems] == [("REQUIRED", ("where",))]


async def test_a_wish_that_names_nobody_or_nothing_is_refused_with_all_reasons(
    admin: Person,
) -> None:
    with pytest.raises(Refused) as refused:
        await start_batch_update(admin.viewer, Wish(), BatchChange())
    assert [problem.field for problem in refused.value.problems] == [("ids",), ("changes",)]
    both = Wish(ids=(admin.id,), where={"number": {"eq": "1"}}, criteria=CRITERIA)
    wrong = BatchChange(
        status=AccountStatus.DELETED, concurrent_calls=to("1.5"), valid_days=up("0")
    )
    with pytest.raises(Refused) as refused:
        await start_batch_update(admin.viewer, both, wrong)
    assert [(problem.code, problem.field) for problem in refused.value.problems] == [
        ("INVALID", ("where",)),
        ("INVALID", ("changes", "concurrentCalls")),
        ("OUT_OF_RANGE", ("changes", "validDays")),
        ("INVALID", ("changes", "status")),
    ]


async def test_balances_of_two_currencies_do_not_change_alike(admin: Person) -> None:
    ada = await people.customer(admin)
    yuki = await people.customer(admin, currency_code="JPY")
    with pytest.raises(DomainError) as refused:
        await carried(admin.viewer, [ada.id, yuki.id], BatchChange(balance=up("4")))
    assert refused.value.code is ErrorCode.CURRENCY_MISMATCH
    with pytest.raises(DomainError) as refused:
        await carried(admin.viewer, [yuki.id], BatchChange(balance=up("4.5")))
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID, ("changes", "balance"))


async def test_others_customers_are_as_if_they_did_not_exist(admin: Person) -> None:
    rita, foreign = await people.reseller(admin), await people.reseller(admin)
    ada, ben = await people.customer(admin, rita), await people.customer(admin, foreign)
    for ids in ([ada.id, ben.id], [rita.id]):
        with pytest.raises(DomainError) as refused:
            await carried(rita.viewer, ids, BatchChange(records_calls=True))
        assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, ("ids",))
    where: dict[str, Any] = {"balance": {"gte": "0"}}
    wish = Wish(where=where, criteria=CRITERIA, expected_count=1)
    [row] = await carried(rita.viewer, wish, BatchChange(records_calls=True))
    assert row.account_id == ada.id
    with pytest.raises(DomainError) as refused:
        await carried(ada.viewer, [ada.id], BatchChange(concurrent_calls=to("0")))
    assert refused.value.code is ErrorCode.FORBIDDEN


async def test_moving_balances_needs_what_moving_them_by_hand_needs(admin: Person) -> None:
    sam = await people.staff(admin, Role.SUB_ADMIN, "customers:update", "money:refill")
    ada = await people.customer(admin)
    await carried(sam.viewer, [ada.id], BatchChange(balance=up("4")))
    for change in (down("1"), to("1")):
        with pytest.raises(Refused) as refused:
            await carried(sam.viewer, [ada.id], BatchChange(balance=change))
        assert (refused.value.code, refused.value.field) == (
            ErrorCode.FORBIDDEN,
            ("changes", "balance"),
        )
    assert await balance(ada.id) == 4
