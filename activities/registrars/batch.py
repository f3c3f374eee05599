"""Many devices at once: flushed on every switch, then dropped, then looked at, a page at a time.

A switch that does not answer is left out after its first silence; what it missed stays written
down as lagging, for the story of each device.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from activities.registrars import steps
from activities.registrars.port import Outcome, Registrar, Verdict
from activities.registrars.steps import BETWEEN_LOOKS_SECONDS, Wanted
from activities.registrars.switchboard import attempted, connected, note
from models.panel import provisioning
from models.switch import telling
from models.switch.telling import ToldSwitch


@dataclass(frozen=True, slots=True)
class Task:
    """One device for one switch."""

    device_id: UUID
    generation: int
    wanted: Wanted
    drops: bool


Does: TypeAlias = Callable[[Registrar, Wanted], Awaitable[Outcome]]
Reached: TypeAlias = list[tuple[ToldSwitch, Registrar]]


async def tasks_of(device_ids: Sequence[UUID]) -> dict[UUID, list[Task]]:
    """What each switch, by its id, still has to do for these devices."""
    logins = await provisioning.logins_of(device_ids)
    tasks: dict[UUID, list[Task]] = defaultdict(list)
    for each in await provisioning.lagging_of(device_ids):
        if each.device_id in logins:
            login = logins[each.device_id]
            wanted = steps.wanted_of(each.device_id, login)
            drops = each.drops or not wanted.is_effective
            tasks[each.node_id].append(Task(each.device_id, login.generation, wanted, drops))
    return tasks


async def carry(tasks: dict[UUID, list[Task]]) -> None:
    """Let each switch, by its id, follow its devices; what was done is written down."""
    async with AsyncExitStack() as stack:
        reached = await _reached(stack, tasks)
        flushed = await _all(reached, tasks, steps.flush)
        dropping = {node: [task for task in done if task.drops] for node, done in flushed.items()}
        dropped = await _all(reached, dropping, steps.drop)
        off = {
            node: [task for task in done if not task.wanted.is_effective]
            for node, done in dropped.items()
        }
        gone = await _all(reached, off, steps.holds_nothing)
        if any(off.values()):
            await asyncio.sleep(BETWEEN_LOOKS_SECONDS)
            gone = await _all(reached, gone, steps.holds_nothing)
            gone = await _all(reached, gone, steps.refuses)
    for node, done in flushed.items():
        followed = [
            task
            for task in done
            if not task.drops
            or (task in dropped[node] and (task.wanted.is_effective or task in gone[node]))
        ]
        generations = {task.device_id: task.generation for task in followed}
        await provisioning.applied_many(node, generations)


async def _reached(stack: AsyncExitStack, tasks: dict[UUID, list[Task]]) -> Reached:
    reached: Reached = []
    for switch in await telling.told_switches():
        if tasks.get(switch.id):
            await note(switch, await attempted(switch, _entered(stack, switch, reached)))
    return reached


async def _entered(stack: AsyncExitStack, switch: ToldSwitch, reached: Reached) -> Outcome:
    reached.append((switch, await stack.enter_async_context(connected(switch))))
    return Outcome(Verdict.UNASKED)


async def _all(
    reached: Reached, tasks: dict[UUID, list[Task]], does: Does
) -> dict[UUID, list[Task]]:
    """What was done by each switch; all switches work side by side, each at its own pace."""
    work = (
        _one_by_one(switch, registrar, tasks.get(switch.id, ()), does)
        for switch, registrar in reached
    )
    done = await asyncio.gather(*work)
    return {switch.id: each for (switch, _), each in zip(reached, done, strict=True)}


async def _one_by_one(
    switch: ToldSwitch, registrar: Registrar, tasks: Sequence[Task], does: Does
) -> list[Task]:
    done: list[Task] = []
    for task in tasks:
        outcome = await attempted(switch, does(registrar, task.wanted))
        if outcome.is_unknown:
            await note(switch, outcome)
        if outcome.verdict is Verdict.UNREACHABLE:
            break
        if outcome.is_settled:
            done.append(task)
        else:
            await provisioning.step_failed(task.device_id, switch.id, outcome.words)
    return done
