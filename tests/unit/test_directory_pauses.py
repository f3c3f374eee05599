"""The listener's look for garbage: none of it stops the answers between two looks by the clock."""

from __future__ import annotations

import subprocess
import sys

REMEMBERING = """
import gc
from gateway.directory.pauses import pause_rarely
pause_rarely()
whole = gc.get_stats()[2]["collections"]
kept = [[number] for number in range(300_000)]
assert gc.get_stats()[1]["collections"] > 1
assert gc.get_stats()[2]["collections"] == whole
assert gc.get_freeze_count() > 1_000
"""


def test_what_is_remembered_is_not_looked_through_while_answers_are_given() -> None:
    subprocess.run([sys.executable, "-c", REMEMBERING], check=True)
