"""Staff: who may make whom what, and that somebody always remains who may do everything."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from models.access.audit import AuditEvent
from models.access.principal import viewer_of_token
from models.access.staff import Staff
from models.rules.access_draft import StaffDraft, StaffPatch
from models.rules.enums import ActiveStatus, Role
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.permissions import CATALOGUE
from tests import people

pytestmark = pytest.mark.usefixtures("database")


def codes(refused: pytest.ExceptionInfo[DomainError]) -> list[tuple[ErrorCode, tuple[str, ...]]]:
    return [(problem.code, problem.field) for problem in refused.value.problems]


def draft(**fields: Any) -> StaffDraft:
    told: dict[str, Any] = {"name": "Sam", "email": "sam@house.example", "role": Role.SUB_ADMIN}
    return StaffDraft(**(told | fields))


async def test_the_first_administrator_is_made_once_however_many_start_together() -> None:
    people.install_key()
    starts = (Staff.bootstrap("admin@house.example", people.PASSWORD) for _ in range(5))
    assert sorted(await asyncio.gather(*starts)) == [False, False, False, False, True]
    (admin,) = await Staff.all()
    assert (admin.role, admin.status) == (Role.ADMIN, ActiveStatus.ACTIVE)
    assert await people.sign_in(admin.email)
    (event,) = await AuditEvent.all()
    assert (event.actor, event.action) == ("system", "staffCreate")


async def test_a_generated_password_is_told_once_and_signs_in() -> None:
    admin = await people.administrator()
    appointed = await Staff.appoint(draft(), admin.viewer)
    assert appointed.password is not None
    assert await people.sign_in("SAM@house.example", appointed.password)
    given = draft(email="two@house.example", password=people.PASSWORD)
    assert (await Staff.appoint(given, admin.viewer)).password is None


async def test_everything_that_is_wrong_with_a_draft_is_listed_and_nothing_written() -> None:
    admin = await people.administrator()
    wrong = draft(name=" ", email="nobody", role=Role.RESELLER, password="short")
    with pytest.raises(Refused) as refused:
        await Staff.appoint(wrong, admin.viewer)
    assert codes(refused) == [
        (ErrorCode.REQUIRED, ("name",)),
        (ErrorCode.INVALID, ("email",)),
        (ErrorCode.INVALID, ("role",)),
        (ErrorCode.PASSWORD_TOO_WEAK, ("password",)),
    ]
    assert await Staff.all().count() == 1


async def test_an_address_in_use_by_anybody_is_taken() -> None:
    admin = await people.administrator()
    await people.customer(admin, email="carla@customers.example")
    for email in ("ADMIN@house.example", "Carla@customers.example"):
        with pytest.raises(DomainError) as refused:
            await Staff.appoint(draft(email=email), admin.viewer)
        assert codes(refused) == [(ErrorCode.TAKEN, ("email",))]
    assert await Staff.all().count() == 1


async def test_one_of_twenty_wins_an_address() -> None:
    admin = await people.administrator()
    tries = (Staff.appoint(draft(password=people.PASSWORD), admin.viewer) for _ in range(20))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert [problem.code for problem in refused] == [ErrorCode.TAKEN] * 19
    assert await Staff.filter(email="sam@house.example").count() == 1


async def test_nobody_gives_what_they_lack() -> None:
    admin = await people.administrator()
    sam = await people.staff(admin, Role.SUB_ADMIN, "staff:write", "customers:read")
    wanted = draft(email="x@house.example", permissions=("customers:read", "money:refill"))
    with pytest.raises(Refused) as refused:
        await Staff.appoint(wanted, sam.viewer)
    assert codes(refused) == [(ErrorCode.FORBIDDEN, ("permissions",))]
    with pytest.raises(Refused) as refused:
        await Staff.appoint(draft(email="x@house.example", role=Role.ADMIN), sam.viewer)
    assert codes(refused) == [(ErrorCode.FORBIDDEN, ("role",))]
    allowed = draft(email="x@house.example", permissions=("customers:read",))
    appointed = await Staff.appoint(allowed, sam.viewer)
    assert (await Staff.get(id=appointed.id)).permissions == ["customers:read"]


async def test_a_sub_administrator_with_every_word_still_makes_no_administrator() -> None:
    admin = await people.administrator()
    sam = await people.staff(admin, Role.SUB_ADMIN, *CATALOGUE)
    with pytest.raises(Refused):
        await Staff.appoint(draft(email="x@house.example", role=Role.ADMIN), sam.viewer)
    change = StaffPatch({"role": Role.SUB_ADMIN, "status": ActiveStatus.INACTIVE})
    with pytest.raises(Refused) as refused:
        await Staff.reassign(admin.id, change, sam.viewer)
    assert codes(refused) == [
        (ErrorCode.FORBIDDEN, ("role",)),
        (ErrorCode.FORBIDDEN, ("status",)),
    ]
    assert (await Staff.get(id=admin.id)).role is Role.ADMIN


async def test_what_a_person_holds_already_may_be_kept_by_whoever_lacks_it() -> None:
    admin = await people.administrator()
    sam = await people.staff(admin, Role.SUB_ADMIN, "staff:write")
    other = await people.staff(admin, Role.SUB_ADMIN, "money:refill", "cdrs:read")
    await Staff.reassign(other.id, StaffPatch({"permissions": ["money:refill"]}), sam.viewer)
    assert (await Staff.get(id=other.id)).permissions == ["money:refill"]


async def test_nobody_changes_their_own_powers() -> None:
    admin = await people.administrator()
    sam = await people.staff(admin, Role.SUB_ADMIN, "staff:write")
    for one in (admin, sam):
        with pytest.raises(Refused) as refused:
            await Staff.reassign(one.id, StaffPatch({"status": ActiveStatus.INACTIVE}), one.viewer)
        assert codes(refused) == [(ErrorCode.FORBIDDEN, ("status",))]
    await Staff.reassign(sam.id, StaffPatch({"name": "Samuel"}), sam.viewer)
    assert (await Staff.get(id=sam.id)).name == "Samuel"


async def test_two_administrators_that_demote_each_other_leave_one() -> None:
    admin = await people.administrator()
    other = await people.staff(admin, Role.ADMIN)
    demotion = StaffPatch({"role": Role.SUB_ADMIN, "permissions": []})
    outcomes = await asyncio.gather(
        Staff.reassign(other.id, demotion, admin.viewer),
        Staff.reassign(admin.id, demotion, other.viewer),
        return_exceptions=True,
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert [refusal.code for refusal in refused] == [ErrorCode.WRONG_STATE]
    assert await Staff.filter(role=Role.ADMIN).count() == 1


async def test_whoever_is_switched_off_is_signed_out_for_good() -> None:
    admin = await people.administrator()
    sam = await people.staff(admin)
    await Staff.reassign(sam.id, StaffPatch({"status": ActiveStatus.INACTIVE}), admin.viewer)
    assert await viewer_of_token(sam.token) is None
    with pytest.raises(DomainError):
        await people.sign_in(sam.login)
    await Staff.reassign(sam.id, StaffPatch({"status": ActiveStatus.ACTIVE}), admin.viewer)
    assert await viewer_of_token(sam.token) is None
    assert await people.sign_in(sam.login)


async def test_a_version_seen_by_nobody_changes_nothing() -> None:
    admin = await people.administrator()
    sam = await people.staff(admin)
    await Staff.reassign(sam.id, StaffPatch({"name": "Samuel"}), admin.viewer, 1)
    with pytest.raises(DomainError) as refused:
        await Staff.reassign(sam.id, StaffPatch({"name": "Sammy"}), admin.viewer, 1)
    assert codes(refused) == [(ErrorCode.VERSION_CONFLICT, ("expectedVersion",))]
    unchanged = await Staff.get(id=sam.id)
    assert (unchanged.name, unchanged.version) == ("Samuel", 2)


async def test_a_change_is_told_field_by_field_and_an_empty_one_not_at_all() -> None:
    admin = await people.administrator()
    sam = await people.staff(admin, Role.SUB_ADMIN, "cdrs:read")
    same = StaffPatch({"name": "Sam", "permissions": ["cdrs:read", "cdrs:read"]})
    await Staff.reassign(sam.id, same, admin.viewer)
    assert await AuditEvent.filter(action="staffUpdate").count() == 0
    await Staff.reassign(sam.id, StaffPatch({"permissions": None, "name": "S"}), admin.viewer)
    event = await AuditEvent.get(action="staffUpdate")
    assert event.changes == [
        {"field": "permissions", "old": "cdrs:read", "new": None},
        {"field": "name", "old": "Sam", "new": "S"},
    ]
    assert (event.actor_id, event.account_id) == (admin.id, None)
