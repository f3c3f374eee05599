"""Accounts are deleted, forward only: switched off, revoked on every switch, then removed.

Resellers come behind everybody below them, the deepest first.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.deletion import delete_accounts, stage_deletions
    from workflows.options import DELETION_ROWS
    from workflows.stories.job_story import JobRun, JobStory, Steps

STEPS = Steps(
    prepare=stage_deletions,
    treat=delete_accounts,
    phase="Deleting accounts",
    piece_rows=DELETION_ROWS,
)


@workflow.defn
class DeleteCustomers(JobStory):
    """Carries one deletion; its name is `delete/<job id>`."""

    @workflow.run
    async def run(self, run: JobRun) -> None:
        """Write down who goes, delete them, end the job."""
        await self.carry(run, STEPS)
