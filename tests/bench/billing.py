"""How fast periods are closed by the real sweep: after an outage, and over five years of months.

One worker, one Temporal development server. Prints figures and passes no judgement.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from uuid import UUID, uuid4

from activities.paper import drawn
from models.database import connect, disconnect, raw, read_pool, transaction
from models.jobs.billing_run import start_billing_run
from models.money.invoice import Invoice
from models.money.ledger import Entry, Ledger
from models.money.printing import printed_paper
from models.rules.billing_calendar import next_boundary
from models.rules.enums import BillingSchedule, PostingKind
from models.rules.payment_chain import Member, charge_lines
from tests import people
from tests.bench.ledger_world import open_wallets
from tests.bench.markdown import Table
from tests.bench.one_worker import one_worker

CUSTOMERS = 100_000
DAILY_EVERY = 10  # of so many batches one is billed daily, the others monthly
OUTAGE_DAYS = 3
BATCH = 2_000
LONG_TERM_CUSTOMERS = 100
MONTHS = 60
PAPERS = 200
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
_CALENDAR = """
UPDATE accounts SET billing_schedule = $2, billing_day = $3, period_started_at = $4,
                    next_billing_at = $5
 WHERE id = ANY ($1)
"""
_MISSED = """
SELECT count(*) FROM accounts a
 WHERE a.next_billing_at <= $1
    OR (SELECT count(*) FROM invoices i WHERE i.account_id = a.id)
       <> CASE a.billing_schedule WHEN 'DAILY' THEN $2::int ELSE 1 END
"""


async def main(dsn: str) -> None:
    """Measure all of it against the database at `dsn`."""
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
        await connect(dsn, pool_size=4, read_pool_size=2)
        admin, table = await people.administrator(), Table()
        async with one_worker(Path(folder), dsn):
            await _outage(table, admin)
            await _five_years(table, admin)
        await _papers(table)
        await table.add_differences()
        table.show()
        await disconnect()


async def _outage(table: Table, admin: people.Person) -> None:
    """Three days that nobody billed: the end of a month for most, three days for the rest."""
    for batch in range(CUSTOMERS // BATCH):
        some = await open_wallets(BATCH, is_prepaid=False)
        if batch % DAILY_EVERY == 0:
            await _calendar(some, BillingSchedule.DAILY, None, BEGIN)
            for day in range(OUTAGE_DAYS):
                await _charge(some, BEGIN + day * DAY)
        else:
            await _calendar(some, BillingSchedule.MONTHLY, 2 + batch % OUTAGE_DAYS, BEGIN)
            await _charge(some, BEGIN)
    as_of = BEGIN + OUTAGE_DAYS * DAY
    began = time.monotonic()
    await _run(admin, as_of)
    seconds = time.monotonic() - began
    invoices = await Invoice.all().count()
    missed = await read_pool().fetchval(_MISSED, as_of, OUTAGE_DAYS)
    name = f"72 hours of outage, {CUSTOMERS:,} customers, {invoices:,} invoices"
    table.add(name, f"{invoices / seconds:,.0f}/s", "300/s", f"{seconds:.0f} s")
    table.add("customers without exactly one invoice a period", f"{missed:,}", "0")


async def _five_years(table: Table, admin: people.Person) -> None:
    """A run a month, each closing one month."""
    some = await open_wallets(LONG_TERM_CUSTOMERS, is_prepaid=False)
    begin = BEGIN + 10 * DAY
    await _calendar(some, BillingSchedule.MONTHLY, 31, begin)
    as_of, taken = begin, 0.0
    for _ in range(MONTHS):
        await _charge(some, as_of)
        as_of = next_boundary("UTC", BillingSchedule.MONTHLY, 31, as_of)
        began = time.monotonic()
        await _run(admin, as_of, some)
        taken += time.monotonic() - began
    invoices = await Invoice.filter(account_id__in=some).count()
    name = f"{MONTHS} monthly runs, {len(some)} customers, {invoices:,} invoices"
    table.add(name, f"{taken:.1f} s", "30 s", f"{taken / MONTHS * 1000:,.0f} ms a run")


async def _papers(table: Table) -> None:
    ids = await Invoice.all().limit(PAPERS + 1).values_list("id", flat=True)
    taken = []
    for invoice_id in ids:
        began = time.perf_counter()
        async with transaction() as tx:
            paper = await printed_paper(raw(tx), UUID(str(invoice_id)))
        if paper is not None:
            await asyncio.to_thread(drawn, paper)
        taken.append((time.perf_counter() - began) * 1000)
    beside = f"the first {taken[0]:.0f} ms"
    table.add("PDF, read and drawn, median", f"{median(taken[1:]):.1f} ms", "20 ms", beside)


async def _run(
    admin: people.Person, as_of: datetime, accounts: Sequence[UUID] | None = None
) -> None:
    job = await start_billing_run(admin.viewer, as_of, accounts)
    while not job.is_terminal:
        await asyncio.sleep(0.02)
        await job.refresh_from_db()
    if job.status != "COMPLETED":
        raise RuntimeError(f"{job.status}: {job.failure}")


async def _calendar(
    accounts: Sequence[UUID], schedule: BillingSchedule, day: int | None, begin: datetime
) -> None:
    following = next_boundary("UTC", schedule, day, begin)
    async with transaction() as tx:
        await raw(tx).execute(_CALENDAR, accounts, schedule.value, day, begin, following)


async def _charge(accounts: Sequence[UUID], at: datetime) -> None:
    entries = [
        Entry(
            f"bench/{uuid4()}",
            PostingKind.POST_CHARGE,
            "Setup",
            "bench",
            at,
            charge_lines([Member(account_id, False, "USD")], [Decimal("9.5")], {}),
        )
        for account_id in accounts
    ]
    async with transaction() as tx:
        await Ledger.post_many(tx, entries)
