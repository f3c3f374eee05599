"""The seed by itself, with no supervisor around it: nobody is locked out of a new house."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.settings import PROJECT, environment_of_children
from models.access.session import Session
from models.access.staff import Staff
from models.switch.node import SwitchNode
from tests.people import install_key

SHOWN = re.compile(r"^  administrator +(\S+)\r\n  password +(\S+)\r$", re.MULTILINE)


@pytest.fixture
def environment(database: str, tmp_path: Path) -> dict[str, str]:
    """A real server's: no password is set, and no demo is asked for."""
    return {
        **environment_of_children(),
        "DATABASE_URL": database,
        "TRUNKLINE_SECRET_KEY": "k" * 32,
        "TRUNKLINE_DATA_DIR": str(tmp_path / "new"),
    }


async def test_a_generated_password_is_shown_at_a_terminal_once_and_signs_in(
    environment: dict[str, str], tmp_path: Path
) -> None:
    status, said = await asyncio.to_thread(_at_a_terminal, environment)
    assert status == 0, said
    shown = SHOWN.search(said)
    assert shown is not None, said
    login, password = shown.groups()
    install_key()
    assert login == (await Staff.get()).email == "admin@localhost"
    assert (await Session.open(login, password, "127.0.0.1", "a test")).token
    assert said.count(password) == 1
    status, said = await asyncio.to_thread(_at_a_terminal, environment)
    assert (status, SHOWN.search(said)) == (0, None)
    kept = tmp_path / "new" / "node.password"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert await SwitchNode.all().count() == 1


async def test_where_nobody_looks_no_administrator_is_made_and_the_way_out_is_said(
    environment: dict[str, str],
) -> None:
    told = await asyncio.to_thread(_into_a_log, environment)
    assert told.returncode == 2
    assert "TRUNKLINE_ADMIN_PASSWORD is not set" in told.stderr
    assert "password" not in told.stdout
    assert not await Staff.exists()


_SEED = [sys.executable, "-m", "gateway", "seed"]


def _into_a_log(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _SEED, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )


def _at_a_terminal(environment: dict[str, str]) -> tuple[int, str]:
    """The exit status, and everything that stood there."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(_SEED, cwd=PROJECT, env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 4096):
            said += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(ours)
    return child.wait(), said.decode()
