"""One part kept alive: started, waited for, started again with back-off when it ends.

Which parts there are and their order is said in `gateway.supervisor`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateway.embedded.children import Program, ending, last_words, start, stop

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
SETTLED_SECONDS = 60.0  # whoever ran this long starts with a clean sheet
FIRST_TRIES = 3  # a part that never was ready and ends this often will not get there by itself
PATIENCE_SECONDS = 15.0  # between two words about a part that is not ready

Say = Callable[[str], None]


class PartFailedError(Exception):
    """A part does not start; the sentence holds its last words."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process: it says that it is ready down a pipe, unless `answers` finds out."""

    name: str
    program: Callable[[], Program]
    log: Path
    before: Callable[[], Awaitable[None]] | None = None
    answers: Callable[[], Awaitable[None]] | None = None


class Keeper:
    """Keeps one part running; `ready` is set while it answers."""

    def __init__(self, part: Part, say: Say, changed: Callable[[], None]) -> None:
        self.part = part
        self.ready = asyncio.Event()
        self.pid: int | None = None
        self._say = say
        self._changed = changed
        self._was_ready = False

    async def keep(self) -> None:
        """Run until cancelled, which stops the part. Raises PartFailedError at the first start."""
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            how = await self._lived()
            settled = asyncio.get_running_loop().time() - began > SETTLED_SECONDS
            failures = 0 if settled else failures + 1
            if not self._was_ready and failures >= FIRST_TRIES:
                words = last_words(self.part.log)
                raise PartFailedError(
                    f"{self.part.name} {how} at each of {failures} tries: {words}"
                )
            pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** max(0, failures - 1))
            self._say(f"{self.part.name} {how}; starting it again in {pause:g} s")
            await asyncio.sleep(pause)

    def kill(self) -> None:
        """End it at once; for whoever has no patience left."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):  # it may end by itself just now
                os.kill(self.pid, signal.SIGKILL)

    async def _lived(self) -> str:
        """Start it once and stay with it to its end; tells how it ended."""
        if self.part.before is not None:
            await self.part.before()
        program, pipe = self._prepared()
        child = await start(program, self.part.log)
        for descriptor in program.inherits:
            os.close(descriptor)  # so that its end of the pipe closes with it
        self.pid = child.pid
        announced = asyncio.create_task(self._announced(pipe))
        ended = asyncio.create_task(child.wait())
        try:
            await asyncio.wait({announced, ended}, return_when=asyncio.FIRST_COMPLETED)
            if announced.done():
                announced.result()  # a fault of our own waiting is not the part's
            await ended
            return ending(child)
        finally:
            self.ready.clear()
            self.pid = None
            await _cancelled(announced)
            await stop(child, program)
            await ended
            if pipe is not None:
                os.close(pipe)

    def _prepared(self) -> tuple[Program, int | None]:
        """The program, and the reading end of the pipe down which it will tell."""
        program = self.part.program()
        if self.part.answers is not None:
            return program, None
        reading, writing = os.pipe()
        told = (*program.command, "--ready-descriptor", str(writing))
        return replace(program, command=told, inherits=(writing,)), reading

    async def _announced(self, pipe: int | None) -> None:
        answering = asyncio.ensure_future(self._answered(pipe))
        try:
            while not (await asyncio.wait({answering}, timeout=PATIENCE_SECONDS))[0]:
                self._say(f"{self.part.name} is not ready yet (see {self.part.log})")
            if answering.result():
                self._rejoice()
        finally:
            await _cancelled(answering)

    async def _answered(self, pipe: int | None) -> bool:
        """Whether it became ready; False when it ended before."""
        if self.part.answers is not None:
            await self.part.answers()
            return True
        return pipe is not None and bool(await _read(pipe))

    def _rejoice(self) -> None:
        if self._was_ready:
            self._say(f"{self.part.name} is back")
        self._was_ready = True
        self.ready.set()
        self._changed()


async def _cancelled(task: asyncio.Future[Any]) -> None:
    """End a task that is not needed any more; what it met on the way out is of no interest."""
    task.cancel()
    await asyncio.wait({task})


async def _read(pipe: int) -> bytes:
    loop = asyncio.get_running_loop()
    came = asyncio.Event()
    loop.add_reader(pipe, came.set)
    try:
        await came.wait()
    finally:
        loop.remove_reader(pipe)
    return os.read(pipe, 64)
