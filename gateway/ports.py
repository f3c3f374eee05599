"""Which port a listener gets, and whether one is taken.

A port that was free a moment ago may be taken by the next; whoever binds it finds out.
"""

from __future__ import annotations

import contextlib
import socket

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a listener could bind the port now."""
    with socket.socket() as probe:
        # Connections of a listener that has just ended do not hold its port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((host, port))
            return True
    return False


def preferred(port: int, taken: frozenset[int]) -> int:
    """This port when it is free and not in `taken`, else any such port; 0 means any."""
    while port == 0 or port in taken or not is_free(port):
        port = free_port()
    return port


def reached(host: str) -> str:
    """How a listener that is bound to every address is reached from here."""
    return LOOPBACK if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound
