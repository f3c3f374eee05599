"""Load on a server of the bench: answers a second, delays and the server's CPU, by `wrk`.

What is compared takes turns in short windows, so that a neighbour on the machine slows both alike.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROUNDS = 3
MISSING = "wrk is not installed (Debian package wrk)"

# What wrk says at its end: a line of JSON of our own.
_TOLD = """
done = function(summary, latency, requests)
    local e = summary.errors
    local failed = e.connect + e.read + e.write + e.status + e.timeout
    io.write(string.format('\\n{"count": %d, "failed": %d, "p50": %f, "p95": %f, "p99": %f}\\n',
        summary.requests, failed, latency:percentile(50) / 1000, latency:percentile(95) / 1000,
        latency:percentile(99) / 1000))
end
"""


@dataclass(frozen=True, slots=True)
class Shot:
    """One kind of request that is fired again and again at a server."""

    url: str
    pid: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def script(self) -> str:
        """The same for wrk."""
        given = {**self.headers, "Content-Type": "application/json"}
        headers = "\n".join(f'wrk.headers["{name}"] = "{text}"' for name, text in given.items())
        return (
            f'wrk.method = "POST"\n{headers}\nwrk.body = [==[{json.dumps(self.body)}]==]\n{_TOLD}'
        )


@dataclass(frozen=True, slots=True)
class Rate:
    """What was answered: each second, in milliseconds, and for how much CPU of the process."""

    per_second: float
    p50: float
    p95: float
    p99: float
    cpu_milliseconds: float


def can_fire() -> bool:
    """Whether the load generator is here."""
    return shutil.which("wrk") is not None


async def rates(shots: Sequence[Shot], connections: int, seconds: float) -> list[Rate]:
    """Fire each in turn, `seconds` in all for each; the delays are those of the median window."""
    windows: list[list[Rate]] = [[] for _ in shots]
    for shot in shots:
        await _window(shot, connections, 2)  # connections are opened, statements prepared
    for _ in range(ROUNDS):
        for shot, kept in zip(shots, windows, strict=True):
            kept.append(await _window(shot, connections, max(1, round(seconds / ROUNDS))))
    return [sorted(kept, key=lambda rate: rate.per_second)[ROUNDS // 2] for kept in windows]


async def _window(shot: Shot, connections: int, seconds: int) -> Rate:
    with tempfile.TemporaryDirectory() as folder:
        lua = Path(folder) / "shot.lua"
        lua.write_text(shot.script())
        before = _cpu_seconds(shot.pid)
        program = await asyncio.create_subprocess_exec(
            *("wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s"),
            *("-s", str(lua), shot.url),
            stdout=PIPE,
            stderr=STDOUT,
        )
        text = (await program.communicate())[0].decode()
        used = _cpu_seconds(shot.pid) - before
    told = json.loads(text.strip().splitlines()[-1])
    if told["failed"] or not told["count"]:
        raise RuntimeError(f"requests failed:\n{text}")
    return Rate(
        per_second=told["count"] / seconds,
        p50=told["p50"],
        p95=told["p95"],
        p99=told["p99"],
        cpu_milliseconds=used / told["count"] * 1000,
    )


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
