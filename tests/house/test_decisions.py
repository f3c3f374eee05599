"""Decision records are short, numbered without a gap, and say when to think again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.decisions import RECORDS, decided

LONGEST_RECORD = 20  # lines
NAME = re.compile(r"(?P<number>\d{4})-[a-z0-9-]+\.md")


def test_every_record_keeps_the_form() -> None:
    paths = [path for path in sorted(RECORDS.glob("*.md")) if path.name != "README.md"]
    assert [flaw for path in paths for flaw in _flaws(path.name, path.read_text())] == []
    numbers = [int(path.name[:4]) for path in paths]
    assert numbers == list(range(1, len(paths) + 1))


@pytest.mark.parametrize(
    ("name", "text", "flaw"),
    [
        ("0001-short.md", "# Short\n\nIt is.\n", "does not say when to think again"),
        ("0001-short.md", "Revisit when it is not.\n", "has no title"),
        ("0001-long.md", "# Long\n" + "x\n" * 20 + "Revisit when short.\n", "is too long"),
        ("Short.md", "# Short\n\nRevisit when long.\n", "is not named by number and title"),
    ],
)
def test_a_record_in_another_form_is_seen(name: str, text: str, flaw: str) -> None:
    assert list(_flaws(name, text)) == [f"{name} {flaw}"]


def test_a_decision_counts_by_its_words(tmp_path: Path) -> None:
    (tmp_path / "0001-x.md").write_text("`Pet.age` is gone.\n")
    assert decided("`Pet.age`", tmp_path)
    assert not decided("`Pet.name`", tmp_path)


def _flaws(name: str, text: str) -> Iterator[str]:
    if not NAME.fullmatch(name):
        yield f"{name} is not named by number and title"
    if not text.startswith("# "):
        yield f"{name} has no title"
    if "Revisit when" not in text:
        yield f"{name} does not say when to think again"
    if text.count("\n") > LONGEST_RECORD:
        yield f"{name} is too long"
