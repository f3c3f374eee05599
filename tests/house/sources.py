"""The project's own text as rules about code read it: one object a file.

Generated and vendored files are ours to keep, not ours to write: rules pass them by.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gateway.settings import PROJECT

ROOMS = ("gateway", "schema", "workflows", "activities", "models")
EVERYTHING = (*ROOMS, "tools", "tests")
GENERATED = "models/migrations/0001_initial.py"
VENDORED = "vendor"


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file; `path` counts from the project's root, with slashes."""

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The top folder."""
        return self.path.partition("/")[0]

    def at(self, node: ast.stmt | ast.expr, complaint: str) -> str:
        """A complaint with its place."""
        return f"{self.path}:{node.lineno}: {complaint}"


def source(path: str, text: str) -> Source:
    """A file that need not exist."""
    return Source(path, text, ast.parse(text))


def python_files() -> Iterator[Source]:
    """Every Python file that people write."""
    for path in files(".py"):
        yield _read(path)


def files(*endings: str, rooms: tuple[str, ...] = EVERYTHING) -> Iterator[Path]:
    """Every file that people write, with one of these endings."""
    for room in rooms:
        for path in sorted((PROJECT / room).rglob("*")):
            if path.suffix in endings and _is_written(path):
                yield path


def told(path: Path) -> str:
    """A path as complaints name it."""
    return path.relative_to(PROJECT).as_posix()


@cache
def _read(path: Path) -> Source:
    return source(told(path), path.read_text())


def _is_written(path: Path) -> bool:
    return told(path) != GENERATED and VENDORED not in path.parts
