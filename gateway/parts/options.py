"""What the command line hands to a process; everything else is settings."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.readiness import Readiness


@dataclass(frozen=True, slots=True)
class Options:
    """What stands behind the command.

    subjects: what the doctor looks at; none means everything.
    queues: the task queues that a worker serves; none means all.
    smtp_port, page_port: the mail catcher's; 0 takes a free one.
    """

    readiness: Readiness
    smtp_port: int = 0
    page_port: int = 0
    subjects: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
