"""Whom a filter can leave out, judged by what it says and not by who there is.

What its conditions mean is `filters`; here they say something, or nothing.
"""

from collections.abc import Mapping
from typing import Any, Final

from models.rules.filters import Criterion, Filter, Kind

_OPPOSITE: Final[Mapping[bool | None, bool | None]] = {True: False, False: True, None: None}
# A part of a text that is everywhere in it when it is blank, whoever has none.
_PARTS: Final = frozenset({"contains", "startsWith", "endsWith"})


def takes_everybody(given: Filter, criteria: Mapping[str, Criterion]) -> bool:
    """Whether the filter is true of every row, however deep it hides that it says nothing."""
    return _truth(given, criteria) is True


def words_left(given: Filter, name: str, words: frozenset[str]) -> frozenset[str]:
    """Which of all words of a field the filter leaves, whatever it says by `not`."""
    left = words
    for key, value in given.items():
        if value is None:
            continue
        if key == "and":
            left = left.intersection(*(words_left(inner, name, words) for inner in value))
        elif key == "or":
            left &= frozenset().union(*(words_left(inner, name, words) for inner in value))
        elif key == name:
            left = _of_words(value, left)
    return left


def _of_words(comparisons: Mapping[str, Any], words: frozenset[str]) -> frozenset[str]:
    for operator, operand in comparisons.items():
        match operator:
            case "eq" if operand is not None:
                words &= {operand}
            case "ne" if operand is not None:
                words -= {operand}
            case "in" if operand is not None:
                words &= frozenset(operand)
            case _:
                continue
    return words


def _truth(given: Filter, criteria: Mapping[str, Criterion]) -> bool | None:
    """True or False where it is the same for every row; None where a row decides."""
    return _conjunction(
        [_part(name, value, criteria) for name, value in given.items() if value is not None]
    )


def _part(name: str, value: Any, criteria: Mapping[str, Criterion]) -> bool | None:
    if name == "not":
        return _OPPOSITE[_truth(value, criteria)]
    if name == "and":
        return _conjunction([_truth(inner, criteria) for inner in value])
    if name == "or":
        opposites = [_OPPOSITE[_truth(inner, criteria)] for inner in value]
        return _OPPOSITE[_conjunction(opposites)]
    kind = criteria[name].kind
    if kind is Kind.SEARCH:
        return _of_text("contains", value)
    if kind is Kind.CONDITION:
        return None
    return _conjunction([_of_text(*each) for each in value.items() if each[1] is not None])


def _of_text(operator: str, operand: Any) -> bool | None:
    if operator == "in":
        return None if operand else False
    blank = isinstance(operand, str) and not operand.strip()
    if blank and operator == "notContains":
        return False
    return True if blank and operator in _PARTS else None


def _conjunction(truths: list[bool | None]) -> bool | None:
    if False in truths:
        return False
    return None if None in truths else True
