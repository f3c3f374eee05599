"""What all sweeps have in common: page after page of what is due, as of one instant.

An outage only makes the next sweep find more; nothing is remembered from one to the next.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from activities.sweeping import SweepEnd, SweepPage, SweepPlace
    from workflows.options import LIMITS, UNTIL_IT_WORKS

# When the schedule meant this run to begin; Temporal sets it.
NOMINAL = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")

Step = Callable[[SweepPage], Coroutine[Any, Any, SweepEnd]]


@dataclass(frozen=True, slots=True)
class SweepRun:
    """As of when, and how far the sweep is; without an instant, as of its scheduled time."""

    as_of: datetime | None = None
    step: int = 0
    place: SweepPlace | None = None
    treated: int = 0


def nominal_time() -> datetime:
    """The instant that this run was scheduled for; by hand, its start."""
    scheduled = workflow.info().typed_search_attributes.get(NOMINAL)
    return scheduled or workflow.info().start_time


class Sweep:
    """Base of the sweeps: a workflow class adds its name and its steps."""

    async def go_over(self, run: SweepRun, steps: Sequence[Step]) -> None:
        """Take each step page by page, from wherever `run` stands."""
        as_of = run.as_of or nominal_time()
        run = replace(run, as_of=as_of)
        while run.step < len(steps):
            end = await workflow.execute_activity(
                steps[run.step],
                SweepPage(as_of, run.place),
                start_to_close_timeout=LIMITS.piece,
                heartbeat_timeout=LIMITS.piece_heartbeat,
                retry_policy=UNTIL_IT_WORKS,
            )
            following = run.step + 1 if end.place is None else run.step
            run = replace(run, step=following, place=end.place, treated=run.treated + end.treated)
            workflow.set_current_details(f"{run.treated} treated.")
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(run)
