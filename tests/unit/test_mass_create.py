"""Mass creation: the arithmetic of number ranges and the order of its refusals."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.account_number import NumberRange
from models.rules.enums import AccountType, BillingSchedule, CliPool
from models.rules.field_rules import Policy
from models.rules.mass_create import MassCreatePlan, capacity
from tests.unit.test_draft import complaints

POLICY = Policy("EUR")
PLAN = MassCreatePlan(
    count=100,
    prefix="49",
    number_length=6,
    type=AccountType.PREPAID,
    currency_code="EUR",
    country_code="DE",
    time_zone="Europe/Berlin",
    rate_group_id=uuid4(),
)


@pytest.mark.parametrize(
    ("changes", "unavailable", "expected"),
    [
        ({}, 0, []),
        ({"count": 10_000}, 0, []),
        ({"count": 10_000}, 1, [("NUMBER_SPACE_EXHAUSTED", "count")]),
        ({"count": 10_000}, 10_000, [("NUMBER_SPACE_EXHAUSTED", "prefix")]),
        ({}, 20_000, [("NUMBER_SPACE_EXHAUSTED", "prefix")]),
        ({"number_length": 2, "count": 10**6}, 10**9, [("OUT_OF_RANGE", "numberLength")]),
        ({"number_length": 1}, 0, [("OUT_OF_RANGE", "numberLength")]),
        ({"number_length": 21}, 0, [("OUT_OF_RANGE", "numberLength")]),
        ({"number_length": 20, "count": 1_000_000}, 0, []),
        ({"number_length": 20, "count": 1_000_001}, 0, [("OUT_OF_RANGE", "count")]),
        ({"count": 0}, 0, [("OUT_OF_RANGE", "count")]),
        ({"prefix": "+49"}, 0, [("INVALID", "prefix")]),
        ({"prefix": ""}, 0, []),
        ({"credit_limit": Decimal(1)}, 0, [("NOT_ALLOWED_FOR_PREPAID", "creditLimit")]),
        (
            {"type": AccountType.POSTPAID, "opening_balance": Decimal(1)},
            0,
            [("NOT_ALLOWED_FOR_POSTPAID", "openingBalance")],
        ),
        ({"opening_balance": Decimal("0.001")}, 0, [("INVALID", "openingBalance")]),
        (
            {"cli_pool": CliPool.NON_CLI_RATE_GROUP_UNLESS_CALLER_ID},
            0,
            [("REQUIRED", "nonCliRateGroupId")],
        ),
        (
            {"time_zone": "Mars", "valid_days": 0},
            0,
            [("INVALID", "timeZone"), ("OUT_OF_RANGE", "validDays")],
        ),
        (
            {"billing_schedule": BillingSchedule.DAILY, "billing_day": 3},
            0,
            [("INVALID", "billingDay")],
        ),
        (
            {"number_length": 2, "country_code": "ZZ"},
            0,
            [("OUT_OF_RANGE", "numberLength"), ("INVALID", "countryCode")],
        ),
    ],
)
def test_refusals_and_their_order(
    changes: dict[str, Any], unavailable: int, expected: list[tuple[str, str]]
) -> None:
    assert complaints(replace(PLAN, **changes).problems(POLICY, unavailable)) == expected


def test_too_many_accounts_are_told_how_many_would_fit() -> None:
    (problem,) = replace(PLAN, count=9_000).problems(POLICY, 1_234)
    assert problem.message == "Count is more than the 8766 numbers that are left in this range."


@given(st.integers(0, 12), st.integers(1, 8), st.integers(0, 10**9))
def test_capacity_is_what_is_left(prefix_length: int, free_digits: int, unavailable: int) -> None:
    left = capacity(NumberRange("4" * prefix_length, prefix_length + free_digits), unavailable)
    assert left == max(0, 10**free_digits - unavailable)


def test_an_account_of_the_plan_is_named_by_its_number() -> None:
    draft = replace(PLAN, generate_pin=True, create_sip_devices=True).draft("490007")
    assert (draft.number, draft.first_name, draft.email, draft.password) == (
        "490007",
        "490007",
        None,
        None,
    )
    assert draft.generate_pin
    assert draft.wants_sip_device
