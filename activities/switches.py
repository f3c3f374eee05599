"""What is done about whole switches: are they there, what do they hold, have they read our lists.

Everything here repeats without harm; a switch that does not answer is written down and left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from temporalio import activity

from activities.beat import heartbeating
from activities.devices import told
from activities.registrars import batch, steps
from activities.registrars.port import (
    Contact,
    Login,
    Outcome,
    Registrar,
    Unreached,
    Unspeakable,
    Verdict,
    unreachable,
)
from activities.registrars.steps import DONE, Wanted
from models.database import raw, transaction
from models.panel import provisioning
from models.panel.sip_follow import Raised, announce, follow_subtree
from models.rules.enums import SwitchKind
from models.rules.refusal import AGENT_LONGEST
from models.rules.text import legible
from models.switch import sweeping, telling
from models.switch.hanging import tell_of_hanging
from models.switch.registration import CONTACT_LONGEST
from models.switch.sweeping import HeldContact
from models.switch.telling import ToldSwitch

PAGE = 200  # devices of one page: at a switch's pace some ten seconds, well within a heartbeat
_NO_DEVICE = "00000000-0000-0000-0000-000000000000"  # of a registration that belongs to none


@dataclass(frozen=True, slots=True)
class SwitchRef:
    """Which switch."""

    node_id: str


@dataclass(frozen=True, slots=True)
class DueSwitches:
    """Ids of the switches that have to be swept."""

    node_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubtreePage:
    """Devices below a reseller, from the one after `after` on; None: from the first."""

    reseller_id: str
    after: str | None = None


@dataclass(frozen=True, slots=True)
class SubtreeEnd:
    """How many devices a page had, and where the next one begins; None: there is none."""

    treated: int
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ListsRead:
    """Whether every switch that answers has read our networks."""

    is_done: bool


@activity.defn
async def watch_switches() -> DueSwitches:
    """Ask every switch whether it is there, tell what hangs, and say which have to be swept."""
    for switch in await telling.told_switches():
        outcome = await told(switch, lambda registrar: registrar.health())
        if outcome.is_settled:
            await telling.found_well(switch.id)
        elif outcome.verdict is Verdict.REJECTED:
            await telling.complained(switch.id, outcome.words)
    found = await tell_of_hanging()
    if found.revoking or found.lagging:
        words = "%d devices that should be off hang at a switch, and %d that have changed."
        activity.logger.warning(words, found.revoking, found.lagging)
    return DueSwitches(tuple(map(str, await sweeping.due_for_sweep())))


@activity.defn
async def sweep_switch(ref: SwitchRef) -> None:
    """Let one switch read our networks, and drop every registration that nobody may have."""
    switch = await telling.told_switch(UUID(ref.node_id))
    if switch is None:
        return
    async with heartbeating():
        outcome = await told(switch, partial(_swept, switch))
    if outcome.is_settled:
        await sweeping.swept(switch.id)
    elif outcome.verdict is Verdict.REJECTED:
        activity.logger.warning("Switch %s was not swept: %s", switch.name, outcome.words)
        await telling.complained(switch.id, outcome.words)


@activity.defn
async def refresh_registrations() -> None:
    """Show what each FreeSWITCH holds; a Kamailio writes its contacts to our table itself."""
    async with heartbeating():
        for switch in await telling.told_switches():
            if switch.kind is SwitchKind.FREESWITCH:
                await told(switch, partial(_shown, switch))


@activity.defn
async def read_ip_lists() -> ListsRead:
    """R6: let every switch whose networks are not ours read them anew."""
    is_done = True
    for switch in await telling.told_switches():
        digest = await sweeping.unread_lists(switch.id)
        if digest is not None:
            outcome = await told(switch, lambda registrar: registrar.reload_ip_lists())
            if outcome.is_settled:
                await sweeping.has_read_lists(switch.id, digest)
            elif outcome.verdict is Verdict.REJECTED:
                is_done = False  # too soon after the last time; one that is away is swept later
    return ListsRead(is_done)


@activity.defn
async def follow_subtree_page(page: SubtreePage) -> SubtreeEnd:
    """Let every switch follow the next devices below a reseller that was switched.

    What a switch could not follow now becomes the matter of each device's own story.
    """
    after = None if page.after is None else UUID(page.after)
    async with transaction() as tx:
        devices = await follow_subtree(raw(tx), UUID(page.reseller_id), after, PAGE)
    async with heartbeating():
        await batch.carry(await batch.tasks_of(devices))
    await provisioning.settle(devices)
    left = {each.device_id for each in await provisioning.lagging_of(devices)}
    logins = await provisioning.logins_of(sorted(left))
    await announce([Raised(device_id, login.generation) for device_id, login in logins.items()])
    more = len(devices) == PAGE
    return SubtreeEnd(len(devices), str(devices[-1]) if more else None)


async def _swept(switch: ToldSwitch, registrar: Registrar) -> Outcome:
    digest = await sweeping.unread_lists(switch.id)
    if digest is not None:
        outcome = await registrar.reload_ip_lists()
        if not outcome.is_settled:
            return outcome
        await sweeping.has_read_lists(switch.id, digest)
    try:
        held = _held(await registrar.registrations())
    except Unreached as reason:
        return unreachable(reason)
    left: list[str] = []
    for realm, username in await sweeping.unwelcome(held):
        outcome = await _dropped(registrar, username, realm)
        if outcome.verdict is Verdict.UNREACHABLE:
            return outcome
        if not outcome.is_settled:
            left.append(f"{username}@{realm}: {outcome.words}")
    shown = await _shown(switch, registrar) if switch.kind is SwitchKind.FREESWITCH else DONE
    if left and shown.is_settled:
        words = f"{len(left)} registrations could not be dropped, the first is {left[0]}"
        return Outcome(Verdict.REJECTED, words)
    return shown


async def _dropped(registrar: Registrar, username: str, realm: str) -> Outcome:
    try:
        wanted = Wanted(Login(_NO_DEVICE, username, realm), is_effective=False, ha1=None)
    except Unspeakable as odd:
        return Outcome(Verdict.REJECTED, str(odd))
    outcome = await steps.flush(registrar, wanted)
    return await registrar.drop_contacts(wanted.login) if outcome.is_settled else outcome


async def _shown(switch: ToldSwitch, registrar: Registrar) -> Outcome:
    try:
        held = _held(await registrar.registrations())
    except Unreached as reason:
        return unreachable(reason)
    await sweeping.keep_registrations(switch.id, held)
    return DONE


def _held(contacts: Sequence[Contact]) -> list[HeldContact]:
    """What a switch told, whose phones may call themselves anything, as our tables can hold it."""
    return [
        HeldContact(
            _comparable(each.realm),
            _comparable(each.username),
            legible(each.contact, CONTACT_LONGEST),
            legible(each.user_agent or "", AGENT_LONGEST) or None,
            each.expires_at,
        )
        for each in contacts
    ]


def _comparable(name: str) -> str:
    """A name that is none of ours whenever it has letters that ours can not have."""
    return name.encode("ascii", "backslashreplace").decode().replace("\0", "\\x00")
