"""What code of this house may not do, as far as one file shows it.

A rule yields a complaint for each breach; imports between rooms are said in pyproject.toml.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator

from tests.house.sources import ROOMS, Source

Rule = Callable[[Source], Iterator[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef

LONGEST_FILE = 300  # lines; a longer one holds two concepts
LONGEST_FUNCTION = 50  # lines; most have fewer than ten
WRITES = frozenset({"save", "create", "bulk_create", "update", "bulk_update", "delete"})
TRANSACTIONS = frozenset({"transaction", "in_transaction", "atomic", "raw"})
ENVIRONMENT = frozenset({"environ", "environb", "getenv", "putenv"})
# The launcher runs before anything of ours and sets HOME for the account it becomes.
READS_ENVIRONMENT = frozenset({"gateway/settings.py", "gateway/embedded/launch.py"})
KNOWN_TO_STORIES = (
    *("__future__", "asyncio", "collections.abc", "dataclasses", "datetime", "typing"),
    *("activities", "models.rules", "temporalio", "workflows"),
)
NOT_REPLAYED = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "asyncio.wait"})
EMPTY_WORDS = re.compile(r"(?i)^(service|manager|handler|helper|util)s?$")
EMPTY_NAMES = frozenset({"process", "do", "data", "info", "create"})
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|HA" r"CK)\b")
WAIVERS = re.compile(
    r"# (?:ruff: )?no" r"qa(?:: [A-Z0-9, ]*[A-Z0-9])?|# type: ig" r"nore(?:\[[a-z, -]+\])?"
)
REASON = re.compile(r"\s+(?:--?|#) \S")
SKIPS = frozenset({"skip", "skipif", "xfail", "importorskip"})
SENTENCE = 3  # words
STAND_INS = frozenset({"mock", "unittest.mock", "pytest_mock"})


def schema_only_speaks(source: Source) -> Iterator[str]:
    """No row is written and no transaction opened in `schema`."""
    if source.room != "schema":
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in WRITES and not _is_of_hash_or_dict(node.func.value):
                yield source.at(node, f".{node.func.attr}( belongs to a verb of models")
        elif isinstance(node, ast.ImportFrom) and node.module == "models.database":
            for name in {alias.name for alias in node.names} & TRANSACTIONS:
                yield source.at(node, f"{name} belongs to a verb of models")


def settings_alone_read_the_environment(source: Source) -> Iterator[str]:
    """The environment is read in `gateway/settings.py`."""
    if source.room not in ROOMS or source.path in READS_ENVIRONMENT:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT:
            yield source.at(node, f"{node.attr} is read in gateway/settings.py alone")
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            for name in {alias.name for alias in node.names} & ENVIRONMENT:
                yield source.at(node, f"{name} is read in gateway/settings.py alone")


def rules_need_nothing_but_python(source: Source) -> Iterator[str]:
    """The pure rules import the standard library and each other, nothing that was installed."""
    if source.path.startswith("models/rules/"):
        for node, module in _imported(source.tree):
            if module.partition(".")[0] not in sys.stdlib_module_names and not _within(
                module, "models.rules"
            ):
                yield source.at(node, f"{module} is no pure rule's business")


def stories_touch_nothing(source: Source) -> Iterator[str]:
    """A story knows Temporal, steps, rules and itself: no table, clock, chance or environment."""
    if source.path.startswith("workflows/stories/"):
        for node, module in _imported(source.tree):
            if not any(_within(module, known) for known in KNOWN_TO_STORIES):
                yield source.at(node, f"{module} is no story's business")
        for part in ast.walk(source.tree):
            if isinstance(part, ast.Attribute) and ast.unparse(part) in NOT_REPLAYED:
                yield source.at(part, "a story has this from `workflow`")


def files_are_short(source: Source) -> Iterator[str]:
    """A file is one concept."""
    lines = source.text.count("\n")
    if lines > LONGEST_FILE:
        yield f"{source.path}: {lines} lines, at most {LONGEST_FILE}"


def functions_are_short(source: Source) -> Iterator[str]:
    """A function is read in one look."""
    for function in _functions(source):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > LONGEST_FUNCTION:
            yield source.at(function, f"{function.name} has {lines}, at most {LONGEST_FUNCTION}")


def names_say_something(source: Source) -> Iterator[str]:
    """Modules, classes and functions are named after what they are about."""
    stem = source.path.rpartition("/")[2].removesuffix(".py")
    if _is_empty_name(stem, source.room):
        yield f"{source.path}: the name says nothing"
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and (
            _is_empty_name(node.name, source.room)
        ):
            yield source.at(node, f"the name {node.name} says nothing")


def files_say_what_is_true_in_them(source: Source) -> Iterator[str]:
    """Every file that is not empty begins with its docstring."""
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield f"{source.path}: does not say what is true here"


def imports_are_absolute(source: Source) -> Iterator[str]:
    """A line of code is found by the same name everywhere."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield source.at(node, "a relative import")


