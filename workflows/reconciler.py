"""Jobs whose workflow is not what their row says, found and repaired.

The row is the truth: a workflow that closed any other way than by its story fails the job.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.failures import is_infrastructure
from models.jobs import lifecycle
from models.jobs.job import TERMINAL, Job
from models.jobs.outbox import Outbox, OutboxKind
from workflows.connection import is_away

EVERY_SECONDS = 60.0
# The relay needs a moment for a new job; before that, a missing workflow means nothing.
SETTLING = timedelta(seconds=20)
LOOKED_AT = 200  # open jobs a round, oldest first; more than this at once is not a house's day

_ALIVE: Final = frozenset(
    {WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.CONTINUED_AS_NEW}
)
_log = logging.getLogger(__name__)


class Reconciler:
    """Compares open jobs with Temporal, every minute and at once when it starts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def run(self) -> None:
        """Look until cancelled; an absence of Temporal or the database is waited out."""
        while True:
            try:
                await self.look()
            except Exception as error:
                if not (is_away(error) or is_infrastructure(error)):
                    raise
                _log.warning("Open jobs can not be compared now: %s", error)
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self, settling: timedelta = SETTLING) -> None:
        """One comparison of all open jobs older than `settling`."""
        settled = datetime.now(UTC) - settling
        jobs = Job.filter(status__not_in=TERMINAL, created_at__lt=settled).order_by("created_at")
        for job in await jobs.limit(LOOKED_AT):
            await self._repair(job)

    async def _repair(self, job: Job) -> None:
        status = await self._status(job)
        if status is None:
            await _send_again(job)
        elif status not in _ALIVE:
            _log.error("Workflow %s is %s while its job is open", job.workflow_id, status.name)
            words = status.name.replace("_", " ").lower()
            await lifecycle.failed(job.id, f"The workflow of this job was {words} from outside.")

    async def _status(self, job: Job) -> WorkflowExecutionStatus | None:
        """How the job's workflow stands; None when there is none."""
        try:
            description = await self._client.get_workflow_handle(job.workflow_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        return description.status


async def _send_again(job: Job) -> None:
    waiting = Outbox.filter(kind=OutboxKind.JOB, subject_id=job.id, delivered_at=None)
    if not await waiting.exists():
        _log.error("Job %s has no workflow; it is sent again", job.id)
        await Outbox.put(OutboxKind.JOB, job.id)
