"""Every file of the house keeps the rules of code, and every rule sees a breach."""

from __future__ import annotations

import pytest

from tests.house import code_rules
from tests.house.code_rules import LONGEST_FILE, LONGEST_FUNCTION, RULES, Rule
from tests.house.sources import EVERYTHING, python_files, source

LONG_FUNCTION = "def long():\n" + "    x = 1\n" * LONGEST_FUNCTION
BREACHES = [
    (code_rules.schema_only_speaks, "schema/x.py", "await Account(id=1).save()"),
    (code_rules.schema_only_speaks, "schema/x.py", "await Account.filter(id=1).delete()"),
    (code_rules.schema_only_speaks, "schema/x.py", "from models.database import transaction"),
    (code_rules.settings_alone_read_the_environment, "models/x.py", "os.environ['A']"),
    (code_rules.settings_alone_read_the_environment, "models/x.py", "from os import getenv"),
    (code_rules.rules_need_nothing_but_python, "models/rules/x.py", "import orjson"),
    (code_rules.rules_need_nothing_but_python, "models/rules/x.py", "from models import seal"),
    (code_rules.stories_touch_nothing, "workflows/stories/x.py", "import random"),
    (code_rules.stories_touch_nothing, "workflows/stories/x.py", "from models import settings"),
    (code_rules.stories_touch_nothing, "workflows/stories/x.py", "at = datetime.now(UTC)"),
    (code_rules.files_are_short, "models/x.py", "x = 1\n" * (LONGEST_FILE + 1)),
    (code_rules.functions_are_short, "models/x.py", LONG_FUNCTION),
    (code_rules.functions_are_short, "tests/x.py", "async " + LONG_FUNCTION),
    (code_rules.names_say_something, "models/mail_utils.py", ""),
    (code_rules.names_say_something, "models/x.py", "class AccountManager: pass"),
    (code_rules.names_say_something, "models/x.py", "def smtp_helper(): pass"),
    (code_rules.names_say_something, "models/x.py", "def process(): pass"),
    (code_rules.files_say_what_is_true_in_them, "models/x.py", "x = 1"),
    (code_rules.imports_are_absolute, "models/x.py", "from .y import z"),
    (code_rules.work_is_finished, "models/x.py", "x = 1  # TO" + "DO: more"),
    (code_rules.tests_are_not_skipped_without_a_reason, "tests/x.py", "pytest.skip()"),
    (code_rules.tests_are_not_skipped_without_a_reason, "tests/x.py", "m = pytest.mark.skip"),
    (code_rules.tests_are_not_skipped_without_a_reason, "tests/x.py", "pytest.mark.xfail(1)"),
    (code_rules.what_is_waived_says_why, "tests/x.py", "x = 1  # no" + "qa: S105"),
    (code_rules.what_is_waived_says_why, "models/x.py", "x = 1  # type: ig" + "nore[misc]"),
    (code_rules.names_of_tests_are_sentences, "tests/x.py", "async def test_blocked_codes(): pass"),
    (code_rules.tests_stand_on_the_real_thing, "tests/x.py", "from unittest.mock import Mock"),
    (code_rules.tests_stand_on_the_real_thing, "tests/x.py", "from unittest import mock"),
    (code_rules.tests_stand_on_the_real_thing, "tests/x.py", "import unittest.mock"),
]
INNOCENT = [
    (code_rules.schema_only_speaks, "models/x.py", "await account.save()"),
    (code_rules.schema_only_speaks, "schema/x.py", "hashlib.sha256(b'').update(b'x')"),
    (code_rules.settings_alone_read_the_environment, "gateway/settings.py", "os.environ['A']"),
    (code_rules.rules_need_nothing_but_python, "models/rules/x.py", "from json import loads"),
    (code_rules.stories_touch_nothing, "workflows/stories/x.py", "at = workflow.now()"),
    (code_rules.functions_are_short, "models/x.py", LONG_FUNCTION.removesuffix("    x = 1\n")),
    (code_rules.names_say_something, "models/x.py", "class DatabaseProcess: pass"),
    (code_rules.tests_are_not_skipped_without_a_reason, "tests/x.py", "pytest.skip('no lamp')"),
    (code_rules.what_is_waived_says_why, "tests/x.py", "x = 1  # no" + "qa: S105 - a word"),
    (
        code_rules.what_is_waived_says_why,
        "tests/x.py",
        "x = 1  # type: ig" + "nore[misc]  # why",
    ),
    (
        code_rules.tests_are_not_skipped_without_a_reason,
        "tests/x.py",
        "@pytest.mark.skipif(True, reason='no lamp')\ndef test(): pass",
    ),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_file_keeps_the_rule(rule: Rule) -> None:
    complaints = [complaint for file in python_files() for complaint in rule(file)]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(("rule", "path", "text"), BREACHES)
def test_a_breach_of_a_rule_is_seen(rule: Rule, path: str, text: str) -> None:
    assert len(list(rule(source(path, text)))) == 1


@pytest.mark.parametrize(("rule", "path", "text"), INNOCENT)
def test_what_only_looks_like_a_breach_is_let_be(rule: Rule, path: str, text: str) -> None:
    assert list(rule(source(path, text))) == []


def test_every_rule_is_proven_by_a_breach() -> None:
    assert {rule for rule, _, _ in BREACHES} == set(RULES)


def test_every_room_is_read() -> None:
    assert {file.room for file in python_files()} == set(EVERYTHING)
