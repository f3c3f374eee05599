"""How fast jobs are, beside COPY of the same rows, and how much memory their worker takes.

One worker, one Temporal development server; the worker's memory is its highest in the whole run.
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import asyncpg
from obstore.store import LocalStore

from models.database import connect, disconnect
from models.jobs.export_plan import ExportPlan, start_export
from models.jobs.import_plan import start_import
from models.jobs.job import Job
from models.jobs.mass_create_start import start_mass_create
from models.jobs.selection import of_filter
from models.rules.enums import JobStatus
from tests import people
from tests.bench.one_worker import one_worker
from tests.scenario.storm import Part
from tests.temporal import test_mass_create
from tests.temporal.imports import file_of, line, plan, upload

MASS = 100_000
COMMITTED = 200_000
JUDGED = 1_000_000
# What one account of the mass creation is made of, and how its rows are found.
COPIED = {
    "accounts": "id IN (SELECT account_id FROM job_rows WHERE job_id = $1)",
    "ledger_accounts": "id IN (SELECT account_id FROM job_rows WHERE job_id = $1)",
    "sip_devices": "account_id IN (SELECT account_id FROM job_rows WHERE job_id = $1)",
    "audit_events": "account_id IN (SELECT account_id FROM job_rows WHERE job_id = $1)",
    "job_rows": "job_id = $1",
}


async def main(dsn: str) -> None:
    """Measure each kind of job once."""
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
        await connect(dsn, pool_size=4, read_pool_size=2)
        async with one_worker(Path(folder), dsn) as worker:
            store = LocalStore(Path(folder))
            admin = await people.administrator()
            rates = await people.rate_group(admin)
            await _mass(admin, rates, dsn)
            await _import(store, admin, rates, COMMITTED, dry_run=False)
            await _import(store, admin, rates, JUDGED, dry_run=True)
            everyone = ExportPlan(selection=of_filter({}, {}, admin.viewer))
            await _timed("export", await start_export(everyone, admin.viewer))
            _say(f"worker's memory at its highest: {await _peak(worker)}")
        await disconnect()


async def _mass(admin: people.Person, rates: UUID, dsn: str) -> None:
    told = test_mass_create.plan(rates, count=MASS, number_length=12, create_sip_devices=True)
    job = await start_mass_create(told, admin.viewer)
    seconds = await _timed("mass creation with devices", job)
    copied = await _copy(dsn, job.id)
    _say(f"COPY of the same rows: {copied:.1f} s, so {copied / seconds:.2f} of it")


async def _import(
    store: LocalStore, admin: people.Person, rates: UUID, rows: int, *, dry_run: bool
) -> None:
    lines = [line(f"9{dry_run:d}{n:08}", f"p{dry_run:d}{n}@bench.example") for n in range(rows)]
    upload_id = await upload(store, admin.viewer, file_of(lines))
    job = await start_import(plan(upload_id, rates), admin.viewer, dry_run=dry_run)
    await _timed("import, dry run" if dry_run else "import", job)


async def _timed(name: str, job: Job) -> float:
    began = time.monotonic()
    while not job.is_terminal:
        await asyncio.sleep(0.2)
        await job.refresh_from_db()
    seconds = time.monotonic() - began
    if job.status is not JobStatus.COMPLETED:
        raise RuntimeError(f"{name}: {job.status} {job.failure}")
    _say(f"{name}: {job.total} rows in {seconds:.1f} s, {(job.total or 0) / seconds:,.0f}/s")
    return seconds


async def _copy(dsn: str, job_id: UUID) -> float:
    """Seconds that COPY takes for the same rows into tables with the same indexes."""
    connection = await asyncpg.connect(dsn)
    taken = 0.0
    for table, condition in COPIED.items():
        await connection.execute(f"CREATE TABLE copied (LIKE {table} INCLUDING ALL)")
        columns = await _columns(connection, table)
        named = ", ".join(columns)
        rows = io.BytesIO()
        query = f"SELECT {named} FROM {table} WHERE {condition}"  # noqa: S608 - names of ours
        await connection.copy_from_query(query, job_id, output=rows, format="binary")
        rows.seek(0)
        began = time.monotonic()
        await connection.copy_to_table("copied", source=rows, columns=columns, format="binary")
        taken += time.monotonic() - began
        await connection.execute("DROP TABLE copied")
    await connection.close()
    return taken


async def _columns(connection: asyncpg.Connection, table: str) -> Sequence[str]:
    query = """SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass
                  AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"""
    return [row["attname"] for row in await connection.fetch(query, table)]


async def _peak(worker: Part) -> str:
    if worker.process is None:
        raise RuntimeError("the worker is not running")
    status = await asyncio.to_thread(Path(f"/proc/{worker.process.pid}/status").read_text)
    return status.partition("VmHWM:")[2].partition("\n")[0].strip()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
