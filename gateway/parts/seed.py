"""What must be there before anybody can sign in, and the demo data where they are wanted.

Repeated, it changes nothing that people have made.
"""

from __future__ import annotations

import asyncio
import logging
import sys

from gateway.addresses import NODE_PASSWORD
from gateway.data_dir import DataDir
from gateway.database_door import door_opens
from gateway.demo.seeding import seed_demo
from gateway.parts.options import Options
from gateway.setting_values import SettingsError
from gateway.settings import Settings, part_settings
from models.access.staff import Staff
from models.database import connect, disconnect
from models.rules.enums import Role
from models.rules.password import random_password
from models.seal import install_key
from models.settings import HouseSettings
from models.switch.node import SwitchNode

UNSEEN = (
    "TRUNKLINE_ADMIN_PASSWORD is not set, and there is no administrator yet: set it, or run this "
    "at a terminal, where a generated one is shown once"
)

_log = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Make what is missing and say so. Raises SettingsError when nobody could see a password."""
    settings = part_settings()
    install_key(settings.application_key)
    asyncio.run(_seed(settings))
    options.readiness.tell()
    return 0


async def _seed(settings: Settings) -> None:
    await door_opens(settings.needed_database_url, _log.warning)
    await connect(settings.needed_database_url, pool_size=2, read_pool_size=2)
    try:
        made = await _administrator(settings)
        _log.info("the first administrator was %s", "made" if made else "there already")
        await _switch(settings)
        if settings.realm is not None:
            await _name_realm(settings.realm)
        if settings.demo:
            made = await seed_demo(settings, _log.info)
            _log.info("the demo data were %s", "made" if made else "there already")
    finally:
        await disconnect()


async def _administrator(settings: Settings) -> bool:
    """Make the first one; a password of ours goes to a person's eyes and into no log."""
    if settings.admin_password is not None:
        return await Staff.bootstrap(settings.admin_email, settings.admin_password)
    if await Staff.filter(role=Role.ADMIN).exists():
        return False
    if not sys.stdout.isatty():
        raise SettingsError([UNSEEN])
    password = random_password()
    made = await Staff.bootstrap(settings.admin_email, password)
    if made:
        print(f"  {'administrator':14}{settings.admin_email}")
        print(f"  {'password':14}{password}", flush=True)
    return made


async def _switch(settings: Settings) -> None:
    password = settings.node_password
    if password is None:
        if await SwitchNode.exists():
            return
        password = DataDir(settings.data_dir).secret(NODE_PASSWORD)
        _log.info("the switch's password lies in %s", settings.data_dir / NODE_PASSWORD)
    await SwitchNode.first_credentials(settings.node_user, password)
    _log.info("the switch %s may ask the directory", settings.node_user)


async def _name_realm(asked: str) -> None:
    realm = await HouseSettings.name_realm(asked)
    if realm == asked:
        _log.info("the administration's devices are in the realm %s", realm)
    else:
        _log.warning("the realm stays %s: devices are in it, or %s is a reseller's", realm, asked)
