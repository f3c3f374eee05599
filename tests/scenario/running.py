"""A house under its supervisor, as somebody at a terminal sees it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.settings import PROJECT, environment_of_children, own_environment

START_SECONDS = 900.0  # the first start of a machine may have to build Temporal
STOP_SECONDS = 60.0


class RunningHouse:
    """One `python -m gateway run` with a data directory of its own and free ports."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self._output = data_dir.with_suffix(".out")
        environment = {
            **environment_of_children(),
            "TEMPORAL_CLI": own_environment().get("TEMPORAL_CLI", ""),
            "TRUNKLINE_DATA_DIR": str(data_dir),
            "TRUNKLINE_HTTP_PORT": "0",
            "TRUNKLINE_DIRECTORY_PORT": "0",
            "TRUNKLINE_DEMO": "0",
            **settings,
        }
        with self._output.open("w") as out:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "gateway", "run"],
                cwd=PROJECT,
                env=environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        """What stands at the terminal."""
        return self._output.read_text()

    @property
    def ready_file(self) -> Path:
        """The note that it is ready."""
        return self.data_dir / "ready.json"

    def ready(self) -> dict[str, Any]:
        """Wait until it is ready; gives what the note says."""
        self.wait_for(lambda: self.ready_file.exists() and "\nready" in self.said, START_SECONDS)
        note: dict[str, Any] = json.loads(self.ready_file.read_text())
        return note

    def wait_for(self, holds: Callable[[], object], seconds: float) -> None:
        """Wait until something holds while it runs."""
        deadline = time.monotonic() + seconds
        while not holds():
            if self.child.poll() is not None or time.monotonic() > deadline:
                logs = {log.name: log.read_text()[-2000:] for log in self.data_dir.rglob("*.log")}
                raise AssertionError(f"{self.said}\n{logs}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """End it and wait; gives the exit status."""
        self.child.send_signal(how)
        return self.child.wait(STOP_SECONDS)

    def cpu_seconds(self) -> float:
        """What it and all it has started have used so far."""
        return sum(_cpu_seconds(pid) for pid in (self.child.pid, *self.children()))

    def children(self) -> set[int]:
        """The processes it has started, and theirs."""
        parents = dict(_parents())
        known = {self.child.pid}
        while found := {pid for pid, parent in parents.items() if parent in known} - known:
            known |= found
        return known - {self.child.pid}


@contextmanager
def running(data_dir: Path, settings: Mapping[str, str] | None = None) -> Iterator[RunningHouse]:
    """Start a house and make sure that it is gone afterwards."""
    house = RunningHouse(data_dir, **(settings or {}))
    try:
        yield house
    finally:
        if house.child.poll() is None:
            house.child.kill()
            house.child.wait(STOP_SECONDS)


def alive(pids: set[int]) -> set[int]:
    """Those that still run; one that waits to be buried does not."""
    return {pid for pid, _ in _parents()} & pids


def none_alive(pids: set[int], seconds: float = 10.0) -> bool:
    """Whether all of them end within this time."""
    deadline = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pids)


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it ended while we looked
            continue
        if state != "Z":
            yield int(entry.name), int(parent)


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process and of those it has buried (proc(5), fields 14 to 17)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
