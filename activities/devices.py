"""What is done about one SIP device on the switches after its row changed.

The commit is the activation: switches read rows at each sign-in. What is done here is to make
them forget, to look whether they did, and to write down how far each of them is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from temporalio import activity

from activities.registrars import steps
from activities.registrars.pace import knock_again, may_knock
from activities.registrars.port import Outcome, Registrar, Verdict
from activities.registrars.steps import Wanted, wanted_of
from activities.registrars.switchboard import attempted, connected, note
from models.panel import provisioning
from models.rules.enums import ProvisioningState, SwitchNodeState
from models.switch import telling
from models.switch.telling import ToldSwitch

FLUSH, DROP, VERIFY = "flush", "drop", "verify"
FINAL = frozenset(
    {
        ProvisioningState.PUBLISHED,
        ProvisioningState.READY,
        ProvisioningState.MISMATCH,
        ProvisioningState.REVOKED,
    }
)

Does: TypeAlias = Callable[[Registrar, Wanted], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class DeviceRef:
    """Which device."""

    device_id: str


@dataclass(frozen=True, slots=True)
class DeviceStanding:
    """What a device wants of the switches: ids of those that lag, and of those that must drop."""

    generation: int
    lagging: tuple[str, ...] = ()
    dropping: tuple[str, ...] = ()
    is_effective: bool = False
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class SwitchStep:
    """One step for one device at one switch; an older generation than the row's does nothing."""

    device_id: str
    node_id: str
    generation: int


@dataclass(frozen=True, slots=True)
class StepDone:
    """Whether the step is done; a step that was overtaken is not, and needs no other try.

    is_away: the switch did not answer, or something else went wrong, so that nothing is known of
    what it would have said.
    """

    is_done: bool
    is_overtaken: bool = False
    is_away: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What all switches together amount to, and whether that is the end of it."""

    state: str
    is_final: bool


@activity.defn
async def look_at_device(ref: DeviceRef) -> DeviceStanding:
    """Read what is left to do."""
    standing = await provisioning.standing(UUID(ref.device_id))
    if standing is None:
        return DeviceStanding(0, is_gone=True)
    return DeviceStanding(
        generation=standing.generation,
        lagging=tuple(map(str, standing.lagging)),
        dropping=tuple(map(str, standing.dropping)),
        is_effective=standing.is_effective,
    )


@activity.defn
async def flush_at_switch(step: SwitchStep) -> StepDone:
    """R2: make one switch forget what it looked up."""
    return await _at_switch(step, FLUSH, steps.flush)


@activity.defn
async def drop_at_switch(step: SwitchStep) -> StepDone:
    """R3 and R4: make one switch forget where the phones are, and end their calls."""
    return await _at_switch(step, DROP, steps.drop)


@activity.defn
async def verify_at_switch(step: SwitchStep) -> StepDone:
    """R5: look whether one switch treats the device as it should, and write that it does.

    A switch that refuses whom it should let in is flushed once more; then it is written down as a
    mismatch, for a person.
    """
    done = await _at_switch(step, VERIFY, _verified_or_flushed)
    device_id, node_id = UUID(step.device_id), UUID(step.node_id)
    if done.is_done:
        await provisioning.applied(device_id, node_id, step.generation)
    return done


@activity.defn
async def give_up_at_switch(step: SwitchStep) -> None:
    """Write down that one switch goes on answering otherwise than it should."""
    words = "It goes on answering otherwise than it should."
    await provisioning.applied(
        UUID(step.device_id), UUID(step.node_id), step.generation, mismatch=words
    )


@activity.defn
async def settle_device(ref: DeviceRef) -> Settled:
    """Write what all switches amount to; a removed device goes for good once they let it go."""
    device_id = UUID(ref.device_id)
    state = (await provisioning.settle([device_id])).get(device_id)
    if state is None:
        return Settled(ProvisioningState.REVOKED, is_final=True)
    return Settled(state, is_final=state in FINAL)


async def _at_switch(step: SwitchStep, name: str, does: Does) -> StepDone:
    """Do one step and write down what became of it."""
    device_id, node_id = UUID(step.device_id), UUID(step.node_id)
    device = await provisioning.login_of(device_id)
    switch = await telling.told_switch(node_id)
    if device is None or switch is None or device.generation > step.generation:
        return StepDone(is_done=False, is_overtaken=True)
    await provisioning.begin_step(device_id, node_id, name)
    if switch.state is SwitchNodeState.UNREACHABLE and not may_knock(str(node_id)):
        outcome = Outcome(Verdict.UNREACHABLE, switch.last_error or "")
    else:
        wanted = wanted_of(device_id, device)
        outcome = await told(switch, lambda registrar: does(registrar, wanted))
        if outcome.verdict is not Verdict.UNREACHABLE:
            knock_again(str(node_id))
    if outcome.is_settled:
        return StepDone(is_done=True)
    await provisioning.step_failed(device_id, node_id, outcome.words)
    return StepDone(is_done=False, is_away=outcome.is_unknown)


async def told(switch: ToldSwitch, does: Callable[[Registrar], Awaitable[Outcome]]) -> Outcome:
    """Do something at a switch, and write down whether it could be reached."""

    async def done() -> Outcome:
        async with connected(switch) as registrar:
            return await does(registrar)

    outcome = await attempted(switch, done())
    await note(switch, outcome)
    return outcome


async def _verified_or_flushed(registrar: Registrar, wanted: Wanted) -> Outcome:
    outcome = await steps.verify(registrar, wanted)
    if outcome.verdict is not Verdict.REJECTED or not wanted.is_effective:
        return outcome
    flushed = await steps.flush(registrar, wanted)
    return await steps.verify(registrar, wanted) if flushed.is_settled else flushed
