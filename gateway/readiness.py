"""A process says once that it is ready, down a pipe that the supervisor handed to it.

Health while running is asked over HTTP and not said here.
"""

from __future__ import annotations

import os


class Readiness:
    """The writing end; without a pipe (a process started by hand) nobody is told."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def tell(self) -> None:
        """Say it; the second time nothing happens."""
        if self._descriptor is not None:
            os.write(self._descriptor, b"ready\n")
            os.close(self._descriptor)
            self._descriptor = None
