"""Which port a listener gets, whether one is taken, and who has been promised one.

A port that is free now may be taken by a stranger in a moment; whoever binds it finds out.
"""

from __future__ import annotations

import contextlib
import socket
import sys

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


class Promise:
    """A port that no other house takes until this is let go.

    Two houses that start together see a port free before either has bound it. The promise is a
    name in the network's own namespace: it ends with its holder, however that ends.
    """

    def __init__(self, port: int) -> None:
        """Raises OSError when another house holds the promise."""
        self.port = port
        self._name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if sys.platform == "linux":  # elsewhere such names do not exist, and nothing is promised
            try:
                self._name.bind(f"\0trunkline-port-{port}")
            except OSError:
                self.release()
                raise

    def release(self) -> None:
        """Let it go."""
        self._name.close()


def promise(port: int, host: str = LOOPBACK) -> Promise | None:
    """This port, or None when it is taken or promised to another."""
    with contextlib.suppress(OSError):
        promised = Promise(port)
        if is_free(port, host):
            return promised
        promised.release()
    return None


def promise_near(wanted: int) -> Promise:
    """The wanted port when it is to be had, else any; 0 means any."""
    port = wanted or free_port()
    while (promised := promise(port)) is None:
        port = free_port()
    return promised


def reached(host: str) -> str:
    """How a listener that is bound to every address is reached from here."""
    return LOOPBACK if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound
