"""Brings the database to the newest migration.

It changes tables, not rows of customers; two migrators wait for each other.
"""

from __future__ import annotations

import asyncio
import logging

from gateway.parts.options import Options
from gateway.settings import part_settings
from models.database import migrate

_log = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Migrate and say so."""
    asyncio.run(migrate(part_settings().needed_database_url))
    _log.info("the database is at the newest migration")
    options.readiness.tell()
    return 0
