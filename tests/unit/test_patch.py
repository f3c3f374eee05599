"""Updates: absent keeps, null clears, a value sets, under the rules of the draft."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from models.rules.draft import CustomerDraft, ResellerDraft
from models.rules.enums import AccountType, BillingSchedule, CliPool, Role
from models.rules.field_rules import FIELD_RULES, FieldValue, Policy
from models.rules.patch import CustomerPatch, ResellerPatch
from models.rules.viewer import Viewer
from tests.unit.test_draft import complaints

POLICY = Policy(default_currency_code="EUR")
NOW = CustomerDraft(
    type=AccountType.POSTPAID,
    number="1001",
    email="ann@example.com",
    first_name="Ann",
    last_name="Lee",
    currency_code="JPY",
    rate_group_id=uuid4(),
    billing_day=5,
)
ACCOUNT = UUID(int=7)


def refusals(changes: dict[str, FieldValue], now: CustomerDraft = NOW) -> list[tuple[str, str]]:
    return complaints(CustomerPatch(changes).problems(now, POLICY))


def test_a_change_of_nothing_breaks_nothing() -> None:
    assert refusals({}) == []
    assert CustomerPatch({}).applied_to(NOW) == NOW


def test_a_value_sets_and_null_clears_and_absence_keeps() -> None:
    patch = CustomerPatch({"first_name": "Bea", "last_name": None, "company": ""})
    assert patch.problems(NOW, POLICY) == ()
    assert patch.applied_to(NOW) == replace(NOW, first_name="Bea", last_name=None)


@pytest.mark.parametrize(
    "name", ["number", "password", "pin", "type", "reseller_id", "currency_code", "opening_balance"]
)
def test_what_can_not_be_changed_is_immutable(name: str) -> None:
    assert refusals({name: "x"}) == [("IMMUTABLE", FIELD_RULES[name].path[0])]


@pytest.mark.parametrize("name", sorted(CustomerPatch.PATCHABLE))
def test_null_clears_what_may_be_empty_and_is_refused_elsewhere(name: str) -> None:
    daily = replace(NOW, billing_schedule=BillingSchedule.DAILY, billing_day=None)
    rule = FIELD_RULES[name]
    expected = [] if rule.clearable else [("REQUIRED", ".".join(rule.path))]
    assert refusals({name: None}, daily) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"email": "nobody"}, [("INVALID", "email")]),
        ({"phone": "x" * 40}, [("TOO_LONG", "phone")]),
        ({"postal_code": "x" * 40}, [("TOO_LONG", "address.postalCode")]),
        ({"credit_limit": Decimal("0.5")}, [("INVALID", "creditLimit")]),
        ({"credit_limit": Decimal(-5)}, [("OUT_OF_RANGE", "creditLimit")]),
        ({"cli_pool": CliPool.NON_CLI_RATE_GROUP_UNLESS_DID}, [("REQUIRED", "nonCliRateGroupId")]),
        ({"billing_day": None}, [("REQUIRED", "billingDay")]),
        ({"billing_day": 40}, [("OUT_OF_RANGE", "billingDay")]),
        ({"expires_at": datetime(2030, 1, 1)}, [("INVALID", "expiresAt")]),  # noqa: DTZ001 - without a zone on purpose
        ({"expires_at": datetime(9999, 1, 1, tzinfo=UTC)}, [("OUT_OF_RANGE", "expiresAt")]),
        (
            {"expires_at": datetime(2030, 1, 1, tzinfo=UTC), "valid_days": 5},
            [("INVALID", "expiresAt")],
        ),
    ],
)
def test_changes_break_the_same_rules_as_drafts(
    changes: dict[str, FieldValue], expected: list[tuple[str, str]]
) -> None:
    assert refusals(changes) == expected


def test_prepaid_accounts_take_no_credit_limit() -> None:
    prepaid = replace(NOW, type=AccountType.PREPAID)
    assert refusals({"credit_limit": Decimal(5)}, prepaid) == [
        ("NOT_ALLOWED_FOR_PREPAID", "creditLimit")
    ]


def test_a_rule_that_no_change_touches_is_not_asked() -> None:
    odd = replace(NOW, cli_pool=CliPool.NON_CLI_RATE_GROUP_UNLESS_DID)
    assert refusals({"first_name": "Bea"}, odd) == []
    assert refusals({"non_cli_rate_group_id": None}, odd) == [("REQUIRED", "nonCliRateGroupId")]


def test_a_daily_schedule_takes_the_day_away() -> None:
    patch = CustomerPatch({"billing_schedule": BillingSchedule.DAILY})
    assert patch.problems(NOW, POLICY) == ()
    assert patch.applied_to(NOW).billing_day is None


def test_a_monthly_schedule_needs_a_day() -> None:
    daily = replace(NOW, billing_schedule=BillingSchedule.DAILY, billing_day=None)
    monthly: dict[str, FieldValue] = {"billing_schedule": BillingSchedule.MONTHLY}
    assert refusals(monthly, daily) == [("REQUIRED", "billingDay")]
    assert refusals(monthly | {"billing_day": 31}, daily) == []


def viewer(role: Role, account_id: UUID | None) -> Viewer:
    return Viewer(role, UUID(int=1), account_id, frozenset(), (), "UTC", "someone")


@pytest.mark.parametrize(
    ("role", "account_id", "expected"),
    [
        (Role.ADMIN, None, []),
        (Role.RESELLER, UUID(int=8), []),
        (Role.RESELLER, ACCOUNT, [("FORBIDDEN", "creditLimit")]),
        (Role.CUSTOMER, ACCOUNT, [("FORBIDDEN", "creditLimit"), ("FORBIDDEN", "timeZone")]),
    ],
)
def test_nobody_raises_their_own_limits(
    role: Role, account_id: UUID | None, expected: list[tuple[str, str]]
) -> None:
    patch = CustomerPatch({"first_name": "B", "credit_limit": Decimal(9), "time_zone": "UTC"})
    found = patch.own_account_problems(viewer(role, account_id), ACCOUNT)
    assert complaints(found) == expected


def test_a_reseller_is_changed_by_the_same_rules() -> None:
    reseller = ResellerDraft(email="r@example.com", first_name="Rae", billing_day=1)
    patch = ResellerPatch({"credit_limit": Decimal(5), "realm": "other.example", "city": None})
    assert complaints(patch.problems(reseller, POLICY)) == [
        ("IMMUTABLE", "realm"),
        ("NOT_ALLOWED_FOR_PREPAID", "creditLimit"),
    ]
