"""How often a job tells that it has gone on: at most four times a second, each for itself."""

from uuid import uuid4

from models.jobs.chunk import _may_notify


def test_two_jobs_at_once_do_not_make_each_other_talkative() -> None:
    one, other = uuid4(), uuid4()
    told = [_may_notify(job) for job in (one, other) * 10]
    assert told == [True, True] + [False] * 18
