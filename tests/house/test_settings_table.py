"""README's table of settings is the one that the code reads."""

from __future__ import annotations

import re

from gateway.setting_table import SETTINGS
from gateway.settings import PROJECT, read_settings

ROW = re.compile(r"^\| `(?P<name>[A-Z_]+)` \| (?P<meaning>.+) \| (?P<default>.+) \|$", re.MULTILINE)


def test_every_setting_stands_in_the_readme_as_the_code_says_it() -> None:
    shown = [match.groups() for match in ROW.finditer((PROJECT / "README.md").read_text())]
    assert shown == [(s.name, s.meaning, s.default) for s in SETTINGS]


def test_every_setting_of_the_table_is_read_and_no_other() -> None:
    asked: set[str] = set()

    class Listening(dict[str, str]):
        def get(self, name: str, default: str = "") -> str:  # type: ignore[override]  # it only notes what is asked
            asked.add(name)
            return default

    read_settings(Listening())
    assert asked == {setting.name for setting in SETTINGS}
