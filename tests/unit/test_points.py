"""Points a minute: what is spent, what comes back, and when to try again."""

import pytest

from gateway.limits import Points, Throttle
from schema.refusals import Refusal


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_what_is_spent_is_missing_and_comes_back_evenly() -> None:
    clock = Clock()
    points = Points(600, clock)
    assert points.spend("ada", 500) == Throttle(600, 100, 10.0)
    clock.now += 20
    assert points.spend("ada", 1) == Throttle(600, 299, 10.0)


def test_a_purse_is_never_fuller_than_the_limit() -> None:
    clock = Clock()
    points = Points(600, clock)
    points.spend("ada", 1)
    clock.now += 10_000
    throttle = points.spend("ada", 1)
    assert throttle is not None
    assert throttle.remaining == 599


def test_beyond_the_limit_the_caller_is_told_when() -> None:
    clock = Clock()
    points = Points(600, clock)
    points.spend("ada", 600)
    with pytest.raises(Refusal) as caught:
        points.spend("ada", 50)
    assert caught.value.extensions == {"code": "RATE_LIMITED", "retryAfterSeconds": 5}
    clock.now += 5
    assert points.spend("ada", 50)


def test_a_refused_spending_takes_nothing() -> None:
    points = Points(600, Clock())
    points.spend("ada", 590)
    with pytest.raises(Refusal):
        points.spend("ada", 100)
    assert points.spend("ada", 10) == Throttle(600, 0, 10.0)


def test_every_operation_costs_a_point() -> None:
    points = Points(2, Clock())
    points.spend("ada", 0)
    points.spend("ada", 0)
    with pytest.raises(Refusal):
        points.spend("ada", 0)


def test_spenders_do_not_share() -> None:
    points = Points(10, Clock())
    points.spend("ada", 10)
    assert points.spend("bob", 10) == Throttle(10, 0, 0.167)


def test_without_a_limit_nothing_is_counted() -> None:
    points = Points(0, Clock())
    assert points.spend("ada", 10**9) is None
