"""What happens by itself and how often: one Temporal schedule a sweep, brought up to date at start.

A tick only says when to look; what is due is read from rows, so a missed tick costs nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from workflows.options import Queue
from workflows.stories.billing_sweep import BillingSweep
from workflows.stories.expiry_sweep import ExpirySweep
from workflows.stories.keep_house import KeepHouse
from workflows.stories.low_balance_sweep import LowBalanceSweep
from workflows.stories.overdue_sweep import OverdueSweep
from workflows.stories.renewal_sweep import RenewalSweep
from workflows.stories.sweep import SweepRun
from workflows.stories.watch_switches import WatchSwitches

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Planned:
    """A sweep and its times. catch_up: how late a tick may still be made after an outage."""

    id: str
    run: Callable[[Any, SweepRun], Awaitable[None]]
    times: ScheduleSpec
    catch_up: timedelta
    queue: Queue = Queue.BILLING


def _every(minutes: int, id_: str, run: Callable[[Any, SweepRun], Awaitable[None]]) -> Planned:
    every = timedelta(minutes=minutes)
    times = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)])
    return Planned(id_, run, times, catch_up=every)


PLANNED: Sequence[Planned] = (
    _every(15, "billing-sweep", BillingSweep.run),
    _every(15, "renewal-sweep", RenewalSweep.run),
    _every(5, "expiry-sweep", ExpirySweep.run),
    _every(60, "overdue-sweep", OverdueSweep.run),
    _every(24 * 60, "low-balance-sweep", LowBalanceSweep.run),
    replace(_every(60, "keep-house", KeepHouse.run), queue=Queue.INTERACTIVE),
    replace(_every(1, "switch-watch", WatchSwitches.run), queue=Queue.PROVISIONING),
)


async def keep(client: Client, planned: Sequence[Planned] = PLANNED) -> None:
    """Make each schedule what it should be; a pause that people set stays. Raises RPCError."""
    for each in planned:
        try:
            await client.create_schedule(each.id, _schedule(each))
            _log.info("Schedule %s is set up", each.id)
        except ScheduleAlreadyRunningError:
            await client.get_schedule_handle(each.id).update(_brought_up_to_date(each))


def _brought_up_to_date(
    planned: Planned,
) -> Callable[[ScheduleUpdateInput], ScheduleUpdate]:
    def update(known: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule = _schedule(planned)
        schedule.state = known.description.schedule.state
        return ScheduleUpdate(schedule)

    return update


def _schedule(planned: Planned) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            planned.run, SweepRun(), id=planned.id, task_queue=planned.queue
        ),
        spec=planned.times,
        # A sweep that still runs goes over what the skipped tick would have.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=planned.catch_up),
    )
