"""Every story and step is served by a worker, and nothing secret or personal travels with one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from temporalio import activity, workflow

from tests.house import durable_work
from tests.house.durable_work import complaints, steps, stories, travelling
from workflows.catalogue import JOB_STEPS, ON_QUEUE


@dataclass(frozen=True)
class Login:
    account_id: str
    portal_password: str


@dataclass(frozen=True)
class Nested:
    logins: Sequence[Login]


@dataclass
class Loose:
    account_id: str


async def takes_a_secret(login: Login) -> None: ...
async def hides_a_secret(nested: Nested | None) -> None: ...
async def takes_anything(anything: dict[str, Any]) -> None: ...
async def may_be_changed_on_the_way(loose: Loose) -> None: ...
async def answers_a_secret() -> tuple[Login, ...] | None: ...


@activity.defn
async def forgotten_step() -> None:
    """Stands in no catalogue."""


@workflow.defn
class ForgottenStory:
    """Stands in no catalogue."""

    @workflow.run
    async def run(self) -> None:
        """Nothing."""


def test_every_step_is_served_by_one_queue_but_those_of_every_job() -> None:
    served = [step for queue in ON_QUEUE.values() for step in queue.activities]
    assert set(served) == steps()
    repeated = {step for step in served if served.count(step) > 1}
    assert repeated <= set(JOB_STEPS)


def test_every_story_is_served_by_one_queue() -> None:
    served = [story for queue in ON_QUEUE.values() for story in queue.workflows]
    assert set(served) == stories()
    assert len(served) == len(set(served))


def test_what_is_decorated_is_found() -> None:
    assert hasattr(forgotten_step, durable_work.ACTIVITY)
    assert durable_work.WORKFLOW in vars(ForgottenStory)
    assert {"run", "steered"} <= {function.__name__ for function in travelling()}


def test_only_ids_and_numbers_travel() -> None:
    assert [words for function in travelling() for words in complaints(function)] == []


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (takes_a_secret, "Login.portal_password must not travel"),
        (hides_a_secret, "Login.portal_password must not travel"),
        (answers_a_secret, "Login.portal_password must not travel"),
        (may_be_changed_on_the_way, "Loose is not frozen"),
    ],
)
def test_what_must_not_travel_is_seen(function: Any, words: str) -> None:
    assert list(complaints(function)) == [words]


def test_a_payload_that_can_hold_anything_is_seen() -> None:
    assert len(list(complaints(takes_anything))) == 1
