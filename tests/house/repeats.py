"""Which steps are run twice by a test, as its call of `run_twice` says.

A name elsewhere in a test, or in a comment, is not one.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from tests.house.durable_work import ACTIVITY, modules

CALLS = frozenset({"run_twice", "exchange.run_twice"})  # of a house, and of one with a switch


def run_twice_in(room: ModuleType) -> set[Callable[..., Any]]:
    """The steps that some test of the room runs twice."""
    return {
        step
        for module in modules(room)
        for name, test in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("test_") and "run_twice" in test.__code__.co_names
        for step in repeated_by(test)
    }


def repeated_by(test: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """The steps that one test gives to `run_twice`, by name or as a parameter of the test."""
    known = _parameters(test)
    for call in ast.walk(ast.parse(inspect.getsource(test))):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in CALLS:
            for given in call.args:
                name = ast.unparse(given)
                found = known.get(name, [vars(inspect.getmodule(test)).get(name)])
                yield from (thing for thing in found if hasattr(thing, ACTIVITY))


def _parameters(test: Callable[..., Any]) -> dict[str, list[Any]]:
    """What pytest gives for each parameter of the test."""
    known: dict[str, list[Any]] = {}
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            names = [mark.args[0]] if isinstance(mark.args[0], str) else list(mark.args[0])
            rows = [[case] if len(names) == 1 else case for case in mark.args[1]]
            known |= dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return known
