"""A log line of a worker says in which workflow, for which job and in which step it was written."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from temporalio.testing import ActivityEnvironment

from activities.whereabouts import with_whereabouts

JOB = "0195d6a0-0000-7000-8000-000000000001"


def written_in(workflow_id: str) -> dict[str, object]:
    environment = ActivityEnvironment()
    environment.info = replace(
        environment.info, workflow_id=workflow_id, activity_type="import_piece"
    )
    record = logging.makeLogRecord({})
    assert environment.run(with_whereabouts, record)
    return {name: getattr(record, name, None) for name in ("workflow_id", "job_id", "step")}


@pytest.mark.parametrize(
    ("workflow_id", "job_id"),
    [
        (f"import/{JOB}", JOB),
        (f"sip-device/{JOB}", None),
        (f"mail/{JOB}", None),
        ("billing-sweep-workflow-2026-01-01T00:00:00Z", None),
    ],
)
def test_a_line_names_its_workflow_its_job_and_its_step(
    workflow_id: str, job_id: str | None
) -> None:
    expected = {"workflow_id": workflow_id, "job_id": job_id, "step": "import_piece"}
    assert written_in(workflow_id) == expected


def test_a_line_outside_of_a_step_is_left_as_it_is() -> None:
    record = logging.makeLogRecord({})
    assert with_whereabouts(record)
    assert not hasattr(record, "workflow_id")
