"""The project's texts name no machine: no folder of somebody's, no address of a package index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.settings import PROJECT

OUTSIDE = frozenset({"__pycache__", "node_modules", "vendor"})
BINARY = frozenset({".png", ".ico", ".woff2", ".ttf", ".gz", ".pdf"})
MACHINES = re.compile(
    r"(?<![\w.])/(?:work|home|root|Users)/\w"  # a folder of a person or a machine
    r"|/tmp/\w+/v\b"
    r"|\.\./shared"
    r"|://(?:[\w-]+\.)*(?:pypi|pythonhosted|npmjs|golang)\.(?:org|com)"
)


def test_no_text_names_a_machine_or_a_package_index() -> None:
    places = [place for path in _texts() for place in _named(path)]
    assert not places, "\n".join(places)


@pytest.mark.parametrize(
    "text",
    [
        "see /" + "work/main/README",
        "in /" + "home/ada/x",
        "from .." + "/shared/x",
        "https:/" + "/pypi.org/simple",
        "https:/" + "/files.pythonhosted.org/x",
    ],
)
def test_a_machine_in_a_text_is_seen(text: str) -> None:
    assert MACHINES.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "https:/" + "/host/wo" + "rk/x",
        "a/ho" + "me/b",
        "the /graphql route",
        "see https:/" + "/spec.org/x",
    ],
)
def test_other_paths_and_addresses_are_let_be(text: str) -> None:
    assert not MACHINES.search(text)


def _texts() -> Iterator[Path]:
    for path in sorted(PROJECT.rglob("*")):
        folders = path.relative_to(PROJECT).parts[:-1]
        if path == PROJECT / ".git":  # a second working tree says where its repository is
            continue
        if path.is_file() and path.suffix not in BINARY and not any(map(_is_left_out, folders)):
            yield path


def _is_left_out(folder: str) -> bool:
    """Caches, environments and data hide behind a dot; so does what checks us, which is ours."""
    return folder in OUTSIDE or (folder.startswith(".") and folder != ".ci")


def _named(path: Path) -> Iterator[str]:
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return  # no text
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINES.search(line):
            yield f"{path.relative_to(PROJECT)}:{number}: {line.strip()[:80]}"
