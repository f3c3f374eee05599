"""Steering a job: pause, resume, cancel, try again what failed.

A wish takes effect between two pieces of work; what is committed stays.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

import strawberry

from models.jobs.job import Job as JobRecord
from models.jobs.retrying import retry_failed_rows
from models.rules.viewer import Viewer
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import idempotency_key, required, row_id
from schema.jobs.job import Job
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import loaded


@strawberry.input(description="The job to pause.")
class JobPauseInput:
    """Repeats without harm."""

    id: strawberry.ID = required("The job.")


@strawberry.input(description="The job to go on with.")
class JobResumeInput:
    """Repeats without harm."""

    id: strawberry.ID = required("The job.")


@strawberry.input(description="The job to end.")
class JobCancelInput:
    """Repeats without harm."""

    id: strawberry.ID = required("The job.")


@strawberry.input(description="The job whose rejected rows are to be tried again.")
class JobRetryFailedRowsInput:
    """The job has ended."""

    idempotency_key: str | None = idempotency_key()
    id: strawberry.ID = required("The job.")


@strawberry.type
class _JobPayload(Payload):
    job_id: strawberry.Private[UUID | None] = None
    job: Job | None = loaded(description="The job.")


@strawberry.type(description="What jobPause answers.")
class JobPausePayload(_JobPayload):
    """The job, paused or about to be."""


@strawberry.type(description="What jobResume answers.")
class JobResumePayload(_JobPayload):
    """The job, going on."""


@strawberry.type(description="What jobCancel answers.")
class JobCancelPayload(_JobPayload):
    """The job, ended or about to."""


@strawberry.type(description="What jobRetryFailedRows answers.")
class JobRetryFailedRowsPayload(_JobPayload):
    """The new job, over the rows that failed."""


@strawberry.type
class JobMutations:
    """Steering of jobs one sees."""

    @mutation(permission="jobs:control", description="Stops a job between two pieces of work.")
    async def job_pause(
        self,
        info: Info,
        input: JobPauseInput,
    ) -> JobPausePayload | None:
        """Pause."""
        return JobPausePayload(job_id=await _steered(JobRecord.pause, info, input.id))

    @mutation(permission="jobs:control", description="Lets a paused job go on.")
    async def job_resume(
        self,
        info: Info,
        input: JobResumeInput,
    ) -> JobResumePayload | None:
        """Resume."""
        return JobResumePayload(job_id=await _steered(JobRecord.resume, info, input.id))

    @mutation(
        permission="jobs:control",
        description="Ends a job after the pieces that are running; what is committed stays.",
    )
    async def job_cancel(
        self,
        info: Info,
        input: JobCancelInput,
    ) -> JobCancelPayload | None:
        """Cancel."""
        return JobCancelPayload(job_id=await _steered(JobRecord.cancel, info, input.id))

    @mutation(
        permission="jobs:control",
        description="Starts a new job over the rejected and failed rows of one that has ended,"
        " for whoever may start such a job.",
    )
    async def job_retry_failed_rows(
        self,
        info: Info,
        input: JobRetryFailedRowsInput,
    ) -> JobRetryFailedRowsPayload | None:
        """Try again."""
        return JobRetryFailedRowsPayload(job_id=await _steered(retry_failed_rows, info, input.id))


async def _steered(
    verb: Callable[[UUID, Viewer], Awaitable[JobRecord]], info: Info, job: strawberry.ID
) -> UUID:
    return (await verb(row_id("Job", job) or NOBODY, info.context.signed_in)).id
