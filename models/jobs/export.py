"""The text of an export: one statement, one snapshot, written by the database piece by piece.

Where the pieces go is known to the caller; a cell never runs in a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from models.database import raw, read_pool, transaction
from models.jobs.download import publish
from models.jobs.export_plan import ExportPlan
from models.jobs.job import Job
from models.jobs.selection import FROM
from models.rules.customer_columns import EXPORT_TITLES
from models.rules.enums import CustomerExportColumn, DownloadKind, ExportFormat

MOST_AT_ONCE = 10_000  # accounts: a second of work and a few megabytes, held for as long

Column = CustomerExportColumn
Write: TypeAlias = Callable[[bytes], Coroutine[Any, Any, None]]

_INSTANT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
# What people typed may look like a formula; words, numbers and instants of ours can not.
_TYPED = "formula_safe({})"
_CELLS = MappingProxyType(
    {
        Column.ACCOUNT: _TYPED.format("a.number"),
        Column.FIRST_NAME: _TYPED.format("a.first_name"),
        Column.LAST_NAME: _TYPED.format("a.last_name"),
        Column.COMPANY: _TYPED.format("a.company"),
        Column.EMAIL: _TYPED.format("a.email"),
        Column.PHONE: "formula_safe_phone(a.phone)",
        Column.MOBILE: "formula_safe_phone(a.mobile)",
        Column.TYPE: "a.type",
        Column.ENTITY: "a.kind",
        Column.RATE_GROUP: _TYPED.format("g.name"),
        Column.BALANCE: "trim_scale(w.balance)",
        Column.CREDIT_LIMIT: "trim_scale(a.credit_limit)",
        Column.CURRENCY: "a.currency_code",
        Column.FIRST_USED: _INSTANT.format("a.first_used_at"),
        Column.EXPIRY_DATE: _INSTANT.format("a.expires_at"),
        Column.CC: "a.concurrent_calls",
        Column.CPS: "a.calls_per_second",
        Column.LOCALIZATION: _TYPED.format("l.name"),
        Column.RESELLER: _TYPED.format("r.number"),
        Column.STATUS: "a.status",
        Column.CREATED_DATE: _INSTANT.format("a.created_at"),
        Column.TIME_ZONE: "a.time_zone",
        Column.BILLING_SCHEDULE: "a.billing_schedule",
        Column.BILLING_DAY: "a.billing_day",
        Column.TAX_NUMBER: _TYPED.format("a.tax_number"),
        Column.REFERENCE: _TYPED.format("a.reference"),
    }
)
_JOINS = """
  LEFT JOIN rate_groups g ON g.id = a.rate_group_id
  LEFT JOIN localizations l ON l.id = a.localization_id
  LEFT JOIN accounts r ON r.id = a.reseller_id
"""
# JSON has no control characters, so as quote and separator they leave each line as it is.
_WRITTEN_AS: MappingProxyType[ExportFormat, Mapping[str, Any]] = MappingProxyType(
    {
        ExportFormat.CSV: {"format": "csv", "header": True},
        ExportFormat.JSONL: {"format": "csv", "quote": "\x01", "delimiter": "\x02"},
    }
)
_DONE = """
INSERT INTO job_chunks (job_id, chunk_no, done, succeeded, failed, finished_at)
VALUES ($1, 0, $2, $2, 0, now()) ON CONFLICT (job_id, chunk_no) DO NOTHING
"""
_TOTAL = "UPDATE jobs SET total = $2 WHERE id = $1"
# Held: who cancels from here on is later than the file.
_IS_CANCELLED = "SELECT desired_state = 'CANCEL' FROM jobs WHERE id = $1 FOR NO KEY UPDATE"


async def write_export(plan: ExportPlan, write: Write) -> int:
    """Hand the file's bytes to `write` as they come; how many accounts it holds.

    It may take longer than a read may: a storage is as slow as it is.
    """
    async with read_pool().acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL statement_timeout = 0")
        return await _copied(connection, plan, write)


async def export_at_once(plan: ExportPlan) -> bytes | None:
    """The file itself; None when it would hold more than `MOST_AT_ONCE` accounts."""
    content = bytearray()

    async def keep(piece: bytes) -> None:
        content.extend(piece)

    async with read_pool().acquire() as connection:
        accounts = await _copied(connection, plan, keep, most=MOST_AT_ONCE + 1)
    return bytes(content) if accounts <= MOST_AT_ONCE else None


def file_name(plan: ExportPlan, now: datetime) -> str:
    """What the file is called where it is saved."""
    return f"{plan.name}_{now:%Y-%m-%d}.{plan.format.lower()}"


async def publish_export(job_id: UUID, storage_key: str, size: tuple[int, int]) -> bool:
    """Offer a complete file; `size` is its accounts and its bytes.

    False when people have cancelled the job: then the file is offered to nobody.
    """
    accounts, length = size
    async with transaction() as tx:
        if await raw(tx).fetchval(_IS_CANCELLED, job_id):
            return False
        name = file_name(ExportPlan.of(await Job.get(id=job_id)), datetime.now(UTC))
        await publish(job_id, DownloadKind.EXPORT, name, (storage_key, length))
        await raw(tx).execute(_DONE, job_id, accounts)
        await raw(tx).execute(_TOTAL, job_id, accounts)
        return True


async def _copied(
    connection: PoolConnectionProxy[asyncpg.Record],
    plan: ExportPlan,
    write: Write,
    most: int | None = None,
) -> int:
    bound = plan.selection.bound
    query = f"{_query(plan)} LIMIT {'ALL' if most is None else most}"
    told = await connection.copy_from_query(query, *bound, output=write, **_WRITTEN_AS[plan.format])
    return int(told.removeprefix("COPY "))


def _query(plan: ExportPlan) -> str:
    cells = [f'{_CELLS[column]} AS "{EXPORT_TITLES[column]}"' for column in plan.columns]
    listed = ", ".join(cells)
    rows = (
        f"SELECT {listed} FROM {FROM} {_JOINS}"  # noqa: S608 - our own text; values are bound
        f" WHERE {plan.selection.condition} ORDER BY {plan.order}"
    )
    if plan.format is ExportFormat.CSV:
        return rows
    return f"SELECT row_to_json(line)::text FROM ({rows}) AS line"  # noqa: S608 - the same
