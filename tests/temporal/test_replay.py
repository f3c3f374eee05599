"""Recorded histories still replay: a running workflow survives the next release."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.temporal.conftest import KEYS
from tests.temporal.record import HISTORIES
from workflows.catalogue import ON_QUEUE
from workflows.codec import data_converter

STORIES = [story for served in ON_QUEUE.values() for story in served.workflows]
FILES = sorted(HISTORIES.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_a_recorded_history_replays(path: Path) -> None:
    # Debugging looks at no clock: a busy machine is no change of a story.
    replayer = Replayer(workflows=STORIES, data_converter=data_converter(KEYS), debug_mode=True)
    recorded = WorkflowHistory.from_json(path.stem, path.read_text())  # noqa: ASYNC240 - small
    await replayer.replay_workflow(recorded)


@pytest.mark.parametrize("story", STORIES)
def test_every_story_has_a_recorded_history(story: type) -> None:
    assert any(path.stem.endswith(f"-{story.__name__}") for path in FILES)
