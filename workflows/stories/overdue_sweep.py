"""Overdue invoices: their holders are reminded, and in the end suspended until they pay."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.overdue import remind_of_invoices, suspend_debtors
    from workflows.stories.sweep import Sweep, SweepRun

STEPS = (remind_of_invoices, suspend_debtors)


@workflow.defn
class OverdueSweep(Sweep):
    """One sweep; its name is `overdue-sweep-<nominal time>`."""

    @workflow.run
    async def run(self, run: SweepRun) -> None:
        """Remind and suspend."""
        await self.go_over(run, STEPS)
