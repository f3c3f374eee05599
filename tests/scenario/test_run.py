"""`make run`: everything starts, is kept alive, ends cleanly and keeps what it had."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.scenario.running import START_SECONDS, RunningHouse, none_alive, running

KEYS = {
    "graphql",
    "uploads",
    "directory",
    "cdrs",
    "temporal_ui",
    "mail_ui",
    "metrics",
    "directory_user",
    "directory_password",
    "database",
    "pids",
}
PARTS = ["api", "directory", "worker", "temporal", "postgres"]
FIRST_ADMINISTRATOR = "SELECT id FROM staff WHERE role = 'ADMIN'"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house that the tests of this file share; each leaves it ready."""
    with running(tmp_path_factory.mktemp("house") / "files") as house:
        house.ready()
        yield house


def test_a_start_tells_where_everything_answers(house: RunningHouse) -> None:
    ready = house.ready()
    assert set(ready) == KEYS
    assert set(ready["pids"]) == set(PARTS)
    assert stat.S_IMODE(house.ready_file.stat().st_mode) == 0o600
    for name in ("graphql", "directory", "temporal_ui", "mail_ui", "metrics"):
        assert f"{name} " in house.said
        assert ready[name] in house.said


def test_the_first_administrator_is_printed_once(house: RunningHouse) -> None:
    assert re.search(r"^  administrator +admin@localhost$", house.said, re.MULTILINE)
    assert re.search(r"^  password +\S{20,}$", house.said, re.MULTILINE)
    assert not (house.data_dir / "administrator.password").exists()


def test_every_address_answers(house: RunningHouse) -> None:
    ready = house.ready()
    assert httpx.get(ready["metrics"]).status_code == 200
    assert httpx.get(ready["temporal_ui"]).status_code == 200
    assert httpx.get(f"{ready['mail_ui']}/api/messages").json() == []
    assert httpx.post(ready["directory"]).status_code == 401
    login = (ready["directory_user"], ready["directory_password"])
    asked = {"section": "directory", "user": "nobody", "domain": "nowhere.example"}
    answer = httpx.post(ready["directory"], auth=login, data=asked)
    assert answer.status_code == 200
    assert 'status="not found"' in answer.text


async def test_the_database_is_migrated_and_has_an_administrator(house: RunningHouse) -> None:
    assert await _asked(house.ready(), FIRST_ADMINISTRATOR) is not None


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_is_started_again_and_that_is_said(house: RunningHouse, part: str) -> None:
    before = house.ready()["pids"][part]
    os.kill(before, signal.SIGKILL)
    house.wait_for(lambda: house.ready()["pids"][part] != before, 30)
    assert f"{part} was ended by SIGKILL; starting it again in " in house.said
    assert f"{part} is back" in house.said


def test_the_same_folder_is_not_run_twice(house: RunningHouse) -> None:
    with running(house.data_dir) as other:
        assert other.child.wait(20) == 1
        assert f"already runs in {house.data_dir}" in other.said
    assert house.child.poll() is None


async def test_a_stopped_house_keeps_everything_and_is_back_soon(tmp_path: Path) -> None:
    with running(tmp_path / "files") as house:
        first = house.ready()
        administrator = await _asked(first, FIRST_ADMINISTRATOR)
        children = house.children()
        assert house.stop(signal.SIGINT) == 0
        assert none_alive(children)
        assert not house.ready_file.exists()
        assert house.said.endswith("stopped\n")
    with running(tmp_path / "files") as house:
        second = house.ready()
        assert house.cpu_seconds() < 10  # so it is back in ten seconds, unless others need the CPU
        assert await _asked(second, FIRST_ADMINISTRATOR) == administrator
        assert {name: second[name] for name in KEYS - {"pids"}} == {
            name: first[name] for name in KEYS - {"pids"}
        }
        assert re.search(r"^  password +as printed at the first start$", house.said, re.MULTILINE)
        assert house.stop(signal.SIGTERM) == 0


def test_a_first_start_that_was_cut_short_still_owes_the_password(tmp_path: Path) -> None:
    with running(tmp_path / "files") as house:
        house.wait_for(lambda: "directory is ready" in house.said, START_SECONDS)
        cut_short = "\nready" not in house.said
        house.stop(signal.SIGKILL)
    with running(tmp_path / "files") as house:
        house.ready()
        printed = re.search(r"^  password +(\S{20,})$", house.said, re.MULTILINE)
        assert bool(printed) == cut_short
        assert house.stop() == 0


def test_a_killed_supervisor_takes_everything_along_and_nothing_is_lost(tmp_path: Path) -> None:
    with running(tmp_path / "files") as house:
        house.ready()
        children = house.children()
        house.stop(signal.SIGKILL)
        assert none_alive(children)
    with running(tmp_path / "files") as house:
        house.ready()
        assert house.stop() == 0


def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(tmp_path / "files", {"TRUNKLINE_HTTP_PORT": str(port)}) as house:
            assert house.child.wait(20) == 1
    assert f"Port {port} is taken: set TRUNKLINE_HTTP_PORT" in house.said


def test_a_database_that_is_away_is_named_with_what_to_do(tmp_path: Path) -> None:
    away = {
        "DATABASE_URL": "postgresql://trunkline:hush@127.0.0.1:1/trunkline",
        "TRUNKLINE_SECRET_KEY": "k" * 32,
    }
    with running(tmp_path / "files", away) as house:
        sentence = "PostgreSQL at 127.0.0.1:1/trunkline does not answer"
        house.wait_for(lambda: sentence in house.said, 20)
        assert "start it, or correct DATABASE_URL" in house.said
        assert "hush" not in house.said
        assert house.stop() == 0


def test_settings_that_cannot_be_used_end_the_start(tmp_path: Path) -> None:
    with running(tmp_path / "files", {"TRUNKLINE_DEMO": "perhaps"}) as house:
        assert house.child.wait(20) == 2
    assert "TRUNKLINE_DEMO = 'perhaps': must be 1 or 0" in house.said


async def _asked(ready: dict[str, Any], question: str) -> object:
    connection = await asyncpg.connect(ready["database"])
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()
