"""Programs that run beside us as direct children and end with us, however we end.

When to start one again is decided by the supervisor.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.embedded import launch

LAUNCH = Path(launch.__file__)
LOG_BYTES = 20_000_000  # a log larger than this is put aside at the next start, one old one is kept
LAST_WORDS_BYTES = 4_000


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that a program runs as; `passes` closed folders above its files."""

    name: str
    uid: int
    gid: int
    passes: bool


@dataclass(frozen=True, slots=True)
class Program:
    """How one program is started and ended."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    grace_seconds: float = 10.0
    inherits: tuple[int, ...] = field(default=())  # descriptors handed down


class ChildError(Exception):
    """A program ended when it should not have; the sentence holds its last words."""


async def start(program: Program, log: Path) -> Process:
    """Start it in a session of its own (a Ctrl-C meant for us does not reach it)."""
    _put_aside(log)
    with log.open("ab") as out:
        return await asyncio.create_subprocess_exec(
            *launched(program),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=dict(program.environment),
            pass_fds=program.inherits,
            start_new_session=True,
        )


async def finish(program: Program, log: Path) -> None:
    """Run it to its end. Raises ChildError unless it ends well."""
    child = await start(program, log)
    try:
        if await child.wait() != 0:
            raise ChildError(f"{program.name} {ending(child)}: {last_words(log)}")
    finally:
        await stop(child, program)


async def stop(child: Process, program: Program) -> None:
    """End it: asked first, killed when it does not listen within its grace."""
    if child.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):  # it may end by itself just now
        child.send_signal(program.stop_signal)
    try:
        async with asyncio.timeout(program.grace_seconds):
            await child.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def launched(program: Program) -> list[str]:
    """The command line that ties the program to this process, and to its account."""
    account = program.account
    return [
        sys.executable,
        "-I",
        "-S",
        str(LAUNCH),
        str(os.getpid()),
        str(int(program.orphan_signal)),
        account.name if account else launch.KEEP_ACCOUNT,
        "1" if account and account.passes else "0",
        *program.command,
    ]


def ending(child: Process) -> str:
    """How it ended, for a sentence."""
    code = child.returncode or 0
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"


def last_words(log: Path) -> str:
    """The end of its log, without the line that was cut."""
    with contextlib.suppress(FileNotFoundError), log.open("rb") as lines:
        lines.seek(max(0, log.stat().st_size - LAST_WORDS_BYTES))
        return "\n".join(lines.read().decode(errors="replace").strip().splitlines()[-12:])
    return ""


def _put_aside(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))
