"""Finds the `temporal` program, or makes it: named, on PATH, kept, downloaded, built.

Running it is said in `gateway.embedded.temporal`.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import shutil
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import Callable
from pathlib import Path

from gateway.embedded.children import Program, launched
from gateway.settings import PROJECT, cache_dir, environment_of_children

Say = Callable[[str], None]

SOURCES = PROJECT / "temporal-cli"  # go.mod and go.sum that pin it
PACKAGE = "github.com/temporalio/cli/cmd/temporal"
PROBE_SECONDS = 20
DOWNLOAD_SECONDS = 120  # 190 MB; a machine without the way out learns so in far less
BUILD_SECONDS = 1_800
TICK_SECONDS = 15

# The library downloads only while it starts a server; a process of its own keeps the rest apart.
DOWNLOAD = """
import asyncio, sys
from temporalio.testing import WorkflowEnvironment
async def main():
    environment = await WorkflowEnvironment.start_local(download_dest_dir=sys.argv[1])
    await environment.shutdown()
    await asyncio.sleep(0.5)
asyncio.run(main())
"""

WAYS_OUT = """The `temporal` program is not here and could not be fetched. One of these is enough:
- install it (https://docs.temporal.io/cli) so that it is on PATH, or name it in TEMPORAL_CLI
- install Go 1.26 or newer: it is then built from `temporal-cli/`, once, in three to six minutes
- use a Temporal that runs elsewhere: TEMPORAL_ADDRESS=host:port"""


class NoTemporalCliError(Exception):
    """No `temporal` program could be found or made; the sentence names the ways out."""


async def temporal_cli(named: str | None, say: Say) -> Path:
    """The program that works. Raises NoTemporalCliError; `say` is told of every long step."""
    if named is not None:
        found = shutil.which(named)
        if found is None or not await _works(Path(found)):
            raise NoTemporalCliError(f"TEMPORAL_CLI={named!r} is not a working temporal program")
        return Path(found)
    for candidate in _present():
        if await _works(candidate):
            return candidate
    return await _exclusively(say)


def _present() -> list[Path]:
    on_path = shutil.which("temporal")
    kept = [cache_dir() / "temporal", *sorted(cache_dir().glob("temporal-sdk-python-*"))]
    places = [Path(on_path), *kept] if on_path else kept
    return [path for path in places if path.is_file()]


async def _exclusively(say: Say) -> Path:
    """Fetch it while nobody else of this user does."""
    cache_dir().mkdir(parents=True, exist_ok=True)
    with (cache_dir() / "temporal.lock").open("w") as lock:
        await _locked(lock.fileno(), say)
        return await _fetched(say)


async def _locked(lock: int, say: Say) -> None:
    """Wait without holding up the loop: a Ctrl-C must get through."""
    for turn in itertools.count():
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if turn % TICK_SECONDS == 0:
            say("Temporal: another start of yours is fetching the server; waiting for it")
        await asyncio.sleep(1)


async def _fetched(say: Say) -> Path:
    for candidate in _present():  # somebody else may have fetched it while we waited
        if await _works(candidate):
            return candidate
    for fetch in (_downloaded, _built):
        found = await fetch(say)
        if found is not None and await _works(found):
            return found
    raise NoTemporalCliError(WAYS_OUT)


async def _downloaded(say: Say) -> Path | None:
    say(f"Temporal: downloading the server (once, 190 MB, {DOWNLOAD_SECONDS} seconds at most)")
    command = [sys.executable, "-c", DOWNLOAD, str(cache_dir())]
    await _run(command, DOWNLOAD_SECONDS, say)
    found = sorted(cache_dir().glob("temporal-sdk-python-*"))
    return found[-1] if found else None


async def _built(say: Say) -> Path | None:
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        return None
    say("Temporal: no download here; building it with Go (once, 3 to 6 minutes, 2 GB of cache)")
    sources = cache_dir() / "temporal-cli"
    shutil.copytree(SOURCES, sources, dirs_exist_ok=True)
    unfinished = cache_dir() / "temporal.unfinished"
    command = [go, "build", "-trimpath", "-o", str(unfinished), PACKAGE]
    if await _run(command, BUILD_SECONDS, say, sources):
        unfinished.replace(cache_dir() / "temporal")
        return cache_dir() / "temporal"
    return None


async def _run(command: list[str], seconds: int, say: Say, folder: Path | None = None) -> bool:
    """Run a long step with a sign of life; False when it failed or took too long."""
    environment = {**environment_of_children(), "CGO_ENABLED": "0"}
    child = await asyncio.create_subprocess_exec(
        *launched(Program(command[0], tuple(command), environment)),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        said = await _watched(child, seconds, say)
    finally:
        if child.returncode is None:
            child.kill()
    if child.returncode != 0:
        say(f"Temporal: that failed ({said.splitlines()[-1][:200] if said else 'no word of why'})")
    return child.returncode == 0


async def _watched(child: Process, seconds: int, say: Say) -> str:
    """What it said until its end, or until its time is over."""
    reading = asyncio.create_task(child.communicate())
    for past in range(TICK_SECONDS, seconds + 1, TICK_SECONDS):
        done, _ = await asyncio.wait({reading}, timeout=TICK_SECONDS)
        if done:
            break
        say(f"Temporal: still at it, {past} seconds")
    else:
        child.kill()
    return (await reading)[0].decode(errors="replace").strip()


async def _works(program: Path) -> bool:
    try:
        child = await asyncio.create_subprocess_exec(
            str(program),
            "--version",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        async with asyncio.timeout(PROBE_SECONDS):
            return await child.wait() == 0
    except (OSError, TimeoutError):
        return False
