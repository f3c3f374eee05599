"""The steps by which a switch follows a device, for one switch each: flush, drop, verify.

Flushing comes first on every switch: a phone that is dropped while its look-up is still cached
anywhere signs in again from there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from activities.registrars.pace import fell_silent, is_silent
from activities.registrars.port import Login, Outcome, Registrar, Unreached, Verdict, unreachable
from activities.registrars.sip_probe import Probed, probe
from models.panel.provisioning import DeviceLogin

LOOKS = 2  # at contacts, one second apart: a refresh under way arrives between them
BETWEEN_LOOKS_SECONDS = 1.0

DONE = Outcome(Verdict.DONE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a switch has to treat a login. ha1: None where it can not be probed."""

    login: Login
    is_effective: bool
    ha1: str | None


def wanted_of(device_id: UUID, device: DeviceLogin) -> Wanted:
    """How switches have to treat the device; bound to networks, it can not be probed from here."""
    login = Login(str(device_id), device.username, device.realm)
    return Wanted(login, device.is_effective, None if device.is_bound_to_networks else device.ha1)


async def flush(registrar: Registrar, wanted: Wanted) -> Outcome:
    """R2: forget the look-up."""
    return await registrar.flush(wanted.login)


async def drop(registrar: Registrar, wanted: Wanted) -> Outcome:
    """R3 and R4: forget the contacts, then end the calls."""
    outcome = await registrar.drop_contacts(wanted.login)
    if not outcome.is_settled:
        return outcome
    return await registrar.end_calls(wanted.login)


async def verify(registrar: Registrar, wanted: Wanted) -> Outcome:
    """R5: who is off has no contact and is refused; who is on is let in.

    REJECTED says that the switch answers otherwise than it should.
    """
    try:
        for look in range(0 if wanted.is_effective else LOOKS):
            if look:
                await asyncio.sleep(BETWEEN_LOOKS_SECONDS)
            outcome = await holds_nothing(registrar, wanted)
            if not outcome.is_settled:
                return outcome
        return await _probed(registrar, wanted)
    except Unreached as reason:
        return unreachable(reason)


async def holds_nothing(registrar: Registrar, wanted: Wanted) -> Outcome:
    """One look whether the switch holds no contact of the login."""
    try:
        held = await registrar.contacts(wanted.login)
    except Unreached as reason:
        return unreachable(reason)
    return Outcome(Verdict.REJECTED, f"It still holds {len(held)} contacts.") if held else DONE


async def refuses(registrar: Registrar, wanted: Wanted) -> Outcome:
    """Look whether the switch refuses the login, as a phone would find."""
    try:
        return await _probed(registrar, wanted)
    except Unreached as reason:
        return unreachable(reason)


async def _probed(registrar: Registrar, wanted: Wanted) -> Outcome:
    """Ask the switch as a phone would.

    Nothing is asked of a device bound to networks that are not ours, nor of a switch that tells no
    address for datagrams: its contacts are all that can be looked at. A switch that tells some and
    answers at none has not shown what it does.
    """
    if wanted.ha1 is None:
        return DONE
    addresses = await registrar.sip_addresses()
    silent = 0
    for address in addresses:
        found = await _answer_to_phone(address, wanted.login, wanted.ha1)
        if found is None:
            silent += 1
            continue
        if wanted.is_effective and found is not Probed.ACCEPTED:
            return Outcome(Verdict.REJECTED, f"{address} does not let it in: {found}.")
        if not wanted.is_effective and found is Probed.ACCEPTED:
            return Outcome(Verdict.REJECTED, f"{address} still lets it in.")
    if addresses and silent == len(addresses):
        return Outcome(Verdict.FAILED, f"Nobody answers a sign-in at {', '.join(addresses)}.")
    return DONE


async def _answer_to_phone(address: str, login: Login, ha1: str) -> Probed | None:
    if is_silent(address):
        return None
    try:
        return await probe(address, login, ha1)
    except Unreached:
        fell_silent(address)
        return None
