"""A list of customers becomes a file: written in one go, offered when it is whole.

There are no pieces to resume: a list takes seconds, and half of one is worth nothing.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.exports import export_customers
    from workflows.stories.job_story import JobRun, JobStory, Steps

STEPS = Steps(prepare=export_customers, phase="Writing the file")


@workflow.defn
class ExportCustomers(JobStory):
    """Carries one export; its name is `export/<job id>`."""

    @workflow.run
    async def run(self, run: JobRun) -> None:
        """Write the file, end the job."""
        await self.carry(run, STEPS)
