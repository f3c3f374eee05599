"""One line of a table for each figure of jobs: rows, seconds, what was asked, the worker's memory.

Lines are printed as they come; nothing is judged.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from models.jobs.job import Job
from models.rules.enums import JobStatus
from tests.scenario.storm import Part

HEAD = ("work", "rows", "seconds", "rows/s", "asked", "worker's memory")
_LOOK_SECONDS = 0.05


@dataclass(slots=True)
class Table:
    """A Markdown table of the jobs of one house."""

    worker: Part | None = None

    def begin(self) -> None:
        """Print its head."""
        self._line(*HEAD)
        self._line(*("---" for _ in HEAD))

    def figure(self, work: str, rows: int, seconds: float, asked: str) -> None:
        """Print a line; the memory is the highest of the worker's life so far."""
        rate = f"{rows / seconds:,.0f}"
        self._line(work, f"{rows:,}", f"{seconds:.2f}", rate, asked, self._memory())

    async def job(self, work: str, job: Job, asked: str) -> float:
        """Wait for a job that was just queued, print its line and give its seconds."""
        seconds = await ended(job)
        self.figure(work, job.total or 0, seconds, asked)
        return seconds

    def _memory(self) -> str:
        if self.worker is None or self.worker.process is None:
            return ""
        status = Path(f"/proc/{self.worker.process.pid}/status").read_text()
        kilobytes = int(status.partition("VmHWM:")[2].split()[0])
        return f"{kilobytes / 1024:.0f} MB"

    def _line(self, *cells: str) -> None:
        sys.stdout.write(f"| {' | '.join(cells)} |\n")
        sys.stdout.flush()


async def ended(job: Job) -> float:
    """Seconds until a job has ended; raises RuntimeError when it did not complete."""
    began = time.monotonic()
    while not job.is_terminal:
        await asyncio.sleep(_LOOK_SECONDS)
        await job.refresh_from_db()
    if job.status is not JobStatus.COMPLETED:
        raise RuntimeError(f"{job.workflow_id}: {job.status} {job.failure}")
    return time.monotonic() - began
