"""Rate groups, localizations and taxes: whose they are, and that a name is used once."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest

from models.access.audit import AuditEvent
from models.accounts.account import Account
from models.accounts.localization import Localization, LocalizationRule
from models.accounts.pick_list import Alteration
from models.accounts.rate_group import RateGroup
from models.accounts.tax import Tax
from models.ids import new_id
from models.rules.enums import AccountStatus, ActiveStatus, CallDirection, LocalizationTarget
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.localization import Translation
from models.rules.pick_lists import LocalizationDraft, PickListPatch, RateGroupDraft, TaxDraft
from tests import people

pytestmark = pytest.mark.usefixtures("database")

STRIP = Translation(CallDirection.OUTBOUND, LocalizationTarget.NUMBER, "00", "+")
KEEP = Translation(CallDirection.OUTBOUND, LocalizationTarget.NUMBER, "*", "")


def codes(refused: pytest.ExceptionInfo[DomainError]) -> list[tuple[ErrorCode, tuple[str, ...]]]:
    return [(problem.code, problem.field) for problem in refused.value.problems]


def patch(row_id: UUID, version: int | None = None, **changes: object) -> Alteration:
    return Alteration(row_id, PickListPatch(changes), version)


async def test_a_row_is_the_callers_or_of_a_reseller_that_the_caller_sees() -> None:
    admin = await people.administrator()
    upper, stranger = await people.reseller(admin), await people.reseller(admin)
    lower = await people.reseller(upper)
    upper = await people.person(upper.id, upper.login)
    for by, asked, owner in (
        (admin, None, None),
        (admin, lower.id, lower.id),
        (upper, None, upper.id),
        (upper, lower.id, lower.id),
    ):
        made = await RateGroup.introduce(
            RateGroupDraft(name=f"{by.login} {asked}", reseller_id=asked), by.viewer
        )
        assert (await RateGroup.get(id=made)).reseller_id == owner
    await Account.filter(id=stranger.id).update(status=AccountStatus.DELETING)
    for by, asked in (
        (upper, stranger.id),
        (lower, upper.id),
        (admin, stranger.id),
        (admin, new_id()),
    ):
        with pytest.raises(DomainError) as refused:
            await RateGroup.introduce(RateGroupDraft(name="X", reseller_id=asked), by.viewer)
        assert codes(refused) == [(ErrorCode.NOT_FOUND, ("resellerId",))]


async def test_a_name_is_used_once_within_an_owner() -> None:
    admin = await people.administrator()
    rita = await people.reseller(admin)
    await RateGroup.introduce(RateGroupDraft(name="Gold"), admin.viewer)
    await RateGroup.introduce(RateGroupDraft(name="Gold"), rita.viewer)
    with pytest.raises(DomainError) as refused:
        await RateGroup.introduce(RateGroupDraft(name="gOLD"), admin.viewer)
    assert codes(refused) == [(ErrorCode.TAKEN, ("name",))]
    tries = (RateGroup.introduce(RateGroupDraft(name="Silver"), admin.viewer) for _ in range(20))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, DomainError) for outcome in outcomes) == 19
    assert await RateGroup.filter(name="Silver").count() == 1


async def test_a_rate_group_is_renamed_and_switched() -> None:
    admin = await people.administrator()
    group = await people.rate_group(admin)
    await RateGroup.revise(patch(group, 1, name="Gold", status=ActiveStatus.INACTIVE), admin.viewer)
    row = await RateGroup.get(id=group)
    assert (row.name, row.status, row.version) == ("Gold", ActiveStatus.INACTIVE, 2)
    await RateGroup.revise(patch(group, name="Gold"), admin.viewer)
    assert (await RateGroup.get(id=group)).version == 2
    event = await AuditEvent.get(action="rateGroupUpdate")
    assert {change["field"] for change in event.changes} == {"name", "status"}
    with pytest.raises(DomainError) as stale:
        await RateGroup.revise(patch(group, 1, name="Old"), admin.viewer)
    assert codes(stale) == [(ErrorCode.VERSION_CONFLICT, ("expectedVersion",))]


async def test_others_rows_are_not_there_to_be_changed() -> None:
    admin = await people.administrator()
    rita, other = await people.reseller(admin), await people.reseller(admin)
    for group in (await people.rate_group(admin), await people.rate_group(admin, other), new_id()):
        with pytest.raises(DomainError) as refused:
            await RateGroup.revise(patch(group, name="Mine"), rita.viewer)
        assert codes(refused) == [(ErrorCode.NOT_FOUND, ("id",))]
    assert await RateGroup.filter(name="Mine").count() == 0


async def test_nothing_can_be_cleared() -> None:
    admin = await people.administrator()
    group = await people.rate_group(admin)
    with pytest.raises(Refused) as refused:
        await RateGroup.revise(patch(group, name=None, status=None), admin.viewer)
    assert codes(refused) == [(ErrorCode.REQUIRED, ("name",)), (ErrorCode.REQUIRED, ("status",))]


async def test_the_rules_of_a_localization_keep_their_order_and_are_replaced_as_a_whole() -> None:
    admin = await people.administrator()
    draft = LocalizationDraft(name="Germany", country_code="DE", rules=(STRIP, KEEP))
    made = await Localization.compose(draft, admin.viewer)
    assert await LocalizationRule.in_order(made) == (STRIP, KEEP)
    await Localization.rewrite(patch(made, rules=(KEEP, STRIP)), admin.viewer)
    assert await LocalizationRule.in_order(made) == (KEEP, STRIP)
    assert (await Localization.get(id=made)).version == 2
    await Localization.rewrite(patch(made, name="Deutschland"), admin.viewer)
    assert await LocalizationRule.in_order(made) == (KEEP, STRIP)
    await Localization.rewrite(patch(made, rules=()), admin.viewer)
    assert await LocalizationRule.in_order(made) == ()
    events = await AuditEvent.filter(action="localizationUpdate").order_by("at")
    assert [event.changes[0]["field"] for event in events] == ["rules", "name", "rules"]


async def test_everything_wrong_with_a_localization_is_listed() -> None:
    admin = await people.administrator()
    odd = Translation(CallDirection.INBOUND, LocalizationTarget.CALLER_ID, "", "x")
    draft = LocalizationDraft(name="", country_code="XX", rules=(STRIP, odd))
    with pytest.raises(Refused) as refused:
        await Localization.compose(draft, admin.viewer)
    assert codes(refused) == [
        (ErrorCode.REQUIRED, ("name",)),
        (ErrorCode.INVALID, ("countryCode",)),
        (ErrorCode.INVALID, ("rules", "1", "cut")),
        (ErrorCode.INVALID, ("rules", "1", "add")),
    ]
    assert await Localization.all().count() == 0


async def test_a_default_tax_goes_to_new_accounts_of_its_owner() -> None:
    admin = await people.administrator()
    rita = await people.reseller(admin)
    vat = TaxDraft(name="VAT", rate_percent=Decimal(19), is_default=True)
    made = await Tax.levy(vat, rita.viewer)
    await Tax.levy(vat, admin.viewer)
    carla = await people.customer(rita, rita)
    assert await Tax.filter(links__account_id=carla.id).values_list("id", flat=True) == [made]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"rate_percent": Decimal("100.01")}, "ratePercent"),
        ({"rate_percent": Decimal(-1)}, "ratePercent"),
        ({"rate_percent": Decimal("0.1234567")}, "ratePercent"),
        ({"rate_percent": Decimal(1), "fixed_amount": Decimal(-1)}, "fixedAmount"),
        ({"rate_percent": Decimal(1), "priority": 1001}, "priority"),
    ],
)
async def test_a_tax_out_of_range_is_refused(fields: dict[str, Decimal], field: str) -> None:
    admin = await people.administrator()
    with pytest.raises(Refused) as refused:
        await Tax.levy(TaxDraft(name="Odd", **fields), admin.viewer)  # type: ignore[arg-type]  # a table of cases
    assert refused.value.field == (field,)
    assert await Tax.all().count() == 0


async def test_a_tax_is_reordered_but_its_rate_never_changes() -> None:
    admin = await people.administrator()
    made = await Tax.levy(TaxDraft(name="VAT", rate_percent=Decimal(19)), admin.viewer)
    await Tax.adjust(patch(made, priority=5, is_default=True), admin.viewer)
    row = await Tax.get(id=made)
    assert (row.priority, row.is_default, row.rate_percent) == (5, True, Decimal(19))
    with pytest.raises(Refused):
        await Tax.adjust(patch(made, priority=5000), admin.viewer)
