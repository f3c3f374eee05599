"""Renewals: what has come to the end of its period is paid again, or let go.

Reminders come last, so that nobody is reminded of what has just been renewed.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.renewals import (
        remind_of_dids,
        remind_of_orders,
        renew_dids,
        renew_orders,
    )
    from workflows.stories.sweep import Sweep, SweepRun

STEPS = (renew_dids, renew_orders, remind_of_dids, remind_of_orders)


@workflow.defn
class RenewalSweep(Sweep):
    """One sweep; its name is `renewal-sweep-<nominal time>`."""

    @workflow.run
    async def run(self, run: SweepRun) -> None:
        """Renew and remind."""
        await self.go_over(run, STEPS)
