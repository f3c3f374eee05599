"""What all stories over many rows have in common: begin, prepare, treat piece after piece, end.

People steer between pieces. Rows are the truth: here are only integers that say where to go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.jobs import (
        JobFailure,
        JobRef,
        PieceEnd,
        PieceRef,
        Prepared,
        cancel_job,
        conclude_job,
        fail_job,
        proceed_with_job,
    )
    from workflows.options import LIMITS, PIECE_ROWS, UNTIL_IT_WORKS, WINDOW


@dataclass(frozen=True, slots=True)
class JobRun:
    """Where a job's workflow goes on; at first nothing but its id is known."""

    job_id: str
    first_row: int = 0
    last_row: int = -1
    is_prepared: bool = False
    next_chunk: int = 0
    # Pieces that turned back because people paused the job.
    held: list[int] = field(default_factory=list)
    piece_rows: int = PIECE_ROWS

    @property
    def ref(self) -> JobRef:
        """The job, as activities are told."""
        return JobRef(self.job_id)

    @property
    def chunks(self) -> int:
        """How many pieces there are."""
        return -(-(self.last_row - self.first_row + 1) // self.piece_rows)

    def piece(self, chunk_no: int) -> PieceRef:
        """The rows of one piece."""
        first = self.first_row + chunk_no * self.piece_rows
        last = min(first + self.piece_rows - 1, self.last_row)
        return PieceRef(self.job_id, chunk_no, first, last)


Told = TypeVar("Told")
Treat: TypeAlias = Callable[[PieceRef], Coroutine[Any, Any, PieceEnd]]


@dataclass(frozen=True, slots=True)
class Steps:
    """What differs between stories: what comes first, and what is done with a piece of the rows."""

    prepare: Callable[[JobRef], Coroutine[Any, Any, Prepared]]
    phase: str
    # None when the preparation is all there is to do.
    treat: Treat | None = None
    piece_rows: int = PIECE_ROWS
    # What is made of all rows once they are treated.
    finish: Callable[[JobRef], Coroutine[Any, Any, None]] | None = None


class _Over(Exception):
    """The job has ended; there is nothing left to do."""


class JobStory:
    """Base of the stories: a workflow class adds its name and its steps."""

    def __init__(self) -> None:
        self._steered = False
        self._running: dict[int, workflow.ActivityHandle[PieceEnd]] = {}
        self._held: list[int] = []
        self._next = 0

    @workflow.signal
    def steered(self) -> None:
        """People paused, resumed or cancelled the job; the row says which."""
        self._steered = True

    async def carry(self, run: JobRun, steps: Steps) -> None:
        """Tell the story from wherever `run` stands to the end of the job."""
        self._held, self._next = list(run.held), run.next_chunk
        try:
            await self._permission(run)
            if not run.is_prepared:
                run = await self._prepare(run, steps)
            await self._treat_all(run, steps)
            if steps.finish is not None:
                await _long_step(steps.finish, run.ref)
            await _step(conclude_job, run.ref)
            workflow.set_current_details("Finished.")
        except _Over:
            workflow.set_current_details("Ended before all rows were treated.")
        except (ActivityError, asyncio.CancelledError) as broken:
            if is_cancelled_exception(broken):  # from the console; people here steer by the row
                await _step(cancel_job, run.ref)
                raise
            await self._fail(run, broken)

    async def _permission(self, run: JobRun) -> None:
        """Wait while the job is paused; raises _Over when it is cancelled or has ended."""
        while True:
            self._steered = False
            standing = await workflow.execute_activity(
                proceed_with_job,
                run.ref,
                start_to_close_timeout=LIMITS.step,
                retry_policy=UNTIL_IT_WORKS,
            )
            if standing.is_over:
                raise _Over
            if standing.is_cancelled:
                await _step(cancel_job, run.ref)
                raise _Over
            if not standing.is_paused:
                return
            workflow.set_current_details("Paused.")
            await self._look_again(run)

    async def _look_again(self, run: JobRun) -> None:
        if workflow.info().is_continue_as_new_suggested():
            self._roll_over(run)
        try:
            await workflow.wait_condition(lambda: self._steered, timeout=LIMITS.paused_look)
        except TimeoutError:
            return

    async def _prepare(self, run: JobRun, steps: Steps) -> JobRun:
        workflow.set_current_details("Preparing.")
        while True:
            prepared = await _long_step(steps.prepare, run.ref)
            if prepared.is_done:
                return replace(
                    run,
                    is_prepared=True,
                    first_row=prepared.first_row,
                    last_row=prepared.last_row,
                    piece_rows=steps.piece_rows,
                )
            await self._permission(run)

    async def _treat_all(self, run: JobRun, steps: Steps) -> None:
        if steps.treat is None:
            return
        workflow.set_current_details(f"{steps.phase}: {run.chunks} pieces.")
        while self._held or self._running or self._next < run.chunks:
            if self._steered or self._held:
                await self._drain()
                await self._permission(run)
            if workflow.info().is_continue_as_new_suggested():
                await self._drain()
                self._roll_over(run)
            self._fill(run, steps.treat)
            await workflow.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)
            await self._collect()

    def _fill(self, run: JobRun, treat: Treat) -> None:
        while len(self._running) < WINDOW and (self._held or self._next < run.chunks):
            if self._held:
                chunk_no = self._held.pop(0)
            else:
                chunk_no, self._next = self._next, self._next + 1
            piece = run.piece(chunk_no)
            self._running[chunk_no] = workflow.start_activity(
                treat,
                piece,
                start_to_close_timeout=LIMITS.piece,
                heartbeat_timeout=LIMITS.piece_heartbeat,
                retry_policy=UNTIL_IT_WORKS,
                summary=f"rows {piece.first_row} to {piece.last_row}",
            )

    async def _collect(self) -> None:
        """Take what has finished out of the window; raises what a piece failed with."""
        finished = [chunk_no for chunk_no, handle in self._running.items() if handle.done()]
        for chunk_no in finished:
            end = await self._running.pop(chunk_no)
            if not end.is_done:
                self._held.append(chunk_no)

    async def _drain(self) -> None:
        if self._running:
            await workflow.wait(self._running.values())
            await self._collect()

    def _roll_over(self, run: JobRun) -> None:
        workflow.continue_as_new(replace(run, held=self._held, next_chunk=self._next))

    async def _fail(self, run: JobRun, broken: BaseException) -> None:
        """Let running pieces end, write the reason down, and fail where operators look."""
        if self._running:
            await workflow.wait(self._running.values())
        cause = broken.__cause__
        reason = cause.message if isinstance(cause, ApplicationError) else str(broken)
        await workflow.execute_activity(
            fail_job,
            JobFailure(run.job_id, reason),
            start_to_close_timeout=LIMITS.step,
            retry_policy=UNTIL_IT_WORKS,
        )
        raise ApplicationError(reason, type="JOB_FAILED", non_retryable=True) from broken


async def _long_step(step: Callable[[JobRef], Coroutine[Any, Any, Told]], ref: JobRef) -> Told:
    return await workflow.execute_activity(
        step,
        ref,
        start_to_close_timeout=LIMITS.staging,
        heartbeat_timeout=LIMITS.staging_heartbeat,
        retry_policy=UNTIL_IT_WORKS,
    )


async def _step(step: Callable[[JobRef], Coroutine[Any, Any, None]], ref: JobRef) -> None:
    await workflow.execute_activity(
        step, ref, start_to_close_timeout=LIMITS.step, retry_policy=UNTIL_IT_WORKS
    )
