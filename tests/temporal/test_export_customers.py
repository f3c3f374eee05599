"""An export holds exactly what a filter matches, in order, and runs in no spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import obstore
import pytest
from obstore import get_async

from activities import exports, outside
from activities.exports import export_customers
from activities.jobs import JobRef
from models.database import read_pool
from models.jobs import selection
from models.jobs.download import Download
from models.jobs.export import Write, write_export
from models.jobs.export_plan import ExportPlan, start_export
from models.jobs.job import Job
from models.rules.csv_text import protected
from models.rules.enums import CustomerExportColumn, ExportFormat, JobStatus
from models.rules.filters import Criterion, Kind
from tests import people
from tests.temporal.conftest import House
from tests.temporal.digest import run_twice
from tests.temporal.imports import ended

Column = CustomerExportColumn
CRITERIA = {
    "number": Criterion("{t}.number", Kind.EXACT),
    "balance": Criterion("{w}.balance", Kind.AMOUNT),
    "status": Criterion("{t}.status", Kind.WORD, lifts_listed=True),
    "id": Criterion("{t}.id", Kind.ID),
}


async def _file(house: House, job: Job) -> str:
    download = await Download.get(job_id=job.id)
    stored = await get_async(house.store, download.storage_key or "")
    content = bytes(await stored.bytes_async())
    assert len(content) == download.bytes
    return content.decode()


async def _exported(house: House, plan: ExportPlan, by: people.Person) -> list[dict[str, Any]]:
    job = await ended(await start_export(plan, by.viewer))
    assert job.status is JobStatus.COMPLETED
    await house.closed(job.workflow_id)
    text = await _file(house, job)
    if plan.format is ExportFormat.JSONL:
        rows = [json.loads(line) for line in text.splitlines()]
    else:
        rows = list(csv.DictReader(io.StringIO(text)))
    assert job.total == len(rows)
    return rows


async def test_an_export_holds_what_the_filter_matches_in_the_order_asked_for(
    working: House,
) -> None:
    admin = await people.administrator()
    for number in ("E3", "E1", "E2", "X1"):
        await people.customer(admin, number=number, opening_balance=Decimal("1.50"))
    where = selection.of_filter({"number": {"startsWith": "E"}}, CRITERIA, admin.viewer)
    plan = ExportPlan(selection=where, order="a.number")
    rows = await _exported(working, plan, admin)
    assert [row["Account"] for row in rows] == ["E1", "E2", "E3"]
    assert list(rows[0])[:4] == ["Account", "First Name", "Last Name", "Company"]
    assert rows[0]["Balance"] == "1.5"
    assert rows[0]["Created Date"].endswith("Z")
    download = await Download.first()
    assert download is not None
    assert download.file_name.startswith("customers_20")


async def test_a_reseller_exports_its_own_customers_only(working: House) -> None:
    admin = await people.administrator()
    reseller = await people.reseller(admin)
    await people.customer(admin, number="A1")
    await people.customer(admin, reseller, number="B1")
    everyone = selection.of_filter({}, CRITERIA, reseller.viewer)
    rows = await _exported(working, ExportPlan(selection=everyone), reseller)
    assert [row["Account"] for row in rows] == ["B1"]


async def test_json_lines_hold_the_same_cells(working: House) -> None:
    admin = await people.administrator()
    await people.customer(admin, number="J1", company='Ann & "Bob" \\ Ltd', reference="Ünïcode")
    everyone = selection.of_filter({}, CRITERIA, admin.viewer)
    plan = ExportPlan(
        selection=everyone,
        format=ExportFormat.JSONL,
        columns=(Column.ACCOUNT, Column.COMPANY, Column.REFERENCE),
    )
    assert await _exported(working, plan, admin) == [
        {"Account": "J1", "Company": 'Ann & "Bob" \\ Ltd', "Reference": "Ünïcode"}
    ]


async def test_exporting_twice_offers_one_file(house: House) -> None:
    outside.install(house.outside)
    admin = await people.administrator()
    await people.customer(admin)
    everyone = selection.of_filter({}, CRITERIA, admin.viewer)
    job = await start_export(ExportPlan(selection=everyone), admin.viewer)
    await run_twice(house, export_customers, JobRef(str(job.id)))
    assert await Download.all().count() == 1


async def test_an_export_that_is_cancelled_while_it_is_written_offers_nothing(
    working: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await people.administrator()
    await people.customer(admin)

    async def written(plan: ExportPlan, write: Write) -> int:
        (job,) = await Job.all()
        await Job.cancel(job.id, admin.viewer)
        return await write_export(plan, write)

    monkeypatch.setattr(exports, "write_export", written)
    everyone = selection.of_filter({}, CRITERIA, admin.viewer)
    job = await ended(await start_export(ExportPlan(selection=everyone), admin.viewer))
    assert job.status is JobStatus.CANCELLED
    assert not await Download.exists()
    assert await obstore.list(working.store, "exports").collect_async() == []
    await working.closed(job.workflow_id)


async def test_the_database_protects_cells_exactly_as_the_rules_do(house: House) -> None:
    del house
    cells = [
        "",
        "a",
        "=1",
        "+1",
        "-1.5",
        "'=1",
        "''+x",
        "@x",
        "\tx",
        "\rx",
        "+49 (30) 1-2",
        "-",
        "+",
    ]
    cells += ["-", "+", "'", "''", "1+1", "'5", "+1.5x", "=HYPERLINK(1)", "٣", "+٣"]
    for function, phone in (("formula_safe", False), ("formula_safe_phone", True)):
        listed = "unnest($1::text[]) WITH ORDINALITY AS c (cell, n)"
        query = f"SELECT {function}(cell) FROM {listed} ORDER BY n"
        found = [row[0] for row in await read_pool().fetch(query, cells)]
        assert found == [protected(cell, phone=phone) for cell in cells]
