"""The supervisor's process: everything on this machine."""

from __future__ import annotations

import asyncio

from gateway.parts.options import Options
from gateway.settings import own_settings
from gateway.supervisor import supervise


def run(options: Options) -> int:
    """Run the house until a signal."""
    del options  # the supervisor is told nothing and tells a person
    return asyncio.run(supervise(own_settings()))
