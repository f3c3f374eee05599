"""Whom a filter can leave out, judged by what it says and not by who there is.

What its conditions mean is `filters`; here they are only there, or not.
"""

from collections.abc import Mapping
from typing import Any, Final

from models.rules.filters import Filter, Shape

_OPPOSITE: Final[Mapping[bool | None, bool | None]] = {True: False, False: True, None: None}


def takes_everybody(shape: Shape) -> bool:
    """Whether the filter is true of every row, however deep it hides that it says nothing."""
    return _truth(shape) is True


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


def _truth(shape: Shape) -> bool | None:
    """True or False where it is the same for every row; None where a row decides."""
    return _conjunction([_part(name, detail) for name, detail in shape])


def _part(name: str, detail: Shape) -> bool | None:
    if name == "not":
        return _OPPOSITE[_truth(detail)]
    if name == "and":
        return _conjunction([_truth(inner) for inner in detail])
    if name == "or":
        return _OPPOSITE[_conjunction([_OPPOSITE[_truth(inner)] for inner in detail])]
    return None if detail else True


def _conjunction(truths: list[bool | None]) -> bool | None:
    if False in truths:
        return False
    return None if None in truths else True
