"""How fast jobs are, beside COPY of the same rows, and how much memory their worker takes.

Each house has one worker and one Temporal development server; the first begins empty, the second
with a million customers. A job's time runs from its request to its end.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from obstore.store import LocalStore

from gateway.downloads import stored_file
from models.accounts.deletion_preview import preview_deletion
from models.database import connect, disconnect, raw, read_pool, transaction
from models.jobs.choosing import Wish
from models.jobs.deletion_plan import start_deletion
from models.jobs.download import Download
from models.jobs.export_plan import ExportPlan, start_export
from models.jobs.import_plan import start_import
from models.jobs.job import Job
from models.jobs.mass_create_start import start_mass_create
from models.jobs.selection import of_filter
from models.panel.sip_device import SipDevice
from models.panel.sip_issue import DeviceRequest, issue_many
from models.rules.csv_text import csv_line
from models.rules.enums import ImportMatch
from tests import people
from tests.bench import reads_world
from tests.bench.jobs_table import Table, ended
from tests.bench.one_worker import one_worker
from tests.bench.same_rows import sibling_of, write_same_rows
from tests.scenario.storm import Part
from tests.temporal import test_mass_create
from tests.temporal.imports import file_of, line, plan, upload
from tests.temporal.test_deletion import CRITERIA

WARM = 10
MASS = 100_000
INTERRUPTED = 20_000
COMMITTED = 100_000
CHANGED = 50_000
JUDGED = 1_000_000
DELETED = 10_000
DEVICES_EACH = 10
EXPORTED = 1_000_000
AT_ONCE = 500  # accounts that are given devices in one transaction
GOING = {"number": {"startsWith": "78"}}
_CHUNKS = "SELECT count(*)::int FROM job_chunks WHERE job_id = $1"


@dataclass(frozen=True, slots=True)
class House:
    """A database with its worker, and who asks for jobs there."""

    admin: people.Person
    rates: UUID
    store: LocalStore
    worker: Part
    table: Table


async def main(dsn: str) -> None:
    """Measure each kind of job once."""
    table = Table()
    table.begin()
    async with sibling_of(dsn, "million") as million:
        admin, rates = await _people(dsn)
        async with sibling_of(dsn, "same") as same, _house(dsn, admin, rates, table) as house:
            job = await _mass(house, MASS, "77")
            seconds = await table.job("mass creation with devices", job, "60 s")
            copied = await write_same_rows(dsn, same, job)
            ratio = f"COPY of the same rows; the job is {copied / seconds:.2f} of it"
            table.figure(ratio, MASS, copied, "0.6")
            await _resumed(house)
            await _imports(house)
            await _deletion(house)
        await reads_world.populate(million, EXPORTED)
        async with _house(million, *await _people(million), table) as house:
            await _export(house)


async def _people(dsn: str) -> tuple[people.Person, UUID]:
    """Who asks for jobs, and a rate group."""
    await connect(dsn, pool_size=2, read_pool_size=1)
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    await disconnect()
    return admin, rates


@asynccontextmanager
async def _house(dsn: str, admin: people.Person, rates: UUID, table: Table) -> AsyncIterator[House]:
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as name:
        folder = Path(name)
        await connect(dsn, pool_size=4, read_pool_size=2)
        async with one_worker(folder, dsn) as worker:
            house = House(admin, rates, LocalStore(folder), worker, table)
            table.worker = worker
            await ended(await _mass(house, WARM, "76"))  # by then the worker has come up
            yield house
        await disconnect()


async def _mass(house: House, count: int, prefix: str) -> Job:
    told = test_mass_create.plan(
        house.rates, count=count, prefix=prefix, number_length=12, create_sip_devices=True
    )
    return await start_mass_create(told, house.admin.viewer)


async def _resumed(house: House) -> None:
    """The worker dies in the middle of a job: how soon the next one commits a piece."""
    job = await _mass(house, INTERRUPTED, "79")
    await _more_chunks(job, 3)
    dead = house.worker.process
    if dead is None:
        raise RuntimeError("the worker is not running")
    dead.kill()
    await dead.wait()
    begun = await _chunks(job)
    while house.worker.process is dead:  # noqa: ASYNC110 - its keeper tells nobody
        await asyncio.sleep(0.01)
    began = time.monotonic()
    await _more_chunks(job, begun + 1)
    work = "from a killed worker's successor to the next piece"
    house.table.figure(work, 1, time.monotonic() - began, "5 s")
    await ended(job)


async def _imports(house: House) -> None:
    viewer, named = house.admin.viewer, [f"90{n:08}" for n in range(JUDGED)]
    lines = [line(number, f"p{number}@bench.example") for number in named[:COMMITTED]]
    file = await upload(house.store, viewer, file_of(lines))
    job = await start_import(plan(file, house.rates), viewer)
    await house.table.job("import", job, "2,000/s, 300 MB")
    cells = [(number, f"Company {number}", "4") for number in named[:CHANGED]]
    lines = [csv_line(row) for row in [("Account", "Company", "CC"), *cells]]
    file = await upload(house.store, viewer, "".join(lines).encode())
    told = replace(plan(file, house.rates), match=ImportMatch.NUMBER)
    await house.table.job("import that changes", await start_import(told, viewer), "")
    lines = [line(f"8{number}", f"q{number}@bench.example") for number in named]
    file = await upload(house.store, viewer, file_of(lines))
    job = await start_import(plan(file, house.rates), viewer, dry_run=True)
    await house.table.job("import, dry run", job, "90 s, 300 MB")


async def _deletion(house: House) -> None:
    await ended(await _mass(house, DELETED, "78"))
    devices = await SipDevice.filter(username__startswith="78").order_by("id")
    for at in range(0, len(devices), AT_ONCE):
        await _more_devices(devices[at : at + AT_ONCE])
    async with transaction() as tx:
        await raw(tx).execute("ANALYZE")  # a house that lives has statistics
    began = time.monotonic()
    async with read_pool().acquire() as connection:
        selection = of_filter(GOING, CRITERIA, house.admin.viewer)
        preview = await preview_deletion(connection, selection)
    seconds = time.monotonic() - began
    house.table.figure("deletion preview", preview.accounts, seconds, "0.2 s")
    wish = Wish(where=GOING, criteria=CRITERIA, expected_count=preview.accounts)
    job = await start_deletion(house.admin.viewer, wish)
    await house.table.job(f"deletion with {DEVICES_EACH} devices each", job, "300 s")


async def _more_devices(devices: list[SipDevice]) -> None:
    requests = [
        DeviceRequest(
            account_id=device.account_id,
            account_number=device.username,
            realm=device.realm,
            username=f"{device.username}-{nth}",
        )
        for device in devices
        for nth in range(1, DEVICES_EACH)
    ]
    async with transaction() as tx:
        await issue_many(raw(tx), requests)


async def _export(house: House) -> None:
    viewer = house.admin.viewer
    job = await start_export(ExportPlan(selection=of_filter({}, {}, viewer)), viewer)
    await house.table.job("export", job, "20 s")
    download = await Download.get(job_id=job.id)
    began = time.monotonic()
    file = await stored_file(house.store, download.storage_key or "", download.file_name, "")
    if file is None or not await anext(file.read(0, file.size)):
        raise RuntimeError("the export is not there")
    work = f"first byte of a download of {file.size / 2**20:,.0f} MB"
    house.table.figure(work, 1, time.monotonic() - began, "1 s")


async def _more_chunks(job: Job, count: int) -> None:
    while await _chunks(job) < count:  # noqa: ASYNC110 - rows tell by being read
        await asyncio.sleep(0.01)


async def _chunks(job: Job) -> int:
    async with transaction() as tx:
        return int(await raw(tx).fetchval(_CHUNKS, job.id))
