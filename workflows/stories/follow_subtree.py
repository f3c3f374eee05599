"""A reseller was switched on or off: every device below it follows on every switch, page by page.

The devices were let in or refused from the commit on; here the switches forget what they hold.
"""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.switches import SubtreePage, follow_subtree_page, read_ip_lists
    from workflows.options import LIMITS, UNTIL_IT_WORKS


@dataclass(frozen=True, slots=True)
class SubtreeRun:
    """Which reseller, and how far its devices are."""

    reseller_id: str
    after: str | None = None
    treated: int = 0


@workflow.defn
class FollowSubtree:
    """Follows one reseller; its name is `subtree/<reseller id>`."""

    def __init__(self) -> None:
        self._again = False

    @workflow.signal
    def changed(self, generation: int) -> None:
        """It was switched again: go over the devices once more."""
        del generation
        self._again = True

    @workflow.run
    async def run(self, run: SubtreeRun) -> None:
        """Go over the devices until the reseller was not switched meanwhile."""
        after, treated = run.after, run.treated
        while True:
            if after is None:
                self._again = False
            end = await workflow.execute_activity(
                follow_subtree_page,
                SubtreePage(run.reseller_id, after),
                start_to_close_timeout=LIMITS.piece,
                heartbeat_timeout=LIMITS.piece_heartbeat,
                retry_policy=UNTIL_IT_WORKS,
            )
            after, treated = end.after, treated + end.treated
            workflow.set_current_details(f"{treated} devices have followed.")
            if after is None and not self._again:
                await _read_ip_lists()
            # Looked at after the last wait: switched again during it, the devices follow again.
            if after is None and not self._again:
                break
            if workflow.info().is_continue_as_new_suggested():
                # From the first device again when it was switched in the middle of this run.
                following = None if self._again else after
                workflow.continue_as_new(SubtreeRun(run.reseller_id, following, treated))
        await workflow.wait_condition(workflow.all_handlers_finished)


async def _read_ip_lists() -> None:
    await workflow.execute_activity(
        read_ip_lists, start_to_close_timeout=LIMITS.switches, retry_policy=UNTIL_IT_WORKS
    )
