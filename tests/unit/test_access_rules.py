"""What staff, keys, pick lists and the settings may be, before any database is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models.rules.access_draft import (
    ApiKeyDraft,
    StaffDraft,
    StaffPatch,
    StaffPowers,
    power_problems,
)
from models.rules.enums import ActiveStatus, CallDirection, LocalizationTarget, Role
from models.rules.errors import ErrorCode, Problem
from models.rules.house_settings import SettingsPatch
from models.rules.localization import RULES_MOST, Translation
from models.rules.permissions import CATALOGUE
from models.rules.pick_lists import LocalizationDraft, PickListPatch, RateGroupDraft, TaxDraft
from models.rules.viewer import Viewer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RULE = Translation(CallDirection.OUTBOUND, LocalizationTarget.NUMBER, "00", "+")


def viewer(role: Role, permissions: frozenset[str] = CATALOGUE, number: int = 1) -> Viewer:
    return Viewer(
        role=role,
        principal_id=UUID(int=number),
        account_id=None,
        permissions=permissions,
        reseller_ids=(),
        time_zone="UTC",
        name="Ada",
    )


def told(problems: tuple[Problem, ...]) -> list[tuple[ErrorCode, str]]:
    return [(problem.code, ".".join(problem.field)) for problem in problems]


def powers(role: Role, permissions: tuple[str, ...] | None = None) -> StaffPowers:
    return StaffPowers(role=role, permissions=permissions, status=ActiveStatus.ACTIVE)


@pytest.mark.parametrize(
    ("granter", "now", "wanted", "refused"),
    [
        (viewer(Role.ADMIN), powers(Role.SUB_ADMIN), powers(Role.ADMIN), []),
        (viewer(Role.ADMIN), powers(Role.ADMIN), powers(Role.SUB_ADMIN), []),
        (viewer(Role.SUB_ADMIN), powers(Role.SUB_ADMIN), powers(Role.ADMIN), ["role"]),
        (viewer(Role.SUB_ADMIN), powers(Role.ADMIN), powers(Role.SUB_ADMIN), ["role"]),
        (
            viewer(Role.SUB_ADMIN, frozenset({"cdrs:read"})),
            powers(Role.SUB_ADMIN, ("money:refill",)),
            powers(Role.SUB_ADMIN, ("money:refill", "cdrs:read")),
            [],
        ),
        (
            viewer(Role.SUB_ADMIN, frozenset({"cdrs:read"})),
            powers(Role.SUB_ADMIN, ()),
            powers(Role.SUB_ADMIN, ("money:refill", "cdrs:read")),
            ["permissions"],
        ),
        # An administrator's API key with fewer words does not make administrators.
        (
            viewer(Role.ADMIN, CATALOGUE - {"money:refill"}),
            powers(Role.SUB_ADMIN, ()),
            powers(Role.ADMIN),
            ["role"],
        ),
        # Back to what the role starts with is a grant like any other.
        (
            viewer(Role.SUB_ADMIN, frozenset({"staff:write"})),
            powers(Role.SUB_ADMIN, ()),
            powers(Role.SUB_ADMIN, None),
            ["permissions"] * 3,
        ),
    ],
)
def test_nobody_gives_powers_they_lack(
    granter: Viewer, now: StaffPowers, wanted: StaffPowers, refused: list[str]
) -> None:
    found = power_problems(granter, UUID(int=2), now, wanted)
    assert told(found) == [(ErrorCode.FORBIDDEN, field) for field in refused]


def test_nobody_changes_their_own_powers_but_naming_them_again_is_no_change() -> None:
    one = viewer(Role.ADMIN)
    same = power_problems(one, one.principal_id, powers(Role.ADMIN), powers(Role.ADMIN))
    assert same == ()
    less = powers(Role.SUB_ADMIN, ())
    found = power_problems(one, one.principal_id, powers(Role.ADMIN), less)
    assert told(found) == [(ErrorCode.FORBIDDEN, "role"), (ErrorCode.FORBIDDEN, "permissions")]


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({}, []),
        ({"name": "x" * 81}, [(ErrorCode.TOO_LONG, "name")]),
        ({"name": "a\0b"}, [(ErrorCode.INVALID, "name")]),
        ({"email": ""}, [(ErrorCode.REQUIRED, "email")]),
        ({"email": "a@b@c"}, [(ErrorCode.INVALID, "email")]),
        ({"role": Role.CUSTOMER}, [(ErrorCode.INVALID, "role")]),
        ({"permissions": ("no:word",)}, [(ErrorCode.INVALID, "permissions")]),
        ({"password": "Sam@House.Example"}, [(ErrorCode.PASSWORD_TOO_WEAK, "password")]),
    ],
)
def test_a_staff_draft_tells_what_is_wrong(
    fields: dict[str, Any], refused: list[tuple[ErrorCode, str]]
) -> None:
    good: dict[str, Any] = {"name": "Sam", "email": "sam@house.example", "role": Role.SUB_ADMIN}
    draft = StaffDraft(**(good | fields))
    assert told(draft.problems(viewer(Role.ADMIN))) == refused


def test_only_permissions_of_staff_can_be_cleared() -> None:
    patch = StaffPatch({"name": None, "role": None, "status": None, "permissions": None})
    assert told(patch.problems()) == [
        (ErrorCode.REQUIRED, "name"),
        (ErrorCode.REQUIRED, "role"),
        (ErrorCode.REQUIRED, "status"),
    ]


@pytest.mark.parametrize(
    ("expires_at", "refused"),
    [
        (None, []),
        (NOW + timedelta(seconds=1), []),
        (NOW, [(ErrorCode.OUT_OF_RANGE, "expiresAt")]),
    ],
)
def test_a_key_expires_in_the_future(
    expires_at: datetime | None, refused: list[tuple[ErrorCode, str]]
) -> None:
    draft = ApiKeyDraft(name="x", permissions=("cdrs:read",), expires_at=expires_at)
    assert told(draft.problems(viewer(Role.ADMIN), NOW)) == refused


@pytest.mark.parametrize(
    ("problems", "refused"),
    [
        (RateGroupDraft(name="Gold").problems(), []),
        (RateGroupDraft(name="\u202egold").problems(), [(ErrorCode.INVALID, "name")]),
        (LocalizationDraft(name="World", rules=(RULE,)).problems(), []),
        (
            LocalizationDraft(name="World", rules=(RULE,) * (RULES_MOST + 1)).problems(),
            [(ErrorCode.LIMIT_EXCEEDED, "rules")],
        ),
        (TaxDraft(name="VAT", rate_percent=Decimal(100)).problems(), []),
        (TaxDraft(name="Fee", rate_percent=Decimal(0)).problems(), []),
        (
            TaxDraft(name="VAT", rate_percent=Decimal("NaN")).problems(),
            [(ErrorCode.INVALID, "ratePercent")],
        ),
        (PickListPatch({}).problems(), []),
        (PickListPatch({"priority": -1000}).problems(), []),
        (PickListPatch({"priority": -1001}).problems(), [(ErrorCode.OUT_OF_RANGE, "priority")]),
        (PickListPatch({"is_default": None}).problems(), [(ErrorCode.REQUIRED, "isDefault")]),
        (PickListPatch({"rules": None}).problems(), [(ErrorCode.REQUIRED, "rules")]),
        (SettingsPatch({"pin_minimum_length": 4}).problems(), []),
        (
            SettingsPatch({"account_number_length": 5}).problems(),
            [(ErrorCode.OUT_OF_RANGE, "accountNumberLength")],
        ),
        (
            SettingsPatch({"low_balance_default": Decimal("Infinity")}).problems(),
            [(ErrorCode.INVALID, "lowBalanceDefault")],
        ),
    ],
)
def test_what_forms_offer_and_the_settings_have_their_ranges(
    problems: tuple[Problem, ...], refused: list[tuple[ErrorCode, str]]
) -> None:
    assert told(problems) == refused
