"""One finding: what was looked at, how it is, what to do.

What is looked at is said in the neighbouring files.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from gateway.settings import Settings


class State(StrEnum):
    """How something is; only BAD makes the verdict bad."""

    GOOD = "ok"
    POOR = "warn"
    BAD = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is empty only when all is good."""

    subject: str
    state: State
    sentence: str
    remedy: str = ""

    def lines(self) -> list[str]:
        """How a terminal shows it."""
        shown = [f"{self.state:6}{self.subject:22}{self.sentence}"]
        return [*shown, f"{'':28}-> {self.remedy}"] if self.remedy else shown


Examination = Callable[[Settings], Awaitable[Finding]]


def good(subject: str, sentence: str) -> Finding:
    """Nothing to do."""
    return Finding(subject, State.GOOD, sentence)


def poor(subject: str, sentence: str, remedy: str) -> Finding:
    """It works, but somebody should look."""
    return Finding(subject, State.POOR, sentence, remedy)


def bad(subject: str, sentence: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(subject, State.BAD, sentence, remedy)
