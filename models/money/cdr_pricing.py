"""What a call costs each level above it, and the postings that follow from that.

Pure once the facts are read; what cannot be priced says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from models.ids import new_id
from models.money.cdr_owner import Owning
from models.money.ledger import Entry
from models.money.party import Party
from models.rules.account_number import folded_number
from models.rules.cdr_report import CdrReport
from models.rules.enums import PostingKind
from models.rules.money import ZERO, ledger_amount
from models.rules.payment_chain import (
    LedgerAccountKind,
    Line,
    Member,
    Rates,
    SystemAccount,
    charge_lines,
    converted,
)
from models.rules.printed import CALL_LABELS

SWITCH = "Switch"  # the actor of what no person asked for
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)  # how far a switch's clock may be before ours
MINUTE = Decimal(60)


@dataclass(frozen=True, slots=True)
class Call:
    """A report that has found its account, and what each level pays, in the payer's currency."""

    report: CdrReport
    party: Party
    owning: Owning
    prices: tuple[Decimal, ...]
    cost: Decimal
    provider_cost: Decimal | None  # in the provider's currency, else as reported
    assumed_levels: int
    id: UUID
    posting_id: UUID | None


def priced(report: CdrReport, party: Party, owning: Owning, rates: Rates) -> Call:
    """Price a call along its chain. Raises RATE_MISSING.

    A reseller for whom the switch sent no price pays what the level below it pays.
    """
    currency = report.currency_code or party.currency_code
    named = {folded_number(level.reseller): level.debit for level in report.levels}
    debits = [report.debit]
    assumed = 0
    for number in map(folded_number, party.chain_numbers[1:]):
        assumed += number not in named and debits[-1] > 0
        debits.append(named.get(number, debits[-1]))
    prices = tuple(
        converted(debit, currency, member.currency_code, rates)
        for debit, member in zip(debits, party.chain, strict=True)
    )
    return Call(
        report=report,
        party=party,
        owning=owning,
        prices=prices,
        cost=converted(report.cost, currency, party.currency_code, rates),
        provider_cost=_provider_cost(report, currency, owning.provider, rates),
        assumed_levels=assumed,
        id=new_id(),
        posting_id=new_id() if any(prices) else None,
    )


def impossible(report: CdrReport, now: datetime) -> str | None:
    """Why a report can not be true, if it can not."""
    if not EARLIEST <= report.started_at <= now + AHEAD:
        return f"The call started at {report.started_at:%Y-%m-%d %H:%M}: the clock is wrong."
    return None


def call_entries(call: Call, node_id: UUID, rates: Rates) -> Iterator[Entry]:
    """The postings of a call: through the chain of owners, and to the carrier."""
    report = call.report
    name = f"{node_id}/{report.unique_id}"
    if call.posting_id is not None:
        yield Entry(
            key=f"cdr/{name}",
            kind=PostingKind.CALL,
            description=f"Call to {report.called_number}",
            actor=SWITCH,
            occurred_at=report.ended_at,
            lines=charge_lines(call.party.chain, call.prices, rates),
            label=CALL_LABELS[report.call_type],
            quantity=ledger_amount(report.billable_seconds / MINUTE),
            id=call.posting_id,
        )
    provider = call.owning.provider
    if provider is not None and call.provider_cost:
        yield Entry(
            key=f"cdr-cost/{name}",
            kind=PostingKind.PROVIDER_COST,
            description=f"Call to {report.called_number}",
            actor=SWITCH,
            occurred_at=report.ended_at,
            lines=_carrier_lines(provider, call.provider_cost),
        )


def _provider_cost(
    report: CdrReport, currency: str, provider: Member | None, rates: Rates
) -> Decimal | None:
    if report.provider_number is None:
        return None
    if provider is None:
        return report.provider_cost
    return converted(report.provider_cost, currency, provider.currency_code, rates)


def _carrier_lines(provider: Member, cost: Decimal) -> tuple[Line, ...]:
    carrier = SystemAccount(LedgerAccountKind.CARRIER_COST, None, provider.currency_code)
    return (
        Line(provider.id, cost, provider.currency_code),
        Line(carrier, ZERO - cost, provider.currency_code),
    )
