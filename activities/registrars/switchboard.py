"""From a switch's row to somebody who talks to it in its own language, at its own pace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from activities.registrars.freeswitch import freeswitch
from activities.registrars.kamailio import kamailio
from activities.registrars.pace import keep_pace
from activities.registrars.port import Registrar
from models.rules.enums import SwitchKind
from models.switch.telling import ToldSwitch


@asynccontextmanager
async def connected(switch: ToldSwitch) -> AsyncIterator[Registrar]:
    """A registrar for as long as the block runs. Raises Unreached."""
    pace = partial(keep_pace, str(switch.id))
    if switch.kind is SwitchKind.FREESWITCH:
        told = freeswitch(switch.address, switch.profiles, switch.secret or "", pace)
        async with told as registrar:
            yield registrar
    else:
        async with kamailio(switch.address, switch.secret, pace) as registrar:
            yield registrar