def work_is_finished(source: Source) -> Iterator[str]:
    """What is missing is absent; it is not announced in a comment."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if UNFINISHED.search(line):
            yield f"{source.path}:{number}: unfinished work is a record in docs/decisions"


def tests_are_not_skipped_without_a_reason(source: Source) -> Iterator[str]:
    """Whoever skips a test says why."""
    if source.room != "tests":
        return
    for node in ast.walk(source.tree):
        if _named(node) in SKIPS and not _has_reason(node, source.tree):
            yield f"{source.path}:{getattr(node, 'lineno', 0)}: skipped without a reason"


def what_is_waived_says_why(source: Source) -> Iterator[str]:
    """Whoever silences a check says in the same line why it does not apply there."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if (waived := WAIVERS.search(line)) and not REASON.match(line, waived.end()):
            yield f"{source.path}:{number}: silenced without a reason"


def names_of_tests_are_sentences(source: Source) -> Iterator[str]:
    """A test says in its name what is true."""
    for function in _functions(source):
        words = function.name.removeprefix("test_").split("_")
        if source.room == "tests" and function.name.startswith("test_") and len(words) < SENTENCE:
            yield source.at(function, f"{function.name} is no sentence")


def tests_stand_on_the_real_thing(source: Source) -> Iterator[str]:
    """PostgreSQL, Temporal and mail servers are real in tests: nothing is mocked."""
    for node in ast.walk(source.tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        if STAND_INS & set(names):
            yield f"{source.path}:{getattr(node, 'lineno', 0)}: a mock"


RULES: tuple[Rule, ...] = (
    schema_only_speaks,
    settings_alone_read_the_environment,
    rules_need_nothing_but_python,
    stories_touch_nothing,
    files_are_short,
    functions_are_short,
    names_say_something,
    files_say_what_is_true_in_them,
    imports_are_absolute,
    work_is_finished,
    tests_are_not_skipped_without_a_reason,
    what_is_waived_says_why,
    names_of_tests_are_sentences,
    tests_stand_on_the_real_thing,
)


def _functions(source: Source) -> Iterator[Function]:
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def _imported(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """Every module that is imported, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _is_empty_name(name: str, room: str) -> bool:
    if room != "tests" and name.strip("_").lower() in EMPTY_NAMES:
        return True
    return not name.startswith("test_") and any(map(EMPTY_WORDS.match, WORDS.findall(name)))


def _is_of_hash_or_dict(value: ast.expr) -> bool:
    """A literal dictionary or a hash under construction has an `update` of its own."""
    return isinstance(value, (ast.Dict, ast.DictComp)) or (
        isinstance(value, ast.Call) and ast.unparse(value.func).startswith("hashlib.")
    )


def _named(node: ast.AST) -> str | None:
    """The last name of what `pytest.mark.skip`, with or without a call, refers to."""
    if isinstance(node, ast.Attribute) and ast.unparse(node).startswith("pytest."):
        return node.attr
    return None


def _has_reason(mark: ast.AST, tree: ast.Module) -> bool:
    calls = (n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.func is mark)
    return any(_reasons(call) for call in calls)


def _reasons(call: ast.Call) -> bool:
    name = _named(call.func)
    if any(keyword.arg == "reason" for keyword in call.keywords):
        return True
    return name == "skip" and bool(call.args)
