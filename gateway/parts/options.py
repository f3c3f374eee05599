"""What the command line hands to a process; everything else is settings."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.readiness import Readiness


@dataclass(frozen=True, slots=True)
class Options:
    """`smtp_port` and `page_port` are the mail catcher's; 0 takes a free one."""

    readiness: Readiness
    smtp_port: int = 0
    page_port: int = 0
