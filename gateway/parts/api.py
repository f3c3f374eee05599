"""The API's process: GraphQL and what belongs to it over HTTP.

It needs PostgreSQL; Temporal may be away.
"""

from __future__ import annotations

import asyncio
import logging

from gateway.app import application
from gateway.database_door import door_opens
from gateway.parts.options import Options
from gateway.serving import serve
from gateway.settings import part_settings
from gateway.traces import collect_traces

_log = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Serve until told to stop; waits for PostgreSQL when it is away at the start."""
    settings = part_settings()
    collect_traces(settings.traces_url, "api")
    asyncio.run(door_opens(settings.needed_database_url, _log.warning))
    served = application(settings)
    proxies = settings.trusted_proxies
    serve(served, settings.host, settings.http_port, options.readiness, proxies)
    return 0
