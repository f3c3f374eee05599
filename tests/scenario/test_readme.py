"""README's way from sign-in to the switch, followed to the letter in a house of its own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from gateway.settings import PROJECT
from tests.scenario.running import running

PASSWORD = "Correct-Horse-77"  # of the house that the test starts
HEADING = "## From sign-in to the switch"
SCRIPT = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def _commands() -> str:
    section = (PROJECT / "README.md").read_text().split(HEADING)[1].split("\n## ")[0]
    return "\n".join(SCRIPT.findall(section))


def test_the_readme_leads_from_sign_in_to_the_switch(tmp_path: Path) -> None:
    settings = {"TRUNKLINE_ADMIN_PASSWORD": PASSWORD}
    with running(tmp_path / "files", settings) as house:
        house.ready()
        (tmp_path / ".trunkline").symlink_to(house.data_dir)
        told = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"PASSWORD={PASSWORD}\n{_commands()}"],  # noqa: S607 - the reader's own bash
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert told.returncode == 0, told.stderr
        (shown,) = re.findall(r'a1-hash" value="(\w{32})"', told.stdout)
        assert f"{shown}  -" in told.stdout
        assert told.stdout.count('"balance": {"amount": "25", "currencyCode": "USD"}') == 2
        assert told.stdout.count("ALREADY_SHOWN") == 1
        assert "Hello Ada" in told.stdout
        assert '"total": 4, "succeeded": 2, "failed": 2' in told.stdout
        assert "Number stands in this file more than once." in told.stdout
        assert house.stop() == 0
