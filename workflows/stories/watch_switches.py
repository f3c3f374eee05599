"""The watch over the switches, a minute's round: who is there, who came back, what they hold.

A switch that came back, or was not swept for a day, drops what nobody may have any more.
"""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.switches import (
        SwitchRef,
        read_ip_lists,
        refresh_registrations,
        sweep_switch,
        watch_switches,
    )
    from workflows.options import LIMITS, NEXT_ROUND, UNTIL_IT_WORKS
    from workflows.stories.sweep import SweepRun

GOES_ON = "a round goes on after a switch that failed"


@workflow.defn
class WatchSwitches:
    """One round; its name is `switch-watch-<nominal time>`."""

    @workflow.run
    async def run(self, run: SweepRun) -> None:
        """Look, sweep those that are due, let all read our networks, show their registrations."""
        del run  # what is due now is told by the switches themselves
        due = await workflow.execute_activity(
            watch_switches, start_to_close_timeout=LIMITS.switches, retry_policy=UNTIL_IT_WORKS
        )
        swept = [node_id for node_id in due.node_ids if await _is_swept(node_id)]
        await workflow.execute_activity(
            read_ip_lists, start_to_close_timeout=LIMITS.switches, retry_policy=UNTIL_IT_WORKS
        )
        await workflow.execute_activity(
            refresh_registrations,
            start_to_close_timeout=LIMITS.sweep_of_switch,
            heartbeat_timeout=LIMITS.piece_heartbeat,
            retry_policy=NEXT_ROUND,
        )
        workflow.set_current_details(f"{len(swept)} of {len(due.node_ids)} switches were swept.")


async def _is_swept(node_id: str) -> bool:
    """Sweep one switch; what fails there is tried in the next round, and holds up no other."""
    try:
        await workflow.execute_activity(
            sweep_switch,
            SwitchRef(node_id),
            start_to_close_timeout=LIMITS.sweep_of_switch,
            heartbeat_timeout=LIMITS.piece_heartbeat,
            retry_policy=NEXT_ROUND,
        )
    except ActivityError as failed:
        if is_cancelled_exception(failed) or not workflow.patched(GOES_ON):
            raise
        workflow.logger.warning("Switch %s was not swept: %s", node_id, failed.cause)
        return False
    return True
