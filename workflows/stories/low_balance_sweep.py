"""Low balances that no posting told of, looked for at night: the safety net of the alerts."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.notices import alert_low_balances
    from workflows.stories.sweep import Sweep, SweepRun

STEPS = (alert_low_balances,)


@workflow.defn
class LowBalanceSweep(Sweep):
    """One sweep; its name is `low-balance-sweep-<nominal time>`."""

    @workflow.run
    async def run(self, run: SweepRun) -> None:
        """Alert whom nobody told."""
        await self.go_over(run, STEPS)
