"""The life of a SIP device on the switches: each change is followed by all of them, bursts once.

A device that does not change has no workflow; the next change opens it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.devices import (
        DeviceRef,
        DeviceStanding,
        Settled,
        StepDone,
        SwitchStep,
        drop_at_switch,
        flush_at_switch,
        give_up_at_switch,
        look_at_device,
        settle_device,
        verify_at_switch,
    )
    from workflows.options import LIMITS, UNTIL_IT_WORKS

# A phone waits for its switch, not for us: soon at first, then once a minute, for ever.
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=60)
# A switch that lets an effective device in only sometimes is a person's matter after this.
TRIES_BEFORE_MISMATCH = 3
GOES_ON = "a device is followed by the other switches when a step fails at one"

Given = TypeVar("Given")
Answer = TypeVar("Answer")


@workflow.defn
class ProvisionDevice:
    """Follows one device; its name is `sip-device/<device id>`."""

    def __init__(self) -> None:
        self._wanted = 0
        self._tries = 0
        self._refusals = 0

    @workflow.signal
    def changed(self, generation: int) -> None:
        """The row has this generation now; told twice or out of order, the highest counts."""
        self._wanted = max(self._wanted, generation)

    @workflow.run
    async def run(self, device: DeviceRef) -> None:
        """Make the switches follow until nothing newer is known and none of them lags."""
        while True:
            self._wanted = 0  # what was told before is in the row by now
            standing = await _step(look_at_device, device)
            if standing.is_gone:
                break
            await self._follow(device, standing)
            settled = await _step(settle_device, device)
            workflow.set_current_details(_words(standing, settled))
            if settled.is_final and self._wanted <= standing.generation:
                break
            if not settled.is_final:
                await self._pause(standing.generation)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(device)
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def _follow(self, device: DeviceRef, standing: DeviceStanding) -> None:
        """Flush everywhere first, then drop, then verify; each switch as far as it answers."""
        steps = [
            SwitchStep(device.device_id, node, standing.generation) for node in standing.lagging
        ]
        flushed = await _those_done(flush_at_switch, steps)
        to_drop = [step for step in flushed if step.node_id in standing.dropping]
        dropped = await _those_done(drop_at_switch, to_drop)
        ready = [step for step in flushed if step not in to_drop or step in dropped]
        verified = await _tried(verify_at_switch, ready)
        refusing = [step for step, outcome in verified if _is_refusal(outcome)]
        self._tries += 1
        self._refusals += bool(refusing)
        if standing.is_effective and self._refusals >= TRIES_BEFORE_MISMATCH:
            for step in refusing:
                await _step(give_up_at_switch, step)

    async def _pause(self, generation: int) -> None:
        """Wait before the next try, unless the device changes meanwhile."""
        pause = min(FIRST_PAUSE * 2 ** min(self._tries - 1, 6), LONGEST_PAUSE)
        try:
            await workflow.wait_condition(lambda: self._wanted > generation, timeout=pause)
        except TimeoutError:
            return
        self._tries = self._refusals = 0


async def _those_done(
    does: Callable[[SwitchStep], Awaitable[StepDone]], steps: Sequence[SwitchStep]
) -> list[SwitchStep]:
    """The steps that are done, tried at all switches at once."""
    return [step for step, outcome in await _tried(does, steps) if outcome.is_done]


async def _tried(
    does: Callable[[SwitchStep], Awaitable[StepDone]], steps: Sequence[SwitchStep]
) -> list[tuple[SwitchStep, StepDone]]:
    """What became of a step at all switches at once."""
    outcomes = await asyncio.gather(*(_one_tried(does, step) for step in steps))
    return list(zip(steps, outcomes, strict=True))


async def _one_tried(
    does: Callable[[SwitchStep], Awaitable[StepDone]], step: SwitchStep
) -> StepDone:
    """What became of a step at one switch; whatever fails there is tried again with the rest."""
    try:
        return await _step(does, step)
    except ActivityError as failed:
        if is_cancelled_exception(failed) or not workflow.patched(GOES_ON):
            raise
        workflow.logger.warning("A step failed at switch %s: %s", step.node_id, failed.cause)
        return StepDone(is_done=False, is_away=True)


def _is_refusal(outcome: StepDone) -> bool:
    """Whether a switch that answers does so otherwise than it should."""
    return not (outcome.is_done or outcome.is_overtaken or outcome.is_away)


async def _step(does: Callable[[Given], Awaitable[Answer]], given: Given) -> Answer:
    answer: Answer = await workflow.execute_activity(
        does, given, start_to_close_timeout=LIMITS.step, retry_policy=UNTIL_IT_WORKS
    )
    return answer


def _words(standing: DeviceStanding, settled: Settled) -> str:
    lag = f", {len(standing.lagging)} switches had to follow" if standing.lagging else ""
    return f"Generation {standing.generation} is {settled.state.lower()}{lag}."
