"""Once an hour, what jobs left lying about goes: secrets, files, reserved numbers.

What is over is read from rows, so a missed hour only makes the next one longer.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.tidying import tidy_up
    from workflows.options import LIMITS, UNTIL_IT_WORKS
    from workflows.stories.sweep import SweepRun


@workflow.defn
class KeepHouse:
    """Its name is `keep-house` and the time of the run."""

    @workflow.run
    async def run(self, _run: SweepRun) -> None:
        """Tidy up."""
        await workflow.execute_activity(
            tidy_up,
            start_to_close_timeout=LIMITS.staging,
            heartbeat_timeout=LIMITS.staging_heartbeat,
            retry_policy=UNTIL_IT_WORKS,
        )
