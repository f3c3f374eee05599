"""Lists of facts, refusals and permissions."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from models.rules import enums
from models.rules.countries import COUNTRIES
from models.rules.currencies import MINOR_DIGITS
from models.rules.enums import Role
from models.rules.errors import DomainError, ErrorCode, Problem, Refused, Unavailable
from models.rules.permissions import (
    CATALOGUE,
    CEILINGS,
    CUSTOMER_EDITABLE_FIELDS,
    DEFAULTS,
    grant_problems,
    held,
)
from models.rules.time_zones import is_zone, zone_named, zone_names
from models.rules.viewer import Viewer


def test_countries_are_those_of_iso_3166() -> None:
    assert len(COUNTRIES) == 249
    for code, country in COUNTRIES.items():
        assert code == country.code
        assert len(code) == 2
        assert code.isalpha()
        assert code.isupper()
        assert country.name.strip() == country.name != ""
        assert 1 <= len(country.dial_code) <= 4
        assert country.dial_code.isdecimal()
    assert COUNTRIES["GB"].dial_code == "44"
    assert COUNTRIES["CI"].name == "Côte d'Ivoire"


def test_currencies_are_three_capitals() -> None:
    assert all(len(code) == 3 and code.isupper() for code in MINOR_DIGITS)
    assert len(MINOR_DIGITS) > 150
    assert set(MINOR_DIGITS.values()) == {0, 2, 3}


def test_zones_are_places_that_keep_time() -> None:
    assert {"Europe/Berlin", "Asia/Kolkata", "Asia/Calcutta", "UTC"} <= zone_names()
    assert not is_zone("Factory")
    assert not is_zone("europe/berlin")
    assert zone_named("Europe/Berlin").key == "Europe/Berlin"


def test_every_word_is_its_own_name() -> None:
    words = [kind for kind in vars(enums).values() if isinstance(kind, type(enums.Role))]
    assert len(words) > 30
    assert all(member.name == member.value for kind in words for member in kind)


def test_a_refusal_carries_all_its_problems() -> None:
    problems = (
        Problem(ErrorCode.REQUIRED, ("email",), "E-mail is required."),
        Problem(ErrorCode.INVALID, ("address", "line1"), "Line1 is odd."),
    )
    refused = Refused(problems)
    assert isinstance(refused, DomainError)
    assert refused.problems == problems
    assert (refused.code, refused.field, refused.message) == (
        ErrorCode.REQUIRED,
        ("email",),
        "E-mail is required.",
    )
    assert str(refused) == "E-mail is required."


def test_one_broken_rule_is_one_problem() -> None:
    error = DomainError(ErrorCode.TAKEN, ("number",), "Number is taken.")
    assert error.problems == (Problem(ErrorCode.TAKEN, ("number",), "Number is taken."),)


def test_unavailable_says_when_to_come_back() -> None:
    assert Unavailable("The database is away.", 5).retry_after_seconds == 5


def viewer(role: Role, permissions: frozenset[str]) -> Viewer:
    return Viewer(role, UUID(int=1), UUID(int=2), permissions, (UUID(int=2),), "UTC", "someone")


@pytest.mark.parametrize("role", list(Role))
def test_defaults_stay_below_their_ceiling_and_ceilings_in_the_catalogue(role: Role) -> None:
    assert DEFAULTS[role] <= CEILINGS[role] <= CATALOGUE


def test_resellers_get_no_providers_no_inventory_and_no_import_unless_given() -> None:
    assert not {"providers:create", "inventory:write"} & CEILINGS[Role.RESELLER]
    assert "customers:import" in CEILINGS[Role.RESELLER] - DEFAULTS[Role.RESELLER]


def test_an_administrator_holds_everything_whatever_was_chosen() -> None:
    assert held(Role.ADMIN, []) == CATALOGUE


def test_chosen_permissions_are_cut_at_the_ceiling() -> None:
    chosen = ["customers:read", "staff:write"]
    assert held(Role.RESELLER, chosen) == {"customers:read"}
    assert held(Role.SUB_ADMIN, chosen) == set(chosen)
    assert held(Role.SUB_ADMIN, None) == DEFAULTS[Role.SUB_ADMIN]


def test_nobody_grants_what_they_lack() -> None:
    granter = viewer(Role.RESELLER, frozenset({"customers:read", "staff:write"}))
    wanted = ["customers:read", "customers:read", "staff:write", "money:refill", "fly:away"]
    found = grant_problems(granter, Role.RESELLER, wanted)
    assert [(problem.code, problem.field) for problem in found] == [
        (ErrorCode.FORBIDDEN, ("permissions",)),
        (ErrorCode.FORBIDDEN, ("permissions",)),
        (ErrorCode.INVALID, ("permissions",)),
    ]


def test_only_staff_see_everything_and_only_resellers_own() -> None:
    none: frozenset[str] = frozenset()
    assert [viewer(role, none).is_staff for role in Role] == [True, True, False, False]
    assert [viewer(role, none).owner_id for role in Role] == [None, None, UUID(int=2), None]


def test_an_api_key_may_hold_less_than_its_role() -> None:
    key = viewer(Role.ADMIN, frozenset({"cdrs:read"}))
    assert key.may("cdrs:read")
    assert not key.may("customers:read")


def test_customers_change_nothing_about_money() -> None:
    assert not {"creditLimit", "rateGroupId", "status", "type"} & CUSTOMER_EDITABLE_FIELDS


@pytest.mark.parametrize("name", ["Mars", "", "../tzdata", "Europe", "europe/berlin"])
def test_an_unknown_zone_has_no_rules(name: str) -> None:
    with pytest.raises(KeyError, match="No time zone"):
        zone_named(name)


def test_zones_come_from_the_pinned_database_whatever_the_system_has() -> None:
    # Cuba keeps summer time from 2026 on: older databases of systems do not know it.
    noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert noon.astimezone(zone_named("America/Havana")).utcoffset() == timedelta(hours=-4)
    assert zone_named("Europe/Berlin") is zone_named("Europe/Berlin")
