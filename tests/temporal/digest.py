"""A digest of all that a step may write, to see that a repeat writes nothing."""

from __future__ import annotations

import hashlib
from typing import Any

import asyncpg

TABLES = (
    *("accounts", "job_rows", "job_chunks", "jobs", "emails", "outbox", "posting_lines"),
    *("sip_devices", "audit_events", "logins", "ledger_accounts", "invoices", "invoice_lines"),
    *("billable_lines", "number_counters", "dids", "product_orders", "alert_thresholds"),
)


async def everything(dsn: str) -> dict[str, str]:
    """A digest of every table that a step may write to."""
    connection = await asyncpg.connect(dsn)
    try:
        return {table: await _digest(connection, table) for table in TABLES}
    finally:
        await connection.close()


async def _digest(connection: Any, table: str) -> str:
    rows = await connection.fetch(f"SELECT t::text AS line FROM {table} t ORDER BY 1")
    return hashlib.sha256("\n".join(row["line"] for row in rows).encode()).hexdigest()
