"""Billing: the schedule opens a run when somebody is due; a run closes the periods that are over.

A run is a job, so people see how far it is, and may pause it; then no other one is opened.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.billing import (
        BillingTick,
        bill_accounts,
        open_billing_run,
        stage_due_accounts,
    )
    from workflows.options import BILLING_ROWS, LIMITS, UNTIL_IT_WORKS
    from workflows.stories.job_story import JobRun, JobStory, Steps
    from workflows.stories.sweep import SweepRun, nominal_time

STEPS = Steps(
    prepare=stage_due_accounts,
    treat=bill_accounts,
    phase="Closing periods",
    piece_rows=BILLING_ROWS,
)


@workflow.defn
class BillingSweep:
    """One tick of the schedule; its name is `billing-sweep-<nominal time>`."""

    @workflow.run
    async def run(self, run: SweepRun) -> None:
        """Open a run as of the scheduled time."""
        opened = await workflow.execute_activity(
            open_billing_run,
            BillingTick(run.as_of or nominal_time()),
            start_to_close_timeout=LIMITS.step,
            retry_policy=UNTIL_IT_WORKS,
        )
        words = f"Job {opened.job_id} carries it." if opened.job_id else "There is nothing to do."
        workflow.set_current_details(words)


@workflow.defn
class BillingRun(JobStory):
    """Carries one billing run; its name is `billing-run/<job id>`."""

    @workflow.run
    async def run(self, run: JobRun) -> None:
        """Find who is due, close their periods, end the job."""
        await self.carry(run, STEPS)
