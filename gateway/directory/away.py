"""What it looks like when the database does not answer, in every form its driver knows.

A mistake in our own statements is among them: it is logged with its words and answered as away.
"""

from __future__ import annotations

import asyncpg

SILENCE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # of a connection that was ended while nobody used it
)


class Away(Exception):
    """The database does not answer, and what was known is too old."""
