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
    address for datagrams: its contacts are all that can be looked at. An address that asks for
    another realm says nothing of the login. A switch that answers at none of the others has not
    shown what it does.
    """
    if wanted.ha1 is None:
        return DONE
    answers = {
        address: await _answer_to_phone(address, wanted.login, wanted.ha1)
        for address in await registrar.sip_addresses()
    }
    ours = {each: found for each, found in answers.items() if found is not Probed.UNCLEAR}
    if answers and not ours:
        return _of_other_realms(wanted, list(answers))
    wrong = Probed.REFUSED if wanted.is_effective else Probed.ACCEPTED
    if odd := [each for each, found in ours.items() if found is wrong]:
        does = "does not let it in" if wanted.is_effective else "still lets it in"
        return Outcome(Verdict.REJECTED, f"{odd[0]} {does}.")
    if ours and not any(ours.values()):
        return Outcome(Verdict.FAILED, f"Nobody answers a sign-in at {', '.join(ours)}.")
    return DONE


def _of_other_realms(wanted: Wanted, addresses: list[str]) -> Outcome:
    """What it means that every address asks for others: nobody is let in there."""
    if not wanted.is_effective:
        return DONE
    words = f"Nobody asks for {wanted.login.realm} with MD5 at {', '.join(addresses)}."
    return Outcome(Verdict.REJECTED, words)


async def _answer_to_phone(address: str, login: Login, ha1: str) -> Probed | None:
    if is_silent(address):
        return None
    try:
        return await probe(address, login, ha1)
    except Unreached:
        fell_silent(address)
        return None
