"""How soon switches obey: one device made and suspended, then ten thousand suspended at once.

A stand-in for a FreeSWITCH is attached, and a real Kamailio where one is installed; both are told
at the pace of the house, so that the many take as long as their commands.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from models.database import connect, disconnect, raw, transaction
from models.jobs.batch_update import start_batch_update
from models.jobs.choosing import Wish
from models.jobs.job import Job
from models.jobs.mass_create_start import start_mass_create
from models.panel.sip_device import SipDevice
from models.rules.batch_change import BatchChange
from models.rules.enums import AccountStatus, ActiveStatus, JobStatus, SwitchKind
from models.rules.sip_device import SipDeviceDraft, SipDevicePatch
from models.rules.switch_node import NodeDraft
from models.switch.node import SwitchNode
from tests import freeswitch as stand_in
from tests import kamailio, listener, people
from tests.bench.one_worker import one_worker
from tests.people import Person
from tests.phone import FORBIDDEN, OK, Phone, phone
from tests.temporal import test_mass_create
from tests.temporal.test_batch_update import CRITERIA

DEVICES = 10_000
REGISTERED = 1_000  # of them, at the stand-in
TIMES = 20
LOOK_SECONDS = 30.0
OFF = SipDevicePatch({"status": ActiveStatus.INACTIVE})
DEADLINE_SECONDS = 20.0

_LAGGING = """
SELECT n.name, count(*) FILTER (WHERE f.applied_generation >= d.generation) AS followed
  FROM switch_nodes n
  JOIN device_nodes f ON f.node_id = n.id
  JOIN sip_devices d ON d.id = f.device_id
 WHERE d.generation > 1 AND n.address IS NOT NULL GROUP BY n.name ORDER BY n.name
