"""Erasing: after it no table says who somebody was, but for documents and the house's own words."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models.access.audit import AuditEvent
from models.accounts.account import Account
from models.accounts.changing import Asked
from models.accounts.erasing import ERASED, erase_customer, erase_reseller
from models.database import raw, transaction
from models.jobs import lifecycle
from models.jobs.chunk import Piece, Treated, Verdict, treat_once
from models.jobs.deletion_plan import start_reseller_deletion
from models.jobs.job import Job, JobOrder
from models.jobs.job_row import JobRow, StagedRow, stage
from models.jobs.retrying import retry_failed_rows
from models.money.issuer_profile import IssuerProfile
from models.panel.caller_id import CallerId, ForceCallerId
from models.panel.product import Product, ProductOrder
from models.panel.sip_device import SipDevice
from models.panel.speed_dial import SpeedDial
from models.rules.enums import ActiveStatus, JobKind, ProductBilling, ProductCategory, RowOutcome
from models.rules.errors import DomainError, ErrorCode
from models.rules.inventory import ProductDraft
from models.rules.issuer_profile import IssuerProfilePatch
from models.rules.panel import LineDraft, SpeedDialDraft
from models.rules.sip_device import SipDeviceDraft, VoicemailDraft
from tests import people
from tests.database.deletion_acts import deleted
from tests.database.deletion_world import carried
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

# Whatever tells of her: names, the numbers she is or calls, her address.
OF_HER = "erika|mustermann|4930111222|4930333444|4930555666|office@"
TABLES = (
    *("accounts", "audit_events", "emails", "issuer_profiles", "job_rows", "jobs"),
    *("product_orders", "retired_usernames"),
)


@pytest.fixture
async def admin() -> Person:
    return await people.administrator()


async def still_told(words: str = OF_HER) -> dict[str, list[str]]:
    """Rows with one of these words, by table; documents and calls keep theirs."""
    found = {}
    async with transaction() as tx:
        for table in TABLES:
            query = f"SELECT t::text FROM {table} t WHERE t::text ~* $1"
            if rows := await raw(tx).fetch(query, words):
                found[table] = [row[0] for row in rows]
    return found


async def erika(admin: Person) -> Person:
    """A customer who did things herself and about whom others did."""
    person = await people.customer(
        admin, first_name="Erika", last_name="Mustermann", opening_balance=Decimal(9)
    )
    own = person.viewer
    await SpeedDial.assign(own, person.id, SpeedDialDraft(1, "+4930111222"))
    line = LineDraft(number="+4930333444", name="Erika Mustermann")
    await CallerId.enlist(admin.viewer, person.id, line, ActiveStatus.ACTIVE)
    await ForceCallerId.impose(admin.viewer, person.id, line, ActiveStatus.ACTIVE)
    await SipDevice.issue(
        admin.viewer,
        SipDeviceDraft(
            account_id=person.id,
            username="erika.mustermann",
            caller_id_name="Erika Mustermann",
            caller_id_number="+4930555666",
            voicemail=VoicemailDraft(enabled=True, mail_to="office@mustermann.example"),
        ),
    )
    draft = ProductDraft(
        name="Plan",
        category=ProductCategory.PACKAGE,
        currency_code="USD",
        price=Decimal(3),
        billing=ProductBilling.ONE_TIME,
    )
    product = await Product.offer(admin.viewer, draft)
    order = await ProductOrder.place(admin.viewer, person.id, product, 1)
    await ProductOrder.terminate(admin.viewer, order, "Mrs Mustermann moved.")
    await Account.change(Asked(own, person.id), {"phone": "+49 30 777"})
    return person


async def test_the_trail_keeps_ids_and_fields_and_no_word_of_an_erased_person(
    admin: Person,
) -> None:
    person = await erika(admin)
    await deleted(admin, person)
    assert {"audit_events", "product_orders", "retired_usernames"} <= set(await still_told())
    before = await AuditEvent.filter(account_id=person.id).order_by("id")
    await erase_customer(Asked(admin.viewer, person.id), "She asked for it.")
    assert await still_told() == {}
    after = await AuditEvent.filter(account_id=person.id).order_by("id")
    assert [(one.id, one.actor_id, one.subject_id, one.action) for one in before] == [
        (one.id, one.actor_id, one.subject_id, one.action) for one in after[:-1]
    ]
    assert [[change["field"] for change in one.changes] for one in before] == [
        [change["field"] for change in one.changes] for one in after[:-1]
    ]
    own = [one for one in after if one.actor_id == person.id]
    assert {(one.actor, one.action) for one in own} == {
        (ERASED, "speedDialSet"),
        (ERASED, "customerUpdate"),
    }
    states = [one.changes for one in after if one.action == "customersDelete"]
    assert states == [
        [{"field": "status", "old": "ACTIVE", "new": "DELETING"}],
        [{"field": "status", "old": "DELETING", "new": "DELETED"}],
    ]
    assert {one.subject_label for one in after if one.subject_id == person.id} == {person.login}
    assert after[-1].changes == [{"field": "reason", "old": None, "new": "She asked for it."}]
    assert {one.actor for one in after if one.actor_id == admin.id} == {admin.viewer.name}


async def test_the_trail_of_others_stays_as_it_is(admin: Person) -> None:
    gone, there = await erika(admin), await people.customer(admin)
    line = LineDraft(number="+4930888", name="Max")
    await ForceCallerId.impose(admin.viewer, there.id, line, ActiveStatus.ACTIVE)
    before = await AuditEvent.filter(account_id=there.id).order_by("id").values()
    await deleted(admin, gone)
    await erase_customer(Asked(admin.viewer, gone.id), "Asked")
    assert await AuditEvent.filter(account_id=there.id).order_by("id").values() == before


async def treated(job: Job, outcome: RowOutcome, account_id: UUID | None = None) -> None:
    """The one line of a file, with its verdict, and the job at its end."""

    async def work(_: BaseDBAsyncClient, piece: Piece) -> Treated:
        return Treated.of([Verdict(piece.first_row, outcome, account_id=account_id)])

    await treat_once(Piece(job.id, 0, 2, 2), work)
    await lifecycle.conclude(job.id)


async def test_a_line_is_blanked_wherever_it_was_tried(admin: Person) -> None:
    person = await people.customer(admin, first_name="Erika")
    first = await Job.queue(JobOrder(JobKind.IMPORT, {}), admin.viewer)
    await stage(first.id, [StagedRow(2, ["Erika"]), StagedRow(3, ["Max"])])
    await treated(first, RowOutcome.REJECTED)
    second = await retry_failed_rows(first.id, admin.viewer)
    aside = await retry_failed_rows(first.id, admin.viewer)
    await treated(second, RowOutcome.REJECTED)
    third = await retry_failed_rows(second.id, admin.viewer)
    await treated(third, RowOutcome.CREATED, person.id)
    await deleted(admin, person)
    await erase_customer(Asked(admin.viewer, person.id), "Asked")
    left = await JobRow.filter(cells__not_isnull=True).order_by("job_id")
    assert [(row.job_id, row.row_no, row.cells) for row in left] == [(first.id, 3, ["Max"])]
    assert await JobRow.filter(job_id__in=[second.id, aside.id, third.id]).count() == 3


async def a_reseller_that_is_gone(admin: Person) -> tuple[Person, Person]:
    """With a company profile and a customer whom it deleted itself."""
    gone = await people.reseller(
        admin, first_name="Erika", last_name="Mustermann", email="office@mustermann.example"
    )
    patch = IssuerProfilePatch(gone.id, {"name": "Mustermann Ltd", "reply_to": "office@m.example"})
    await IssuerProfile.adopt(patch, gone.viewer)
    customer = await people.customer(gone, gone)
    await deleted(gone, customer)
    await carried(await start_reseller_deletion(admin.viewer, [gone.id], 1))
    return gone, customer


async def test_of_an_erased_reseller_nothing_is_told_either(admin: Person) -> None:
    gone, customer = await a_reseller_that_is_gone(admin)
    assert {"accounts", "audit_events", "issuer_profiles", "jobs"} <= set(await still_told())
    await erase_reseller(Asked(admin.viewer, gone.id), "Asked in writing")
    assert await still_told() == {}
    assert (await Account.get(id=customer.id)).deleted_by == ERASED
    assert (await IssuerProfile.get(reseller_id=gone.id)).name == gone.login
    last = await AuditEvent.filter(subject_id=gone.id).order_by("-id").first()
    assert last is not None
    assert (last.action, last.subject_type) == ("resellerErase", "Reseller")


async def test_a_reseller_is_erased_once_it_is_deleted_by_whoever_stands_above(
    admin: Person,
) -> None:
    gone, customer = await a_reseller_that_is_gone(admin)
    living, foreign = await people.reseller(admin), await people.reseller(admin)
    for viewer, whom, code in (
        (admin.viewer, living.id, ErrorCode.WRONG_STATE),
        (admin.viewer, customer.id, ErrorCode.NOT_FOUND),
        (foreign.viewer, gone.id, ErrorCode.NOT_FOUND),
        (living.viewer, foreign.id, ErrorCode.NOT_FOUND),
    ):
        with pytest.raises(DomainError) as refused:
            await erase_reseller(Asked(viewer, whom), "Asked")
        assert (refused.value.code, refused.value.field) == (code, ("id",))
    with pytest.raises(DomainError) as refused:
        await erase_customer(Asked(admin.viewer, gone.id), "Asked")
    assert refused.value.code is ErrorCode.NOT_FOUND
    assert (await Account.get(id=gone.id)).first_name == "Erika"
