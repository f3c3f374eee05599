"""Jobs and calls in a storm: whatever is killed, every account is there once, with its money."""

from __future__ import annotations

from pathlib import Path

from tests.scenario.storm import EVERYBODY
from tests.scenario.weather import Weather, weather

SHORT = Weather(kills=6, at_once=3, rows=500)


async def test_every_kind_of_job_and_every_call_comes_out_whole_from_a_storm(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o711)  # noqa: ASYNC240 - PostgreSQL's own account has to pass
    house = await weather(tmp_path, SHORT, seed=7)
    assert set(house.kills) == set(EVERYBODY)
