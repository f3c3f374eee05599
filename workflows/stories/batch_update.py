"""One change of many customers, piece by piece; a dry run only says what it would do.

An account that refuses the change never stops the others.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.batch_update import change_accounts, stage_changes
    from workflows.stories.job_story import JobRun, JobStory, Steps

STEPS = Steps(prepare=stage_changes, treat=change_accounts, phase="Changing accounts")


@workflow.defn
class BatchUpdate(JobStory):
    """Carries one batch update; its name is `batch-update/<job id>`."""

    @workflow.run
    async def run(self, run: JobRun) -> None:
        """Write down whom to change, change them, end the job."""
        await self.carry(run, STEPS)
