"""Expiries: what the switches still remember of expired accounts is dropped, and each is told."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.notices import follow_expiries
    from workflows.stories.sweep import Sweep, SweepRun

STEPS = (follow_expiries,)


@workflow.defn
class ExpirySweep(Sweep):
    """One sweep; its name is `expiry-sweep-<nominal time>`."""

    @workflow.run
    async def run(self, run: SweepRun) -> None:
        """Follow what has expired."""
        await self.go_over(run, STEPS)
