"""One change of many customers: what is wrong with it, and what it makes of an account."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from models.ids import new_id
from models.rules.batch_change import BatchChange, NumberChange, Way
from models.rules.enums import AccountStatus

LATER = datetime(2100, 1, 1, tzinfo=UTC)
NOW: dict[str, Any] = {
    "credit_limit": Decimal(100),
    "concurrent_calls": 10,
    "calls_per_second": 0,
    "valid_days": None,
}


def by(way: Way, amount: str) -> NumberChange:
    return NumberChange(way, Decimal(amount))


def told(change: BatchChange) -> list[tuple[str, tuple[str, ...]]]:
    return [(problem.code, problem.field) for problem in change.problems()]


def test_a_change_of_nothing_is_refused() -> None:
    assert told(BatchChange()) == [("REQUIRED", ("changes",))]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        (BatchChange(status=AccountStatus.DELETED), "INVALID", "status"),
        (BatchChange(status=AccountStatus.DELETING), "INVALID", "status"),
        (BatchChange(cleared=("status",)), "REQUIRED", "status"),
        (BatchChange(cleared=("rate_group_id",)), "REQUIRED", "rateGroupId"),
        (BatchChange(balance=by(Way.INCREASE, "0")), "OUT_OF_RANGE", "balance"),
        (BatchChange(balance=by(Way.DECREASE, "-1")), "OUT_OF_RANGE", "balance"),
        (BatchChange(credit_limit=by(Way.SET, "-1")), "OUT_OF_RANGE", "creditLimit"),
        (BatchChange(concurrent_calls=by(Way.SET, "1.5")), "INVALID", "concurrentCalls"),
        (BatchChange(calls_per_second=by(Way.INCREASE, "0.5")), "INVALID", "callsPerSecond"),
        (BatchChange(concurrent_calls=by(Way.SET, "100001")), "OUT_OF_RANGE", "concurrentCalls"),
        (BatchChange(valid_days=by(Way.SET, "36501")), "OUT_OF_RANGE", "validDays"),
        (BatchChange(balance_below=by(Way.SET, "-1")), "OUT_OF_RANGE", "balanceBelow"),
    ],
)
def test_what_no_account_can_take_is_refused_at_its_field(
    change: BatchChange, code: str, field: str
) -> None:
    assert told(change) == [(code, ("changes", field))]


def test_all_that_is_wrong_is_said_at_once() -> None:
    change = BatchChange(
        status=AccountStatus.DELETED,
        balance=by(Way.INCREASE, "0"),
        concurrent_calls=by(Way.SET, "1.5"),
    )
    fields = [field[-1] for _, field in told(change)]
    assert fields == ["balance", "concurrentCalls", "status"]


def test_an_expiry_is_an_instant_or_days_and_not_both() -> None:
    both = BatchChange(expires_at=LATER, valid_days=by(Way.SET, "30"))
    assert len(both.problems()) == 1
    assert not BatchChange(expires_at=LATER).problems()


@pytest.mark.parametrize(
    "change",
    [
        BatchChange(records_calls=False),
        BatchChange(status=AccountStatus.INACTIVE),
        BatchChange(balance=by(Way.SET, "0")),
        BatchChange(balance=by(Way.SET, "-5")),
        BatchChange(cleared=("expires_at",)),
    ],
)
def test_what_an_account_can_take_is_accepted(change: BatchChange) -> None:
    assert change.problems() == ()


@pytest.mark.parametrize(
    ("name", "change", "present", "expected"),
    [
        ("credit_limit", by(Way.SET, "7"), Decimal(100), Decimal(7)),
        ("credit_limit", by(Way.INCREASE, "7.5"), Decimal(100), Decimal("107.5")),
        ("credit_limit", by(Way.DECREASE, "200"), Decimal(100), Decimal(-100)),
        ("concurrent_calls", by(Way.INCREASE, "5"), 10, 15),
        ("concurrent_calls", by(Way.DECREASE, "9"), 10, 1),
        ("concurrent_calls", by(Way.SET, "0"), 10, 0),
        ("concurrent_calls", by(Way.INCREASE, "5"), 0, 0),
        ("valid_days", by(Way.INCREASE, "30"), 10, 40),
    ],
)
def test_a_number_is_set_or_moved_from_where_it_is(
    name: str, change: NumberChange, present: Any, expected: Any
) -> None:
    patched, problems = BatchChange(**{name: change}).patch(NOW | {name: present})  # type: ignore[arg-type]  # a table of cases
    assert (patched, problems) == ({name: expected}, [])


@pytest.mark.parametrize(
    ("name", "change", "present", "code"),
    [
        ("concurrent_calls", by(Way.DECREASE, "10"), 10, "OUT_OF_RANGE"),
        ("concurrent_calls", by(Way.DECREASE, "1"), 0, "OUT_OF_RANGE"),
        ("calls_per_second", by(Way.DECREASE, "99"), 3, "OUT_OF_RANGE"),
        ("valid_days", by(Way.INCREASE, "30"), None, "WRONG_STATE"),
    ],
)
def test_a_number_that_can_not_move_leaves_its_account_with_a_reason(
    name: str, change: NumberChange, present: Any, code: str
) -> None:
    patched, problems = BatchChange(**{name: change}).patch(NOW | {name: present})  # type: ignore[arg-type]  # a table of cases
    assert patched == {}
    assert [problem.code for problem in problems] == [code]


def test_money_alerts_and_status_are_no_part_of_the_patch() -> None:
    change = BatchChange(
        balance=by(Way.SET, "5"),
        balance_below=by(Way.SET, "5"),
        alert_enabled=True,
        status=AccountStatus.INACTIVE,
    )
    assert change.patch(NOW) == ({}, [])
    assert change.touches_alert
    assert not BatchChange(status=AccountStatus.INACTIVE).touches_alert


def test_what_is_given_as_null_is_cleared_and_what_is_left_out_is_kept() -> None:
    rates = new_id()
    change = BatchChange(rate_group_id=rates, cleared=("expires_at",))
    assert change.patch(NOW) == ({"expires_at": None, "rate_group_id": rates}, [])
