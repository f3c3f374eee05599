"""Everything that is decorated is served by some queue, and only once."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import activities
import workflows.stories
from workflows.catalogue import ON_QUEUE

WORKFLOW = "__temporal_workflow_definition"
ACTIVITY = "__temporal_activity_definition"


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def _decorated(package: ModuleType, mark: str) -> set[Any]:
    return {
        thing
        for module in _modules(package)
        for _, thing in inspect.getmembers(module)
        if mark in getattr(thing, "__dict__", {})
    }


def test_every_workflow_is_served() -> None:
    served = {story for queue in ON_QUEUE.values() for story in queue.workflows}
    assert _decorated(workflows.stories, WORKFLOW) == served


def test_every_activity_is_served() -> None:
    served = {step for queue in ON_QUEUE.values() for step in queue.activities}
    assert _decorated(activities, ACTIVITY) == served
