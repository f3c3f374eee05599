"""Programs that run beside us: they end with us, and come back when they end too early."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.embedded import children, postgres
from gateway.embedded.children import ChildError, Program
from gateway.ports import free_port
from gateway.settings import PROJECT, environment_of_children
from gateway.supervision import Keeper, Part, PartFailedError
from tests.scenario.running import none_alive

STARTS_A_SLEEPER = """
import asyncio, sys
from pathlib import Path
from gateway.embedded.children import Program, start
async def main():
    sleeper = Program("sleeper", ("/bin/sleep", "600"), {})
    print((await start(sleeper, Path(sys.argv[1]))).pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def test_a_child_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTS_A_SLEEPER, str(tmp_path / "sleeper.log")]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.kill()
    assert none_alive({child})


async def test_a_program_that_fails_is_told_of_with_its_last_words(tmp_path: Path) -> None:
    failing = _shell("echo no room left on the moon; exit 3")
    with pytest.raises(ChildError, match=r"ended with 3: no room left on the moon"):
        await children.finish(failing, tmp_path / "failing.log")


async def test_a_program_that_does_not_listen_is_killed_after_its_grace(tmp_path: Path) -> None:
    deaf = Program("deaf", ("/bin/sh", "-c", "trap '' TERM; sleep 600"), {}, grace_seconds=0.2)
    child = await children.start(deaf, tmp_path / "deaf.log")
    await asyncio.sleep(0.2)
    await children.stop(child, deaf)
    assert child.returncode == -signal.SIGKILL


async def test_a_part_that_never_gets_ready_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    said: list[str] = []
    part = Part("broken", lambda: _shell("echo cannot bind; exit 1"), tmp_path / "broken.log")
    with pytest.raises(PartFailedError, match="each of 3 tries: cannot bind"):
        await Keeper(part, said.append, lambda: None).keep()
    assert said == [
        "broken ended with 1; starting it again in 0.5 s",
        "broken ended with 1; starting it again in 1 s",
    ]


async def test_postgres_runs_in_a_folder_that_is_closed_to_others(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    cluster = postgres.cluster_at(closed / "postgres", free_port(), "hush")
    await postgres.prepare(cluster, tmp_path / "postgres.log")
    program = postgres.program(cluster)
    child = await children.start(program, tmp_path / "postgres.log")
    try:
        async with asyncio.timeout(30):
            await postgres.answer(cluster)
    finally:
        await children.stop(child, program)
    assert child.returncode == 0


async def test_postgres_is_back_after_a_kill_with_what_was_committed(tmp_path: Path) -> None:
    cluster = postgres.cluster_at(tmp_path / "postgres", free_port(), "hush")
    await postgres.prepare(cluster, tmp_path / "postgres.log")
    for kill in (True, False):
        await postgres.clear_the_way(cluster)
        child = await children.start(postgres.program(cluster), tmp_path / "postgres.log")
        await postgres.answer(cluster)
        connection = await postgres.connected(cluster.dsn())
        if kill:
            await connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
            child.kill()
            await child.wait()
            connection.terminate()
        else:
            assert await connection.fetchval("SELECT one FROM kept") == 1
            await connection.close()
            await children.stop(child, postgres.program(cluster))


def _shell(script: str) -> Program:
    return Program("program", ("/bin/sh", "-c", script), environment_of_children())
