"""Postpaid accounts with open periods, and runs that close them: for the tests of sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from models.accounts.account import Account
from models.database import raw, transaction
from models.jobs.billing_run import start_billing_run
from models.jobs.job import Job
from models.money.ledger import Entry, Ledger
from models.rules.enums import PostingKind
from models.rules.payment_chain import Member, charge_lines
from models.rules.viewer import Viewer
from tests.bench.ledger_world import open_wallets

OPENED = datetime(2026, 3, 1, tzinfo=UTC)
ENDED = datetime(2026, 4, 1, tzinfo=UTC)
LATER = ENDED + timedelta(hours=1)
_CALENDAR = """
UPDATE accounts SET period_started_at = $2, next_billing_at = $3, billing_day = 1
 WHERE id = ANY ($1)
"""


async def owing(count: int, amount: str = "10") -> list[UUID]:
    """Accounts billed on the first, each with one charge in March."""
    accounts = await open_wallets(count, is_prepaid=False)
    async with transaction() as tx:
        await raw(tx).execute(_CALENDAR, accounts, OPENED, ENDED)
        await Ledger.post_many(tx, [_charge(account_id, amount) for account_id in accounts])
    return accounts


async def run_of(
    viewer: Viewer,
    as_of: datetime = LATER,
    accounts: Sequence[UUID] | None = None,
    *,
    dry_run: bool = False,
) -> Job:
    """A billing run, queued."""
    return await start_billing_run(viewer, as_of, accounts, dry_run=dry_run)


async def still_due(as_of: datetime = LATER) -> int:
    """How many accounts have a period that is over."""
    return await Account.filter(next_billing_at__lte=as_of).count()


def _charge(account_id: UUID, amount: str) -> Entry:
    lines = charge_lines([Member(account_id, False, "USD")], [Decimal(amount)], {})
    at = OPENED + timedelta(days=3)
    return Entry(f"test/{uuid4()}", PostingKind.POST_CHARGE, "Setup", "test", at, lines)
