"""The command line of a worker offers the queues that there are."""

from gateway.__main__ import QUEUES
from workflows.options import Queue


def test_a_worker_may_be_kept_to_any_queue_there_is() -> None:
    assert tuple(Queue) == QUEUES
