"""A file of customers becomes accounts: read into rows, then opened piece by piece.

Every row gets a verdict; a bad one never stops the others.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.imports import open_rows, stage_rows
    from activities.reports import write_report
    from workflows.stories.job_story import JobRun, JobStory, Steps

STEPS = Steps(prepare=stage_rows, treat=open_rows, finish=write_report, phase="Opening accounts")


@workflow.defn
class ImportCustomers(JobStory):
    """Carries one import; its name is `import/<job id>`."""

    @workflow.run
    async def run(self, run: JobRun) -> None:
        """Stage the file, open its rows, write the report, end the job."""
        await self.carry(run, STEPS)
