"""Raising invoices of postpaid accounts: everything unbilled until a period's end, once a period.

Which periods are due is the billing calendar's; mails and the next date are the sweep's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.money.document import Issued, Paper, PaperLine, issue, tax_paper_lines
from models.money.issuer_profile import DUE_DAYS
from models.money.ledger import Entry, Ledger
from models.money.party import Party
from models.money.settlement import AllocationReason, NewCredit, Settlement
from models.rules.enums import InvoiceKind, PostingKind
from models.rules.money import ZERO, rounded
from models.rules.payment_chain import (
    LedgerAccountKind,
    Line,
    SystemAccount,
    reversed_lines,
    tax_lines,
)
from models.rules.printed import CALL_LABELS
from models.rules.taxation import TaxRate, taxes_on

BILLING = "Billing"  # the actor of what no person asked for


@dataclass(frozen=True, slots=True)
class InvoiceOrder:
    """A period of an account that is over: from its start, inclusive, to its end, exclusive."""

    account_id: UUID
    period: tuple[datetime, datetime]
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Raised:
    """What became of a period: an invoice, a credit note, or no document when nothing was owed."""

    account_id: UUID
    document: Issued | None
    kind: InvoiceKind | None
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    order: InvoiceOrder
    party: Party
    paper: Paper | None  # of positive amounts, an invoice or a credit note
    rounding: Decimal = ZERO  # what the wallet pays beyond the exact amounts; negative: gets back

    @property
    def sign(self) -> int:
        return -1 if self.paper and self.paper.kind is InvoiceKind.CREDIT_NOTE else 1


async def raise_invoices(tx: BaseDBAsyncClient, orders: Sequence[InvoiceOrder]) -> list[Raised]:
    """Bill periods of different accounts, all or none; a period that has its invoice keeps it.

    Takes what is unbilled with `occurred_at` before the period's end, however old. Taxes and
    rounding are posted, numbers drawn, and unspent credits settle the new invoices.
    """
    await Settlement.lock(tx, [order.account_id for order in orders])
    known = await _known(tx, orders)
    due = [order for order in orders if order.account_id not in known]
    drafts = await _drafts(tx, due)
    await Ledger.post_many(tx, [entry for draft in drafts for entry in _entries(draft)])
    documents = await _issued(tx, drafts)
    await _attach(tx, drafts)
    await _settle(tx, drafts)
    fresh = {draft.order.account_id: _raised(draft, documents) for draft in drafts}
    return [(known | fresh)[order.account_id] for order in orders]


async def _known(tx: BaseDBAsyncClient, orders: Sequence[InvoiceOrder]) -> dict[UUID, Raised]:
    accounts = [order.account_id for order in orders]
    starts = [order.period[0] for order in orders]
    return {
        row["account_id"]: Raised(
            row["account_id"],
            Issued(row["id"], row["number"], row["total"]),
            InvoiceKind.INVOICE,
            is_repeat=True,
        )
        for row in await raw(tx).fetch(_KNOWN, accounts, starts)
    }


async def _drafts(tx: BaseDBAsyncClient, orders: Sequence[InvoiceOrder]) -> list[_Draft]:
    if not orders:
        return []
    accounts = [order.account_id for order in orders]
    parties = await Party.of_many(tx, accounts)
    starts, ends = zip(*(order.period for order in orders), strict=True)
    rows = await raw(tx).fetch(_UNBILLED, accounts, starts, ends, *_CALL_WORDS)
    issuers = list({party.issuer for party in parties.values()})
    due_days = {r["id"]: r["due_days"] for r in await raw(tx).fetch(_DUE_DAYS, issuers)}
    lines = {
        account: [(_words(row), row["quantity"], row["amount"]) for row in of_account]
        for account, of_account in groupby(rows, key=lambda row: row["account_id"])
    }
    return [
        _draft(order, party, lines.get(order.account_id, []), due_days.get(party.issuer, DUE_DAYS))
        for order in orders
        for party in [parties[order.account_id]]
    ]


def _words(row: asyncpg.Record) -> str:
    if row["kind"] != PostingKind.CALL:
        return str(row["label"])
    return f"{row['label']} ({row['count']}), minutes"


def _draft(
    order: InvoiceOrder,
    party: Party,
    sums: Sequence[tuple[str, Decimal, Decimal]],
    due_days: int,
) -> _Draft:
    currency = party.currency_code
    lines = [PaperLine(words, rounded(owed, currency), count) for words, count, owed in sums]
    net = sum((line.net for line in lines), ZERO)
    if not net and not party.invoices_zero_amounts:
        return _Draft(order, party, None)
    kind = InvoiceKind.CREDIT_NOTE if net < 0 else InvoiceKind.INVOICE
    if net < 0:
        lines = [replace(line, net=-line.net, quantity=-line.quantity) for line in lines]
    rates = party.taxes if net > 0 else _without_fixed(party.taxes)
    paper = Paper(
        kind=kind,
        account_id=party.id,
        currency_code=currency,
        issued_at=order.issued_at,
        lines=(*lines, *tax_paper_lines(taxes_on(abs(net), rates, currency))),
        tax_number=party.tax_number,
        note=party.invoice_note,
        period=order.period,
        due_at=order.issued_at + timedelta(days=due_days) if net >= 0 else None,
    )
    return _Draft(order, party, paper, net - sum((owed for *_, owed in sums), ZERO))


def _without_fixed(rates: Sequence[TaxRate]) -> list[TaxRate]:
    """As they are given back: what is due once a document stays with the one it was due on."""
    shares = [rate for rate in rates if rate.rate_percent or not rate.fixed_amount]
    return [replace(rate, fixed_amount=ZERO) for rate in shares]


def _entries(draft: _Draft) -> Iterable[Entry]:
    if draft.paper is None:
        return
    taxed = tax_lines(draft.party.chain, draft.paper.tax, {})
    if taxed:
        signed = taxed if draft.sign > 0 else reversed_lines(taxed)
        yield _entry(draft, draft.paper, PostingKind.TAX, signed)
    if draft.rounding:
        party, currency = draft.party, draft.party.currency_code
        rounding = SystemAccount(LedgerAccountKind.ROUNDING, party.issuer, currency)
        yield _entry(
            draft,
            draft.paper,
            PostingKind.ROUNDING,
            (
                Line(party.id, -draft.rounding, currency),
                Line(rounding, draft.rounding, currency),
            ),
        )


def _entry(draft: _Draft, paper: Paper, kind: PostingKind, lines: tuple[Line, ...]) -> Entry:
    words = "Taxes" if kind is PostingKind.TAX else "Rounding"
    return Entry(
        key=f"invoice-{kind.lower()}/{paper.id}",
        kind=kind,
        description=f"{words} of {'an invoice' if draft.sign > 0 else 'a credit note'}",
        actor=BILLING,
        occurred_at=draft.order.period[1],
        lines=lines,
    )


async def _issued(tx: BaseDBAsyncClient, drafts: Sequence[_Draft]) -> dict[UUID, Issued]:
    series: dict[tuple[UUID | None, InvoiceKind], list[Paper]] = {}
    for draft in drafts:
        if draft.paper is not None:
            series.setdefault((draft.party.issuer, draft.paper.kind), []).append(draft.paper)
    issued: list[Issued] = []
    for issuer, kind in sorted(series, key=str):
        issued += await issue(tx, issuer, series[issuer, kind])
    return {document.id: document for document in issued}


async def _attach(tx: BaseDBAsyncClient, drafts: Sequence[_Draft]) -> None:
    """Put on each document what it was made of: the lines are the same ones under the lock."""
    made = [draft for draft in drafts if draft.paper is not None]
    await raw(tx).execute(
        _ATTACH,
        [draft.order.account_id for draft in made],
        [draft.order.period[1] for draft in made],
        [draft.paper.id for draft in made if draft.paper],
    )


async def _settle(tx: BaseDBAsyncClient, drafts: Sequence[_Draft]) -> None:
    owing = [draft for draft in drafts if draft.paper is not None]
    credits_ = [
        NewCredit(
            draft.order.account_id,
            posting_id=None,
            amount=draft.paper.net + draft.paper.tax,
            at=draft.order.issued_at,
            reason=AllocationReason.CREDIT_NOTE,
        )
        for draft in owing
        if draft.paper and draft.sign < 0
    ]
    await Settlement.receive(tx, credits_)
    if owing:
        accounts = [draft.order.account_id for draft in owing]
        await Settlement.settle(tx, accounts, owing[0].order.issued_at)


def _raised(draft: _Draft, documents: dict[UUID, Issued]) -> Raised:
    if draft.paper is None:
        return Raised(draft.order.account_id, None, None)
    return Raised(draft.order.account_id, documents[draft.paper.id], draft.paper.kind)


_KNOWN = """
    SELECT i.account_id, i.id, i.number, i.total
    FROM unnest($1::uuid[], $2::timestamptz[]) AS o (account_id, period_start)
    JOIN invoices i ON i.account_id = o.account_id AND i.period_start = o.period_start
     AND i.kind = 'INVOICE' AND i.status <> 'VOID'
