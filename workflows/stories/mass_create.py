"""Many accounts alike: made piece by piece, with numbers from one range.

A number somebody else takes meanwhile is replaced by another one.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.mass_create import count_accounts, make_accounts
    from workflows.stories.job_story import JobRun, JobStory, Steps

STEPS = Steps(prepare=count_accounts, treat=make_accounts, phase="Making accounts")


@workflow.defn
class MassCreateCustomers(JobStory):
    """Carries one mass creation; its name is `mass-create/<job id>`."""

    @workflow.run
    async def run(self, run: JobRun) -> None:
        """Make the accounts, end the job."""
        await self.carry(run, STEPS)
