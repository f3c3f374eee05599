"""What must be there before anybody can sign in, and the demo data where they are wanted.

Repeated, it changes nothing that people have made.
"""

from __future__ import annotations

import asyncio
import logging

from gateway.database_door import door_opens
from gateway.demo.seeding import seed_demo
from gateway.parts.options import Options
from gateway.settings import Settings, part_settings
from models.access.staff import Staff
from models.database import connect, disconnect
from models.seal import install_key
from models.settings import HouseSettings
from models.switch.node import SwitchNode

_log = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Make what is missing and say so."""
    settings = part_settings()
    install_key(settings.application_key)
    asyncio.run(_seed(settings))
    options.readiness.tell()
    return 0


async def _seed(settings: Settings) -> None:
    await door_opens(settings.needed_database_url, _log.warning)
    await connect(settings.needed_database_url, pool_size=2, read_pool_size=2)
    try:
        if settings.admin_password is not None:
            made = await Staff.bootstrap(settings.admin_email, settings.admin_password)
            _log.info("the first administrator was %s", "made" if made else "there already")
        if settings.node_password is not None:
            await SwitchNode.first_credentials(settings.node_user, settings.node_password)
            _log.info("the switch %s may ask the directory", settings.node_user)
        if settings.realm is not None:
            await _name_realm(settings.realm)
        if settings.demo:
            made = await seed_demo(settings, _log.info)
            _log.info("the demo data were %s", "made" if made else "there already")
    finally:
        await disconnect()


async def _name_realm(asked: str) -> None:
    realm = await HouseSettings.name_realm(asked)
    if realm == asked:
        _log.info("the administration's devices are in the realm %s", realm)
    else:
        _log.warning("the realm stays %s: devices are in it, or %s is a reseller's", realm, asked)
