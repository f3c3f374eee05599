"""How fast periods are closed by the real sweep: after an outage, and over five years of months.

One worker, one Temporal development server. Prints figures and passes no judgement.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

from activities.paper import drawn
from models.database import connect, disconnect, raw, read_pool, transaction
from models.jobs.billing_run import start_billing_run
from models.money.invoice import Invoice
from models.money.ledger import Entry, Ledger
from models.money.numbering import Numbering
from models.money.printing import printed_paper
from models.money.reconciliation import ledger_differences
from models.rules.billing_calendar import next_boundary
from models.rules.enums import BillingSchedule, PostingKind
from models.rules.payment_chain import Member, charge_lines
from tests import people
from tests.bench.ledger_world import open_wallets
from tests.bench.one_worker import one_worker

CUSTOMERS = 100_000
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


async def main(dsn: str) -> None:
    """Measure all of it against the database at `dsn`."""
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
        await connect(dsn, pool_size=4, read_pool_size=2)
        admin = await people.administrator()
        async with one_worker(Path(folder), dsn):
            await _outage(admin)
            await _five_years(admin)
        await _papers()
        async with read_pool().acquire() as connection:
            wrong = [tally for tally in await ledger_differences(connection) if tally.count]
            gaps = await Numbering.gaps(connection)
        _say(f"differences found afterwards: {[*wrong, *gaps] or 'none'}")
        await disconnect()


async def _outage(admin: people.Person) -> None:
    """Daily customers, each with a charge on each day that nobody billed."""
    accounts: list[UUID] = []
    for _ in range(CUSTOMERS // BATCH):
        some = await open_wallets(BATCH, is_prepaid=False)
        await _calendar(some, BillingSchedule.DAILY, None, BEGIN)
        for day in range(OUTAGE_DAYS):
            await _charge(some, BEGIN + day * DAY)
        accounts += some
    began = time.monotonic()
    await _run(admin, BEGIN + OUTAGE_DAYS * DAY)
    seconds = time.monotonic() - began
    invoices = await Invoice.all().count()
    each = await read_pool().fetch(
        "SELECT DISTINCT count(*) AS n FROM invoices GROUP BY account_id"
    )
    _say(
        f"72 hours of outage, {CUSTOMERS:,} customers: {invoices:,} invoices in {seconds:.1f} s,"
        f" {invoices / seconds:,.0f}/s; each has {[row['n'] for row in each]}"
    )


async def _five_years(admin: people.Person) -> None:
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
    _say(
        f"{MONTHS} monthly runs over {len(some)} customers: {invoices:,} invoices in {taken:.1f} s"
    )


async def _papers() -> None:
    ids = await Invoice.all().limit(PAPERS + 1).values_list("id", flat=True)
    taken = []
    for invoice_id in ids:
        began = time.perf_counter()
        async with transaction() as tx:
            paper = await printed_paper(raw(tx), UUID(str(invoice_id)))
        if paper is not None:
            await asyncio.to_thread(drawn, paper)
        taken.append((time.perf_counter() - began) * 1000)
    first, *rest = taken
    _say(f"PDF: the first {first:.0f} ms, then {sum(rest) / len(rest):.1f} ms each, read and drawn")


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


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()
