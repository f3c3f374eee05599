"""Months that pass: what happens on dated days, so that a story of money can be told in order.

Every movement goes through the verb that people ask for it with, on its own date; only the opening
of an account is dated back by hand, because people open accounts today.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from models.accounts.account import Account
from models.accounts.tax import AccountTax, Tax
from models.database import raw, read_pool, transaction
from models.ids import new_id
from models.jobs.job import Job
from models.mail.email import Email
from models.money.by_hand import (
    AskedMovement,
    AskedSettlement,
    Gateway,
    charge_account,
    record_payment,
    refill_account,
)
from models.money.cdr import Cdr
from models.money.invoice import Invoice
from models.money.printing import PrintedPaper, printed_paper
from models.panel.did import Did
from models.panel.product import Product, ProductOrder
from models.panel.resale import Price, ResellerPrice
from models.rules.billing_calendar import next_boundary, start_of_day
from models.rules.cdr_report import read_report
from models.rules.enums import BillingSchedule, EmailStatus, ProductBilling, ProductCategory
from models.rules.inventory import DidDraft, ProductDraft
from tests import people
from tests.database.test_money_cdr import attach_node
from tests.people import Person
from tests.temporal.conftest import House, eventually
from tests.temporal.imports import ended
from workflows.options import Queue
from workflows.stories.billing_sweep import BillingSweep
from workflows.stories.overdue_sweep import OverdueSweep
from workflows.stories.renewal_sweep import RenewalSweep
from workflows.stories.sweep import SweepRun

BERLIN = "Europe/Berlin"
_names = count(1)


def at(day: str, clock: str = "12:00") -> datetime:
    """A moment in Berlin, such as `at("2024-10-27", "03:30")`."""
    local = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(BERLIN))
    return local.astimezone(UTC)


def midnight(day: str) -> datetime:
    """The begin of a day in Berlin."""
    return start_of_day(BERLIN, date.fromisoformat(day))


@dataclass(frozen=True, slots=True)
class Months:
    """The days of a house with a worker."""

    house: House
    admin: Person
    node_id: UUID

    @classmethod
    async def begin(cls, house: House) -> Months:
        """A house with an administrator and a switch."""
        return cls(house, await people.administrator(), await attach_node())

    async def opened_on(self, person: Person, day: str, billing_day: int | None = None) -> None:
        """The account was opened on this day, and is billed on that day of the month."""
        begin = at(day)
        told: dict[str, Any] = {"created_at": begin}
        if billing_day is not None:
            boundary = next_boundary(BERLIN, BillingSchedule.MONTHLY, billing_day, begin)
            told |= {"billing_day": billing_day, "period_started_at": begin}
            told |= {"next_billing_at": boundary}
        await Account.filter(id=person.id).update(**told)

    async def taxed(self, person: Person, name: str, percent: int) -> None:
        """The account pays a tax of its owner."""
        owner = (await Account.get(id=person.id)).reseller_id
        rate = await Tax.create(
            id=new_id(),
            name=name,
            rate_percent=Decimal(percent),
            fixed_amount=Decimal(0),
            reseller_id=owner,
        )
        await AccountTax.create(id=new_id(), account_id=person.id, tax_id=rate.id)

    async def refilled(self, person: Person, amount: str, when: datetime) -> None:
        """Money comes in from the account's owner."""
        asked = AskedMovement(
            account_id=person.id, amount=Decimal(amount), currency_code="USD", at=when
        )
        await refill_account(self.admin.viewer, asked, None, Gateway())

    async def called(self, person: Person, when: datetime, debit: str, for_owner: str) -> None:
        """A call that the switch priced for the account and for the reseller above it."""
        account = await Account.get(id=person.id).prefetch_related("reseller")
        body = {
            "uniqueId": f"call-{next(_names)}",
            "accountId": str(person.id),
            "calledNumber": "4930123",
            "startedAt": when.isoformat(),
            "billableSeconds": 120,
            "debit": debit,
            "levels": [{"reseller": account.reseller.number, "debit": for_owner}],
        }
        async with transaction() as tx:
            await Cdr.take_in(tx, self.node_id, [read_report(body)], when + timedelta(hours=1))

    async def charged(self, person: Person, amount: str, words: str, when: datetime) -> None:
        """A charge made by hand."""
        asked = AskedMovement(
            account_id=person.id, amount=Decimal(amount), currency_code="USD", at=when
        )
        await charge_account(self.admin.viewer, asked, words, is_forced=False)

    async def assigned(self, number: str, person: Person, when: datetime) -> UUID:
        """A number at 5 for the setup and 2 a month, paid for by every level at once."""
        draft = DidDraft(
            number=number, currency_code="USD", setup_fee=Decimal(5), monthly_fee=Decimal(2)
        )
        did_id = await Did.stock(self.admin.viewer, draft)
        await Did.assign(self.admin.viewer, did_id, person.id, when)
        return did_id

    async def ordered(self, name: str, price: int, person: Person, when: datetime) -> UUID:
        """A product that renews every thirty days."""
        draft = ProductDraft(
            name=name,
            category=ProductCategory.SUBSCRIPTION,
            currency_code="USD",
            price=Decimal(price),
            billing=ProductBilling.RECURRING,
            billing_days=30,
        )
        product_id = await Product.offer(self.admin.viewer, draft)
        return await ProductOrder.place(self.admin.viewer, person.id, product_id, 1, when)

    async def asks(self, reseller: Person, did_id: UUID, setup_fee: int, monthly_fee: int) -> None:
        """From now on a reseller asks this for a number, whatever it costs the reseller."""
        price = Price(Decimal(monthly_fee), Decimal(setup_fee), "USD")
        await ResellerPrice.agree(self.admin.viewer, reseller.id, {"did_id": did_id}, price)

    async def paid(self, number: str, amount: str, when: datetime) -> None:
        """Money for one invoice."""
        invoice = await Invoice.get(number=number)
        asked = AskedSettlement(invoice_id=invoice.id, amount=Decimal(amount), at=when)
        await record_payment(self.admin.viewer, asked)

    async def billed(self, as_of: datetime) -> Job | None:
        """The billing sweep of this moment, to its end."""
        await self._swept(BillingSweep, as_of)
        job = await Job.all().order_by("-created_at").first()
        return None if job is None else await ended(job)

    async def renewed(self, as_of: datetime) -> None:
        """The renewal sweep of this moment."""
        await self._swept(RenewalSweep, as_of)

    async def pursued(self, as_of: datetime) -> None:
        """The sweep over overdue invoices of this moment."""
        await self._swept(OverdueSweep, as_of)

    async def delivered(self) -> None:
        """Wait until every mail is on its way."""

        async def is_delivered() -> bool:
            return not await Email.filter(status=EmailStatus.QUEUED).exists()

        await eventually(is_delivered, 60)

    def subjects(self, address: str) -> list[str]:
        """Of the mails that somebody got, in their order."""
        return [mail.subject for mail in reversed(self.house.smtp.mails(address))]

    async def _swept(self, story: Any, as_of: datetime) -> None:
        name = f"{story.__name__} {as_of.isoformat()}"
        await self.house.client.execute_workflow(
            story.run, SweepRun(as_of=as_of), id=name, task_queue=Queue.BILLING
        )


async def ledger_of(account_id: UUID) -> list[str]:
    """Every line of a wallet as a story reads it: `2024-09-12 DID -8 = 32`, days in Berlin."""
    rows = await read_pool().fetch(
        """SELECT p.occurred_at, p.kind, l.amount, l.balance_after
             FROM posting_lines l JOIN postings p ON p.id = l.posting_id
            WHERE l.ledger_account_id = $1 ORDER BY l.entry_no""",
        account_id,
    )
    return [
        f"{row['occurred_at'].astimezone(ZoneInfo(BERLIN)):%Y-%m-%d} {row['kind']}"
        f" {row['amount'].normalize():f} = {row['balance_after'].normalize():f}"
        for row in rows
    ]


async def papers_of(account_id: UUID) -> Sequence[PrintedPaper]:
    """What stands on the account's documents, in their order."""
    ids = await Invoice.filter(account_id=account_id).order_by("issued_at", "kind", "sequence")
    async with transaction() as tx:
        found = [await printed_paper(raw(tx), invoice.id) for invoice in ids]
    return [paper for paper in found if paper is not None]
