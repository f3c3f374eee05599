"""Where an operator looks at a job's workflow: an address in the workflow console.

The console is another program with its own door; an address opens nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Console:
    """A workflow console and the namespace in which our jobs are carried."""

    url: str
    namespace: str


_console: Console | None = None


def install_console(console: Console | None) -> None:
    """Say which console there is; None when none is known."""
    global _console  # noqa: PLW0603 - one address a process, set before anything runs
    _console = console


def console_url(workflow_id: str) -> str | None:
    """The page of a workflow's latest run; None when no console is known."""
    if _console is None:
        return None
    place = f"{quote(_console.namespace, safe='')}/workflows/{quote(workflow_id, safe='')}"
    return f"{_console.url.rstrip('/')}/namespaces/{place}"
