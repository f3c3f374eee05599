"""Deleting resellers: the whole subtree, the deepest first, and nobody comes in meanwhile."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models.access.principal import viewer_of_token
from models.accounts.account import Account
from models.accounts.deleting import Deletion, switch_off
from models.accounts.reseller import Reseller
from models.jobs import deletion, lifecycle
from models.jobs.choosing import Wish
from models.jobs.chunk import Piece
from models.jobs.deletion_plan import start_deletion, start_reseller_deletion
from models.jobs.job import Job
from models.rules.draft import ResellerDraft
from models.rules.enums import (
    AccountStatus,
    BalancePolicy,
    JobStatus,
    RowOutcome,
)
from models.rules.errors import DomainError, ErrorCode
from tests import people
from tests.database.deletion_acts import status_of
from tests.database.deletion_world import (
    carried,
    left_behind,
    piece_of,
)
from tests.database.money_world import (
    assert_books_add_up,
    balances,
    system_balance,
)
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def admin() -> Person:
    return await people.administrator()


async def subtree(admin: Person) -> tuple[Person, Person, list[Person]]:
    """A reseller with one below it, and a customer of each."""
    rita = await people.reseller(admin, opening_balance=Decimal(100))
    nils = await people.reseller(admin, rita, opening_balance=Decimal(40))
    customers = [
        await people.customer(admin, rita, opening_balance=Decimal(5)),
        await people.customer(admin, nils, opening_balance=Decimal(7)),
    ]
    return rita, nils, customers


async def test_a_reseller_takes_everybody_below_it_along_the_deepest_first(admin: Person) -> None:
    rita, nils, customers = await subtree(admin)
    foreign = await people.customer(admin, await people.reseller(admin))
    job = await start_reseller_deletion(admin.viewer, [rita.id], 4, BalancePolicy.RETURN)
    rows = await carried(job)
    assert [row.outcome for row in rows] == [RowOutcome.DELETED] * 4
    assert [row.account_id for row in rows[2:]] == [nils.id, rita.id]
    gone = await Account.filter(status=AccountStatus.DELETED).values_list("id", flat=True)
    assert set(gone) == {rita.id, nils.id, *(each.id for each in customers)}
    assert await balances(rita.id, nils.id, *(each.id for each in customers)) == [0, 0, 0, 0]
    assert await system_balance("CASH") == 0
    assert await status_of(foreign.id) is AccountStatus.ACTIVE
    assert await left_behind() == {}
    await assert_books_add_up()


async def test_resellers_are_off_before_the_first_row_and_take_nobody_in(admin: Person) -> None:
    rita, nils, customers = await subtree(admin)
    rates = (await Account.get(id=customers[1].id)).rate_group_id
    job = await start_reseller_deletion(admin.viewer, [rita.id], 4)
    piece = await piece_of(job)
    for each in (rita, nils):
        assert await status_of(each.id) is AccountStatus.DELETING
    for each in customers:
        assert await status_of(each.id) is AccountStatus.ACTIVE
        assert await viewer_of_token(each.token) is None
    with pytest.raises(DomainError):
        await people.customer(admin, nils, rate_group_id=rates)
    draft = ResellerDraft(first_name="X", email="x@x.example", parent_id=nils.id)
    with pytest.raises(DomainError):
        await Reseller.open(admin.viewer, draft)
    assert (await deletion.begin(piece)) is not None
    assert (await deletion.finish(piece)) is not None
    assert await left_behind() == {}


async def test_a_cancelled_deletion_says_who_is_off_and_is_finished_by_another(
    admin: Person,
) -> None:
    rita, nils, customers = await subtree(admin)
    job = await start_reseller_deletion(admin.viewer, [rita.id], 4)
    await lifecycle.proceed(job.id)
    await piece_of(job)
    await Job.cancel(job.id, admin.viewer)
    await lifecycle.cancelled(job.id)
    ended = await Job.get(id=job.id)
    assert ended.status is JobStatus.CANCELLED
    assert (ended.failure or "").startswith("2 of its accounts are switched off already")
    for each in (rita, nils):
        assert await status_of(each.id) is AccountStatus.DELETING
    for each in customers:
        assert await status_of(each.id) is AccountStatus.ACTIVE
    rows = await carried(await start_reseller_deletion(admin.viewer, [rita.id], 4))
    assert [row.outcome for row in rows] == [RowOutcome.DELETED] * 4
    assert await left_behind() == {}
    await assert_books_add_up()


async def test_a_deletion_that_is_cancelled_before_anybody_is_off_leaves_no_word(
    admin: Person,
) -> None:
    job = await start_deletion(admin.viewer, Wish(ids=((await people.customer(admin)).id,)))
    await lifecycle.proceed(job.id)
    await piece_of(job)
    await Job.cancel(job.id, admin.viewer)
    await lifecycle.cancelled(job.id)
    assert (await Job.get(id=job.id)).failure is None


async def test_a_reseller_waits_for_the_pieces_before_it(admin: Person) -> None:
    rita, _, _ = await subtree(admin)
    job = await start_reseller_deletion(admin.viewer, [rita.id], 4)
    await piece_of(job)
    first = Piece(job.id, 0, 1, 2)
    second = Piece(job.id, 1, 3, 4)
    assert await deletion.begin(second) is not None
    assert await deletion.finish(second) is None
    assert await deletion.begin(first) is not None
    assert await deletion.finish(first) is not None
    assert await deletion.finish(second) is not None
    assert await status_of(rita.id) is AccountStatus.DELETED


async def test_a_reseller_with_somebody_left_below_it_is_kept_off_with_the_reason(
    admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rita, _, customers = await subtree(admin)

    async def stumbling(tx: BaseDBAsyncClient, ids: list[UUID], told: Deletion) -> None:
        if customers[0].id in ids:
            raise DomainError(ErrorCode.RATE_MISSING, (), "There is no exchange rate for XYZ.")
        await switch_off(tx, ids, told)

    monkeypatch.setattr(deletion, "switch_off", stumbling)
    rows = await carried(await start_reseller_deletion(admin.viewer, [rita.id], 4))
    assert [row.outcome for row in rows] == ["REJECTED", "DELETED", "DELETED", "REJECTED"]
    assert rows[0].reasons[0]["code"] == "RATE_MISSING"
    assert rows[3].reasons[0]["code"] == "WRONG_STATE"
    assert await status_of(customers[0].id) is AccountStatus.ACTIVE
    assert await status_of(rita.id) is AccountStatus.DELETING
    monkeypatch.undo()
    rows = await carried(await start_reseller_deletion(admin.viewer, [rita.id], 2))
    assert [row.outcome for row in rows] == [RowOutcome.DELETED] * 2
    assert await left_behind() == {}


async def test_resellers_are_counted_with_all_below_them_and_never_delete_themselves(
    admin: Person,
) -> None:
    rita, nils, _ = await subtree(admin)
    other = await people.reseller(admin)
    for asker, ids, expected, told in (
        (admin, [rita.id], 1, (ErrorCode.WRONG_STATE, ("expectedCount",))),
        (admin, [], 0, (ErrorCode.REQUIRED, ("ids",))),
        (rita, [rita.id], 4, (ErrorCode.FORBIDDEN, ("ids",))),
        (nils, [rita.id], 4, (ErrorCode.NOT_FOUND, ("ids",))),
        (other, [nils.id], 2, (ErrorCode.NOT_FOUND, ("ids",))),
    ):
        with pytest.raises(DomainError) as refused:
            await start_reseller_deletion(asker.viewer, ids, expected)
        assert (refused.value.code, refused.value.field) == told
    now = await viewer_of_token(rita.token)
    assert now is not None
    await carried(await start_reseller_deletion(now, [nils.id], 2))
    assert await status_of(rita.id) is AccountStatus.ACTIVE
