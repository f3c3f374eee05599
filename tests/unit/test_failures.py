"""What a failed step tells: a refusal its sentence, a fault nothing but where the log has it."""

from __future__ import annotations

import logging
from typing import Any, cast

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.failures import AWAY, FAULT, FAULT_ATTEMPTS, as_failure
from models.rules.errors import DomainError, ErrorCode
from workflows.worker import FailureBorder

QUOTED = "Key (email)=(ada@north.example) already exists."


class _Failing(ActivityInboundInterceptor):
    """The step itself."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def execute_activity(self, _: ExecuteActivityInput) -> Any:
        raise self._error


async def failed_with(error: Exception) -> BaseException:
    step = FailureBorder().intercept_activity(_Failing(error))
    with pytest.raises(ApplicationError) as raised:
        await ActivityEnvironment().run(step.execute_activity, cast("Any", None))
    return raised.value


def test_a_fault_is_told_by_a_reference_and_never_by_its_words() -> None:
    failure = as_failure(ValueError(QUOTED), attempt=1)
    assert (failure.type, failure.non_retryable) == (FAULT, False)
    assert "ada" not in failure.message
    assert as_failure(ValueError(QUOTED), FAULT_ATTEMPTS).non_retryable


def test_a_refusal_is_told_as_it_is_and_is_final() -> None:
    refusal = DomainError(ErrorCode.NOT_FOUND, ("id",), "There is no such account.")
    failure = as_failure(refusal, attempt=1)
    assert (failure.type, failure.non_retryable) == ("NOT_FOUND", True)
    assert failure.message == "There is no such account."


async def test_the_log_has_all_of_a_fault_under_its_reference(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        failure = await failed_with(ValueError(QUOTED))
    reference = str(failure).rsplit(" ", 1)[-1]
    assert reference in caplog.text
    assert QUOTED in caplog.text


async def test_a_failure_that_is_one_already_is_no_cause_of_itself() -> None:
    failure = await failed_with(ApplicationError("A switch is away.", type=AWAY))
    assert failure.__cause__ is None
