"""Company profiles: every issuer has one, and its documents follow it from then on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from models.access.audit import AuditEvent
from models.database import read_pool, transaction
from models.ids import new_id
from models.money.issuer_profile import IssuerProfile
from models.rules.enums import AccountType, Role
from models.rules.errors import DomainError, ErrorCode
from models.rules.issuer_profile import IssuerProfilePatch
from models.rules.viewer import Viewer
from tests.database.billing_world import billed
from tests.database.money_world import assert_books_add_up, fund, open_account, open_reseller

pytestmark = pytest.mark.usefixtures("database")
ADMIN = Viewer(Role.ADMIN, new_id(), None, frozenset(), (), "UTC", "Ada")


async def adopt(reseller_id: UUID | None = None, **changes: Any) -> IssuerProfile:
    return await IssuerProfile.adopt(IssuerProfilePatch(reseller_id, changes), ADMIN)


async def test_the_administration_has_a_profile_from_the_start() -> None:
    profile = await IssuerProfile.get(reseller_id=None)
    assert (profile.name, profile.due_days) == ("Trunkline", 7)
    assert profile.reminder_days == [3, 7, 14]


async def test_a_change_is_kept_and_leaves_its_trail() -> None:
    changed = await adopt(name="Acme Telecom", city="Lyon", note=None)
    assert changed.version == 2
    assert (await IssuerProfile.get(reseller_id=None)).city == "Lyon"
    event = await AuditEvent.get(action="issuerProfileSet")
    assert {change["field"] for change in event.changes} == {"name", "address.city"}


async def test_a_prefix_stands_on_the_next_document_and_the_series_goes_on() -> None:
    account = await open_account()
    await fund(account, "1")
    await adopt(receipt_prefix="R/")
    await fund(account, "1")
    numbers = await read_pool().fetch("SELECT number FROM invoices ORDER BY sequence")
    assert [row["number"] for row in numbers] == ["REC-000001", "R/000002"]
    await assert_books_add_up()


async def start_at(number: int) -> IssuerProfile:
    return await IssuerProfile.adopt(IssuerProfilePatch(None, {}, number), ADMIN)


async def test_invoices_may_begin_at_any_number_until_the_first_one() -> None:
    for first in (7000, 5000):
        assert await (await start_at(first)).next_number() == first
    await billed(await open_account(AccountType.POSTPAID), "1")
    assert await (await start_at(5001)).next_number() == 5001, "what is already so"
    with pytest.raises(DomainError) as refused:
        await start_at(6000)
    assert (refused.value.code, refused.value.field) == (
        ErrorCode.IMMUTABLE,
        ("nextInvoiceNumber",),
    )
    number = await read_pool().fetchval("SELECT number FROM invoices")
    assert number == "INV-005000"
    await assert_books_add_up()


@pytest.mark.parametrize("number", [0, -1, 1_000_000_001])
async def test_a_series_begins_at_a_number_that_can_be_printed(number: int) -> None:
    with pytest.raises(DomainError) as refused:
        await start_at(number)
    assert refused.value.code is ErrorCode.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"name": None}, ErrorCode.REQUIRED, ("name",)),
        ({"name": " "}, ErrorCode.REQUIRED, ("name",)),
        ({"due_days": 366}, ErrorCode.OUT_OF_RANGE, ("dueDays",)),
        ({"reminder_days": [7, 3]}, ErrorCode.OUT_OF_RANGE, ("reminderDays",)),
        ({"reminder_days": [0]}, ErrorCode.OUT_OF_RANGE, ("reminderDays",)),
        ({"time_zone": "Moon/Base"}, ErrorCode.INVALID, ("timeZone",)),
        ({"reply_to": "nobody"}, ErrorCode.INVALID, ("replyTo",)),
        ({"website": "javascript:1"}, ErrorCode.INVALID, ("website",)),
        ({"country_code": "Germany"}, ErrorCode.INVALID, ("address", "countryCode")),
        ({"invoice_prefix": "X" * 17}, ErrorCode.TOO_LONG, ("invoicePrefix",)),
    ],
)
async def test_what_a_profile_may_not_say_is_refused_at_its_field(
    changes: dict[str, Any], code: ErrorCode, path: tuple[str, ...]
) -> None:
    with pytest.raises(DomainError) as refused:
        await adopt(**changes)
    assert [(problem.code, problem.field) for problem in refused.value.problems] == [(code, path)]
    assert (await IssuerProfile.get(reseller_id=None)).version == 1


async def test_a_reseller_changes_its_own_and_those_below_alone() -> None:
    own, foreign = await open_reseller(), await open_reseller()
    async with transaction() as tx:
        await IssuerProfile.draw_up(tx, own)
        await IssuerProfile.draw_up(tx, own)
    viewer = Viewer(Role.RESELLER, new_id(), own, frozenset(), (own,), "UTC", "Bob")
    assert (await IssuerProfile.adopt(IssuerProfilePatch(own, {"name": "Bob"}), viewer)).name == (
        "Bob"
    )
    for other in (foreign, None):
        with pytest.raises(DomainError) as refused:
            await IssuerProfile.adopt(IssuerProfilePatch(other, {"name": "Mine"}), viewer)
        assert refused.value.code is ErrorCode.NOT_FOUND
