"""Networks that were listed or struck reach every switch: changes of a moment by one reload.

A switch that is away reads them when it is swept.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.switches import read_ip_lists
    from workflows.options import LIMITS, UNTIL_IT_WORKS

# A Kamailio refuses to read its lists again sooner than five seconds after the last time.
BETWEEN_RELOADS = timedelta(seconds=6)
TRIES = 5  # a switch that still refuses is a person's matter, and the watch tries every minute


@workflow.defn
class ReadIpLists:
    """There is one at a time; its name is `ip-lists`."""

    def __init__(self) -> None:
        self._changed = False

    @workflow.signal
    def changed(self, generation: int) -> None:
        """Networks changed; how often is all the same."""
        del generation
        self._changed = True

    @workflow.run
    async def run(self) -> None:
        """Let the switches read until nothing has changed since."""
        tries = 0
        while tries < TRIES:
            self._changed = False
            read = await workflow.execute_activity(
                read_ip_lists, start_to_close_timeout=LIMITS.switches, retry_policy=UNTIL_IT_WORKS
            )
            tries = 0 if read.is_done else tries + 1
            if read.is_done and not self._changed:
                break
            await workflow.sleep(BETWEEN_RELOADS)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new()
        await workflow.wait_condition(workflow.all_handlers_finished)
