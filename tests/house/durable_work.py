"""What travels to Temporal: the decorated stories and steps, and what they take and give.

Payloads stand readable in a console and for ever in histories, so they hold ids and numbers.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import types
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import Enum
from types import ModuleType
from typing import Any, Union, get_args, get_origin, get_type_hints

import activities
import workflows
from tests.house.code_rules import WORDS

SECRET_WORDS = frozenset({"password", "pin", "secret", "token"})
PERSONAL_WORDS = frozenset({"email", "phone", "mobile", "address"})
PLAIN = frozenset({str, int, float, bool, datetime, types.NoneType})
MANY = frozenset({list, tuple, Sequence})
ACTIVITY = "__temporal_activity_definition"
WORKFLOW = "__temporal_workflow_definition"
MESSAGES = (
    "__temporal_workflow_run",
    "__temporal_signal_definition",
    "__temporal_query_definition",
    "__temporal_update_definition",
)


def modules(*rooms: ModuleType) -> Iterator[ModuleType]:
    """Every module of these rooms, imported."""
    for room in rooms:
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            yield importlib.import_module(found.name)


def steps() -> set[Callable[..., Any]]:
    """Every decorated activity, wherever it stands."""
    return {thing for thing in _things(activities, workflows) if hasattr(thing, ACTIVITY)}


def stories() -> set[type]:
    """Every decorated workflow."""
    return {
        thing
        for thing in _things(activities, workflows)
        if inspect.isclass(thing) and WORKFLOW in vars(thing)
    }


def travelling() -> Iterator[Callable[..., Any]]:
    """Every function whose arguments and answer travel: steps, and what stories listen to."""
    yield from steps()
    for story in stories():
        for _, function in inspect.getmembers(story, inspect.isfunction):
            if any(hasattr(function, message) for message in MESSAGES):
                yield function


def complaints(function: Callable[..., Any]) -> Iterator[str]:
    """What must not travel with this function."""
    for name, kind in get_type_hints(function).items():
        yield from _complaints(f"{function.__qualname__}({name})", kind)


def _complaints(place: str, kind: Any) -> Iterator[str]:
    if get_origin(kind) in {*MANY, Union, types.UnionType}:
        for part in get_args(kind):
            if part is not Ellipsis:
                yield from _complaints(place, part)
    elif dataclasses.is_dataclass(kind) and isinstance(kind, type):
        yield from _of_dataclass(kind)
    elif kind not in PLAIN and not (isinstance(kind, type) and issubclass(kind, Enum)):
        yield f"{place}: {kind} is no frozen dataclass of ids and numbers"


def _of_dataclass(kind: type) -> Iterator[str]:
    if not kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]  # every dataclass has it
        yield f"{kind.__qualname__} is not frozen"
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        place = f"{kind.__qualname__}.{field.name}"
        if set(WORDS.findall(field.name)) & (SECRET_WORDS | PERSONAL_WORDS):
            yield f"{place} must not travel"
        yield from _complaints(place, hints[field.name])


def _things(*rooms: ModuleType) -> Iterator[Any]:
    for module in modules(*rooms):
        yield from (
            thing
            for thing in vars(module).values()
            if getattr(thing, "__module__", None) == module.__name__
        )
