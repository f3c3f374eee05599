"""The demo house: what lives in it, made once, whatever interrupts its making."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE

import asyncpg
import pytest

from gateway.demo.cast import CARRIER, EXPIRED, INACTIVE, customers
from gateway.demo.seeding import PASSWORD_FILE, SCENES, seed_demo
from models.accounts.account import Account
from models.database import read_pool
from models.jobs.job import Job
from models.mail.email import Email
from models.money.cdr import Cdr, OrphanCdr
from models.money.invoice import Invoice
from models.money.ledger_account import LedgerAccount
from models.money.reconciliation import ledger_differences
from models.money.refill import Refill
from models.panel.did import Did
from models.panel.product import ProductOrder
from models.panel.sip_device import SipDevice
from models.rules.enums import (
    AccountKind,
    AccountStatus,
    AccountType,
    InvoiceKind,
    InvoiceStatus,
    JobKind,
)
from models.switch.node import SwitchNode
from tests import people
from tests.demo_house import NODE_PASSWORD, demo_settings, first_start

pytestmark = pytest.mark.usefixtures("database")

TABLES = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
"""


async def test_the_house_holds_everybody_it_promises(tmp_path: Path) -> None:
    await first_start(tmp_path)
    kinds = Counter([account.kind for account in await Account.all()])
    assert kinds == {AccountKind.CUSTOMER: 60, AccountKind.RESELLER: 2, AccountKind.PROVIDER: 1}
    harbour = await Account.get(number="harbour").prefetch_related("reseller")
    assert harbour.reseller.number == "northwind"
    assert {a.type for a in await Account.filter(kind=AccountKind.CUSTOMER)} == set(AccountType)
    expired, inactive = await Account.get(number=EXPIRED), await Account.get(number=INACTIVE)
    assert expired.expires_at is not None
    assert expired.expires_at < datetime.now(UTC)
    assert inactive.status is AccountStatus.INACTIVE
    assert await Account.filter(number=CARRIER, kind=AccountKind.PROVIDER).exists()


async def test_the_house_has_a_history(tmp_path: Path) -> None:
    await first_start(tmp_path)
    calls = await Cdr.all().order_by("started_at")
    assert calls[-1].started_at - calls[0].started_at > timedelta(days=55)
    assert await OrphanCdr.all().count() == 0
    invoices = await Invoice.filter(kind=InvoiceKind.INVOICE)
    assert max(Counter([invoice.account_id for invoice in invoices]).values()) == 2
    assert {invoice.status for invoice in invoices} == {
        *(InvoiceStatus.OPEN, InvoiceStatus.PARTIALLY_PAID, InvoiceStatus.PAID),
    }
    for table in (Refill, Did, ProductOrder, SipDevice, Email):
        assert await table.all().count() > 0
    (job,) = await Job.all()
    assert job.kind is JobKind.IMPORT


async def test_the_books_of_the_house_are_in_order(tmp_path: Path) -> None:
    await first_start(tmp_path)
    async with read_pool().acquire() as connection:
        assert [tally for tally in await ledger_differences(connection) if tally.count] == []
    prepaid = {a.id for a in await Account.filter(type=AccountType.PREPAID)}
    below = await LedgerAccount.filter(account_id__in=prepaid, balance__lt=0)
    assert below == []


async def test_a_second_start_changes_nothing(database: str, tmp_path: Path) -> None:
    await first_start(tmp_path)
    before = await _rows(database)
    assert not await seed_demo(demo_settings(tmp_path), print)
    assert await _rows(database) == before


async def test_what_people_removed_stays_removed(tmp_path: Path) -> None:
    await first_start(tmp_path)
    await SipDevice.all().delete()
    await seed_demo(demo_settings(tmp_path), print)
    assert await SipDevice.all().count() == 0


@pytest.mark.parametrize("last", range(1, len(SCENES)))
async def test_an_interrupted_start_goes_on_without_doing_anything_twice(
    database: str, tmp_path: Path, last: int
) -> None:
    await people.administrator()
    await SwitchNode.first_credentials("switch", NODE_PASSWORD)
    spoken: list[str] = []

    def interrupted(words: str) -> None:
        spoken.append(words)
        if words.startswith(f"demo data, {last + 1} "):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await seed_demo(demo_settings(tmp_path), interrupted)
    before = await _rows(database)
    assert await seed_demo(demo_settings(tmp_path), spoken.append)
    after = await _rows(database)
    numbers = [account.number for account in await Account.filter(kind=AccountKind.CUSTOMER)]
    assert sorted(numbers) == [customer.number for customer in customers()]
    for table in ("accounts", "taxes", "rate_groups", "localizations", "staff", "logins"):
        assert after[table] == before[table]


async def test_the_password_of_the_demo_is_for_its_owner_alone(tmp_path: Path) -> None:
    await first_start(tmp_path)
    file = tmp_path / PASSWORD_FILE
    assert S_IMODE(file.stat().st_mode) == 0o600
    assert await people.sign_in("1001", file.read_text())


async def _rows(dsn: str) -> Mapping[str, int]:
    connection = await asyncpg.connect(dsn)
    try:
        names = [row["relname"] for row in await connection.fetch(TABLES)]
        return {name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in names}
    finally:
        await connection.close()
