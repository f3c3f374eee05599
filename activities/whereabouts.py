"""Where a log line was written: the workflow, the job behind it, and the step.

What the line says is its writer's matter.
"""

from __future__ import annotations

import logging
from uuid import UUID

from temporalio import activity

_OF_NO_JOB = frozenset({"mail", "sip-device", "subtree"})


def with_whereabouts(record: logging.LogRecord) -> bool:
    """A filter that lets every record through, with `workflow_id`, `job_id` and `step` added."""
    if activity.in_activity():
        info = activity.info()
        record.workflow_id, record.step = info.workflow_id, info.activity_type
        if (job_id := _job_of(info.workflow_id or "")) is not None:
            record.job_id = job_id
    return True


def _job_of(workflow_id: str) -> str | None:
    """The job whose workflow it is: `import/<job id>`; devices and mails have other names."""
    kind, _, name = workflow_id.partition("/")
    if kind in _OF_NO_JOB:
        return None
    try:
        return str(UUID(name))
    except ValueError:
        return None  # a schedule's, with the instant in its name
