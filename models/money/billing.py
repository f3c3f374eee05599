"""Closing billing periods: every one that is over gets its invoice, and the next one begins.

Which accounts are looked at is the run's; what an invoice takes up is `invoicing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.mail.email import Email, MailDraft
from models.mail.recipient import Recipient
from models.money.invoice import Invoice
from models.money.invoicing import InvoiceOrder, Raised
from models.money.late_billing import make_late_due
from models.money.settlement import Settlement
from models.rules.billing_calendar import next_boundary
from models.rules.enums import AccountStatus, BillingSchedule, InvoiceKind
from models.rules.money import ZERO
from models.rules.printed import shown_amount, shown_instant, shown_period

_TITLES = {InvoiceKind.INVOICE: "Invoice", InvoiceKind.CREDIT_NOTE: "Credit note"}

Period = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class DueAccount:
    """A postpaid account whose open period is over, held until the transaction ends."""

    id: UUID
    opened_at: datetime  # when its open period began
    due_at: datetime  # when that period ended
    calendar: tuple[str, BillingSchedule, int | None]  # zone, schedule, day
    is_deleted: bool = False  # what came late is all that it can be billed for

    def periods(self, as_of: datetime) -> list[Period]:
        """The periods that are over by then, in their order; each begins where the last ended."""
        if self.is_deleted:
            return [(self.opened_at, as_of)]
        ends = [self.due_at]
        while (following := next_boundary(*self.calendar, ends[-1])) <= as_of:
            ends.append(following)
        return list(zip([self.opened_at, *ends], ends, strict=False))


@dataclass(frozen=True, slots=True)
class ClosedPeriods:
    """What became of an account's periods: its documents, and when the next period ends."""

    account_id: UUID
    documents: tuple[Raised, ...]
    opened_at: datetime
    due_at: datetime | None  # None: a deleted account's, which ends no more

    @property
    def total(self) -> Decimal:
        """What was invoiced, less what was credited."""
        return sum((_signed(raised) for raised in self.documents), ZERO)


async def hold_due(
    tx: BaseDBAsyncClient, account_ids: Sequence[UUID], as_of: datetime
) -> list[DueAccount]:
    """Hold the accounts among these with a period that is over, and their wallets.

    One that somebody else holds is left out: either its periods are being closed there, or it is
    being changed and still due afterwards.
    """
    rows = await raw(tx).fetch(_HOLD_DUE, list(account_ids), as_of)
    held = [_due(row) for row in rows]
    # All wallets before any number is drawn, so that nobody waits for us in a circle.
    await Settlement.lock(tx, [account.id for account in held])
    return held


async def close_periods(
    tx: BaseDBAsyncClient, accounts: Sequence[DueAccount], as_of: datetime
) -> list[ClosedPeriods]:
    """Invoice every period of held accounts that is over by `as_of`, and mail the documents.

    All or none. A period in which nothing was owed makes no document, but ends all the same.
    """
    periods = {account.id: account.periods(as_of) for account in accounts}
    documents: dict[UUID, list[Raised]] = {account.id: [] for account in accounts}
    for nth in range(max(map(len, periods.values()), default=0)):
        orders = [
            InvoiceOrder(account_id, ours[nth], issued_at=as_of)
            for account_id, ours in periods.items()
            if nth < len(ours)
        ]
        for raised in await Invoice.raise_for(tx, orders):
            if raised.document is not None:
                documents[raised.account_id].append(raised)
    closed = [
        ClosedPeriods(account.id, tuple(documents[account.id]), end, following)
        for account in accounts
        for end in [periods[account.id][-1][1]]
        for following in [None if account.is_deleted else next_boundary(*account.calendar, end)]
    ]
    await _advance(tx, closed)
    await make_late_due(tx, [each.id for each in accounts if each.is_deleted], as_of)
    await _mail(tx, closed, {account.id: account for account in accounts})
    return closed


async def _advance(tx: BaseDBAsyncClient, closed: Sequence[ClosedPeriods]) -> None:
    await raw(tx).execute(
        _ADVANCE,
        [each.account_id for each in closed],
        [each.opened_at for each in closed],
        [each.due_at for each in closed],
    )


async def _mail(
    tx: BaseDBAsyncClient, closed: Sequence[ClosedPeriods], accounts: dict[UUID, DueAccount]
) -> None:
    written = [(each.account_id, raised) for each in closed for raised in each.documents]
    if not written:
        return
    recipients = await Recipient.of_many(tx, [account_id for account_id, _ in written])
    rows = await raw(tx).fetch(_DOCUMENTS, [r.document.id for _, r in written if r.document])
    papers = {row["id"]: row for row in rows}
    drafts = [
        _draft(recipients[account_id], accounts[account_id], raised, papers[raised.document.id])
        for account_id, raised in written
        if raised.document is not None and not raised.is_repeat
    ]
    await Email.queue(drafts)


def _draft(
    recipient: Recipient, account: DueAccount, raised: Raised, paper: asyncpg.Record
) -> MailDraft:
    zone = account.calendar[0]
    due_at = paper["due_at"]
    facts = {
        "title": _TITLES[raised.kind or InvoiceKind.INVOICE],
        "number": paper["number"],
        "period": shown_period(zone, paper["period_start"], paper["period_end"]),
        "total": shown_amount(paper["total"], recipient.currency_code),
        "outstanding": shown_amount(paper["outstanding"], recipient.currency_code),
        "due_on": shown_instant(zone, due_at) if due_at and paper["outstanding"] else "",
    }
    event = f"new_invoice/{paper['id']}"
    return MailDraft.to_account(
        recipient, "new_invoice", event, {"invoice": facts}, invoice_id=paper["id"]
    )


def _due(row: asyncpg.Record) -> DueAccount:
    schedule = BillingSchedule(row["billing_schedule"])
    return DueAccount(
        id=row["id"],
        opened_at=row["opened_at"],
        due_at=row["next_billing_at"],
        calendar=(row["time_zone"], schedule, row["billing_day"]),
        is_deleted=row["status"] == AccountStatus.DELETED,
    )


def _signed(raised: Raised) -> Decimal:
    if raised.document is None:
        return ZERO
    total = raised.document.total
    return -total if raised.kind is InvoiceKind.CREDIT_NOTE else total


_HOLD_DUE = """
    SELECT id, coalesce(period_started_at, created_at) AS opened_at, next_billing_at, time_zone,
           billing_schedule, billing_day, status
    FROM accounts
    WHERE id = ANY ($1::uuid[]) AND type = 'POSTPAID' AND status <> 'DELETING'
      AND next_billing_at <= $2
    ORDER BY id
    FOR NO KEY UPDATE SKIP LOCKED
"""

_ADVANCE = """
    UPDATE accounts a SET period_started_at = c.opened_at, next_billing_at = c.due_at,
                          version = a.version + 1, updated_at = now()
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS c (id, opened_at, due_at)
    WHERE a.id = c.id
"""

_DOCUMENTS = """
    SELECT id, number, period_start, period_end, due_at, total, outstanding FROM invoices
    WHERE id = ANY ($1::uuid[])
"""
