"""Number translation: leading text cut from a number and other text put in its place.

Nothing here is about language; which set of rules an account has is a table's matter.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from models.rules.enums import CallDirection, LocalizationTarget
from models.rules.errors import ErrorCode, Problem
from models.rules.violation import Violation

ALWAYS = "*"  # as `cut`: matches every number and removes nothing
PART_LONGEST = 20  # characters of `cut` and of `add`: as long as a number can be
RULES_MOST = 200  # every call walks through them
_CUT = re.compile(r"\+?[0-9]{1,19}|\*")
_ADD = re.compile(r"[+*#0-9]{0,20}")


@dataclass(frozen=True, slots=True)
class Translation:
    """One rule: numbers of this target and direction that begin with `cut` get `add` instead."""

    direction: CallDirection
    target: LocalizationTarget
    cut: str
    add: str


def translated(
    rules: Iterable[Translation],
    direction: CallDirection,
    target: LocalizationTarget,
    number: str,
) -> str:
    """Rewrite a number by the first rule that matches; without one it stays as it is."""
    for rule in rules:
        if rule.direction is direction and rule.target is target:
            if rule.cut == ALWAYS:
                return rule.add + number
            if number.startswith(rule.cut):
                return rule.add + number.removeprefix(rule.cut)
    return number


def translation_problems(rules: tuple[Translation, ...]) -> tuple[Problem, ...]:
    """List what is wrong with a set of rules, each at ("rules", position, field)."""
    if len(rules) > RULES_MOST:
        words = f"must be at most {RULES_MOST}"
        return (Violation(ErrorCode.LIMIT_EXCEEDED, words).at("rules"),)
    found: list[Problem] = []
    for position, rule in enumerate(rules):
        if not _CUT.fullmatch(rule.cut):
            words = "must be leading digits, with an optional +, or * for every number"
            found.append(Violation(ErrorCode.INVALID, words).at("rules", str(position), "cut"))
        if not _ADD.fullmatch(rule.add):
            words = "must be at most 20 digits and + * #, or empty"
            found.append(Violation(ErrorCode.INVALID, words).at("rules", str(position), "add"))
    return tuple(found)