"""
_CONTACTS = "SELECT count(*) FROM kamailio.location WHERE username = $1 AND domain = $2"


@dataclass(frozen=True, slots=True)
class Place:
    """A switch as phones see it; holds: how many contacts it has of a login."""

    name: str
    sip: str
    holds: Callable[[str, str], Awaitable[int]]


async def main(dsn: str) -> None:
    """Measure each switch with single devices, then all together with many."""
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
        await connect(dsn, pool_size=4, read_pool_size=2)
        admin = await people.administrator()
        async with (
            _attached(dsn, Path(folder), admin) as (switch, places),
            one_worker(Path(folder), dsn),
        ):
            await _suspended(admin, places[0])  # the worker has come up with this
            for place in places:
                await _singly(admin, place)
            await _together(admin, switch)
        await disconnect()


@asynccontextmanager
async def _attached(
    dsn: str, folder: Path, admin: Person
) -> AsyncIterator[tuple[stand_in.FreeSwitch, Sequence[Place]]]:
    await SwitchNode.first_credentials(listener.USER, listener.PASSWORD)
    async with AsyncExitStack() as stack:
        asking = await stack.enter_async_context(listener.listening(dsn))
        switch = await stack.enter_async_context(stand_in.freeswitch(asking.client, listener.REALM))
        draft = NodeDraft(
            name="freeswitch stand-in",
            kind=SwitchKind.FREESWITCH,
            address=switch.event_socket,
            profiles=(stand_in.PROFILE,),
            secret=stand_in.PASSWORD,
        )
        await SwitchNode.attach(admin.viewer, draft)

        async def held(username: str, realm: str) -> int:
            return len(switch.contacts.get((username, realm), ()))

        places = [Place(draft.name, switch.sip, held)]
        if kamailio.installed() is not None:
            real = await stack.enter_async_context(kamailio.kamailio(dsn, folder))
            draft = NodeDraft(
                name="kamailio",
                kind=SwitchKind.KAMAILIO,
                address=real.rpc,
                secret=kamailio.TOKEN,
            )
            await SwitchNode.attach(admin.viewer, draft)
            places.append(Place(draft.name, real.sip, _located))
        yield switch, places


async def _located(username: str, realm: str) -> int:
    async with transaction() as tx:
        return int(await raw(tx).fetchval(_CONTACTS, username, realm))


async def _singly(admin: Person, place: Place) -> None:
    taken = [await _suspended(admin, place) for _ in range(TIMES)]
    let_in, gone = zip(*taken, strict=True)
    for what, seconds in (("created to let in", let_in), ("suspended to gone", gone)):
        _say(
            f"{place.name}: {what} p50 {statistics.median(seconds) * 1000:.0f} ms, "
            f"longest {max(seconds) * 1000:.0f} ms of {TIMES}"
        )


async def _suspended(admin: Person, place: Place) -> tuple[float, float]:
    """Seconds until a new device is let in, and until a suspended one is gone and refused."""
    carla = await people.customer(admin)
    began = time.perf_counter()
    device = await SipDevice.issue(admin.viewer, SipDeviceDraft(account_id=carla.id))
    async with phone(place.sip, device.username, device.realm, device.secret) as handset:
        await _expect(handset, OK)
        let_in = time.perf_counter() - began
        began = time.perf_counter()
        await SipDevice.change(admin.viewer, device.device_id, None, OFF)
        async with asyncio.timeout(DEADLINE_SECONDS):
            while await place.holds(device.username, device.realm):  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.005)
        await _expect(handset, FORBIDDEN)
        return let_in, time.perf_counter() - began


async def _expect(handset: Phone, status: int) -> None:
    found = await handset.register()
    if found != status:
        raise AssertionError(f"{handset.username} was answered {found} instead of {status}")


async def _together(admin: Person, switch: stand_in.FreeSwitch) -> None:
    rates = await people.rate_group(admin)
    told = test_mass_create.plan(rates, count=DEVICES, create_sip_devices=True)
    await _ended(await start_mass_create(told, admin.viewer))
    await _registered(switch)
    before, began = len(switch.commands), time.monotonic()
    wish = Wish(where={"number": {"startsWith": "77"}}, criteria=CRITERIA, expected_count=DEVICES)
    off = BatchChange(status=AccountStatus.INACTIVE)
    job = await start_batch_update(admin.viewer, wish, off)
    watch = asyncio.create_task(_watched(job.id, began))
    await _ended(job)
    watch.cancel()
    seconds, commands = time.monotonic() - began, len(switch.commands) - before
    left = sum(len(held) for held in switch.contacts.values())
    _say(
        f"{DEVICES} devices suspended in {seconds:.0f} s, {DEVICES / seconds:.0f}/s; "
        f"{commands / seconds:.0f} commands/s to the stand-in, {left} contacts left there, "
        f"{len(switch.complaints)} complaints"
    )


async def _registered(switch: stand_in.FreeSwitch) -> None:
    """Some of the many have phones."""
    devices = await SipDevice.filter(username__startswith="77").limit(REGISTERED)
    for device in devices:
        switch.contacts[device.username, device.realm] = {"<sip:x@192.0.2.9>": "A phone"}


async def _watched(job_id: UUID, began: float) -> None:
    """Say how far the job and each switch are, as rows tell it."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        async with transaction() as tx:
            changed = await raw(tx).fetchval(
                "SELECT count(*) FROM job_rows WHERE job_id = $1 AND outcome = 'UPDATED'", job_id
            )
            rows = await raw(tx).fetch(_LAGGING)
        followed = ", ".join(f"{row['name']} followed {row['followed']}" for row in rows)
        _say(f"  after {time.monotonic() - began:.0f} s: {changed} accounts changed; {followed}")


async def _ended(job: Job) -> None:
    while not job.is_terminal:
        await asyncio.sleep(0.2)
        await job.refresh_from_db()
    if job.status is not JobStatus.COMPLETED:
        raise RuntimeError(f"{job.kind}: {job.status} {job.failure}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