"""

_CALL_WORDS = ([type_.value for type_ in CALL_LABELS], list(CALL_LABELS.values()))

# A reversal stands with what it takes back, so both leave the same printed line.
#
# Calls that cost the account nothing have no posting. They count in the period in which they were
# reported; when they began only tells which months to look through.
_UNBILLED = """
    WITH o AS MATERIALIZED (
        SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[])
        AS o (account_id, since, until)
    ), told AS (
        SELECT o.account_id, coalesce(origin.kind, p.kind) AS kind, b.label,
               sign(-l.amount) AS count, b.quantity, -l.amount AS amount
        FROM o
        JOIN billable_lines b ON b.account_id = o.account_id AND b.invoice_id IS NULL
         AND b.occurred_at < o.until
        JOIN posting_lines l ON l.id = b.line_id
        JOIN postings p ON p.id = l.posting_id
        LEFT JOIN postings origin ON origin.id = p.reverses_id
        UNION ALL
        SELECT o.account_id, 'CALL', words.label, free.count, free.minutes, 0
        FROM o
        CROSS JOIN LATERAL (
            SELECT c.call_type, count(*) AS count, sum(c.billable_seconds) / 60.0 AS minutes
            FROM cdrs c
            WHERE c.account_id = o.account_id AND c.debit = 0 AND c.billable_seconds > 0
              AND c.recorded_at >= o.since AND c.recorded_at < o.until
              AND c.started_at > o.since - interval '31 days'
              AND c.started_at < o.until + interval '1 day'
            GROUP BY 1
        ) free
        JOIN unnest($4::text[], $5::text[]) AS words (call_type, label) USING (call_type)
    )
    SELECT account_id, kind, label, sum(count)::int AS count, sum(quantity) AS quantity,
           sum(amount) AS amount
    FROM told
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
"""

_DUE_DAYS = """
    SELECT p.reseller_id AS id, p.due_days FROM issuer_profiles p
    WHERE p.reseller_id = ANY ($1::uuid[]) OR p.reseller_id IS NULL
"""

_ATTACH = """
    UPDATE billable_lines b SET invoice_id = o.invoice_id
    FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) AS o (account_id, until, invoice_id)
    WHERE b.account_id = o.account_id AND b.invoice_id IS NULL AND b.occurred_at < o.until
"""
