"""Every step is run twice by some test: whatever Temporal tries again changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from activities.devices import flush_at_switch, settle_device
from activities.jobs import cancel_job, fail_job
from tests import temporal
from tests.house.durable_work import steps
from tests.house.repeats import repeated_by, run_twice_in

run_twice: Any = None


async def names_it_only(exchange: Any) -> None:
    """Runs `run_twice(settle_device)` in words alone."""
    # One would call run_twice(settle_device) here.
    await exchange.run_once(settle_device)


async def gives_it(house: Any, exchange: Any) -> None:
    await run_twice(house, settle_device)
    await exchange.run_twice(flush_at_switch)


@pytest.mark.parametrize(("step", "status"), [(cancel_job, 1), (fail_job, 2)])
async def takes_it(house: Any, step: Any, status: int) -> None:
    await run_twice(house, step, status)


def test_every_step_is_run_twice_by_a_test() -> None:
    assert steps() - run_twice_in(temporal) == set()


@pytest.mark.parametrize(
    ("test", "found"),
    [
        (names_it_only, set()),
        (gives_it, {settle_device, flush_at_switch}),
        (takes_it, {cancel_job, fail_job}),
    ],
)
def test_what_is_run_twice_is_told_from_what_is_only_named(test: Any, found: set[Any]) -> None:
    assert set(repeated_by(test)) == found
