"""From a switch's row to somebody who talks to it in its own language, at its own pace.

What goes wrong at one switch is an outcome of that switch; only our own database being away is not.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from functools import partial

from activities.registrars.freeswitch import freeswitch
from activities.registrars.kamailio import kamailio
from activities.registrars.pace import keep_pace
from activities.registrars.port import Outcome, Registrar, Unreached, Verdict, unreachable
from models.outages import is_outage
from models.rules.enums import SwitchKind
from models.seal import Unsealable
from models.switch import telling
from models.switch.telling import ToldSwitch

_log = logging.getLogger(__name__)


@asynccontextmanager
async def connected(switch: ToldSwitch) -> AsyncIterator[Registrar]:
    """A registrar for as long as the block runs. Raises Unreached."""
    pace = partial(keep_pace, str(switch.id))
    secret = _secret_of(switch)
    if switch.kind is SwitchKind.FREESWITCH:
        told = freeswitch(switch.address, switch.profiles, secret or "", pace)
        async with told as registrar:
            yield registrar
    else:
        async with kamailio(switch.address, secret, pace) as registrar:
            yield registrar


async def attempted(switch: ToldSwitch, work: Awaitable[Outcome]) -> Outcome:
    """What becomes of something at a switch, whatever goes wrong there."""
    try:
        return await work
    except Unreached as reason:
        return unreachable(reason)
    except Exception as fault:
        if is_outage(fault):
            raise
        _log.exception("Something went wrong at switch %s.", switch.name)
        return Outcome(Verdict.FAILED, f"{type(fault).__name__}: {fault}")


async def note(switch: ToldSwitch, outcome: Outcome) -> None:
    """Write down whether a switch could be reached, and what nobody foresaw."""
    match outcome.verdict:
        case Verdict.UNREACHABLE:
            await telling.not_reached(switch.id, outcome.words)
        case Verdict.FAILED:
            await telling.complained(switch.id, outcome.words)
        case Verdict.DONE | Verdict.NOTHING_THERE | Verdict.REJECTED:
            await telling.reached(switch.id)


def _secret_of(switch: ToldSwitch) -> str | None:
    try:
        return switch.secret()
    except Unsealable as wrong:
        raise Unreached("its secret was sealed with another key: set it anew") from wrong
