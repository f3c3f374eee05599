"""Taking in what switches report: whose call it was, who pays whom, each call once.

A whole batch is one transaction of a few statements; reading a report is `rules.cdr_report`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.ids import new_id
from models.money.cdr_owner import Owning, owners_of_calls
from models.money.cdr_pricing import Call, call_entries, impossible, priced
from models.money.currency import CurrencyRate
from models.money.late_billing import make_late_due
from models.money.ledger import Ledger
from models.money.party import Party
from models.rules.cdr_report import CdrReport, UnreadableReport
from models.rules.errors import DomainError
from models.rules.payment_chain import Rates

NOBODY = "No account answers to its account id, device or number."

Report = CdrReport | UnreadableReport


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a report; `orphan_reason` says why a new one belongs to no account."""

    unique_id: str
    is_repeat: bool
    orphan_reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Orphan:
    report: Report
    reason: str


async def take_in(
    tx: BaseDBAsyncClient, node_id: UUID, reports: Sequence[Report], now: datetime
) -> list[TakenIn]:
    """Keep and charge what a node reports; a call that it has reported before changes nothing.

    Calls always post, below every limit too: they have happened. What belongs to nobody, or has
    no price that can be told, is kept as an orphan with the reason.
    """
    claimed = await _claim(tx, node_id, reports)
    new: dict[str, Report] = {}
    for report in reports:
        if report.unique_id in claimed:
            new.setdefault(report.unique_id, report)
    verdicts, rates = await _sorted_out(tx, list(new.values()), now)
    calls = [verdict for verdict in verdicts if isinstance(verdict, Call)]
    orphans = [verdict for verdict in verdicts if isinstance(verdict, _Orphan)]
    await _mark_used(tx, calls)
    entries = [entry for call in calls for entry in call_entries(call, node_id, rates)]
    await Ledger.post_many(tx, entries)
    await make_late_due(tx, {m.id for c in calls for m in c.party.chain if not m.is_prepaid})
    await _keep_calls(tx, node_id, calls, now)
    await _keep_orphans(tx, node_id, orphans, now)
    reasons = {orphan.report.unique_id: orphan.reason for orphan in orphans}
    return [_answer(report, new, reasons) for report in reports]


async def _claim(tx: BaseDBAsyncClient, node_id: UUID, reports: Sequence[Report]) -> set[str]:
    """The calls that nobody has reported yet; whoever reports the same ones now waits for us."""
    names = sorted({report.unique_id for report in reports})
    rows = await raw(tx).fetch(_CLAIM, [new_id() for _ in names], names, node_id)
    return {row["unique_id"] for row in rows}


async def _sorted_out(
    tx: BaseDBAsyncClient, reports: Sequence[Report], now: datetime
) -> tuple[list[Call | _Orphan], Rates]:
    readable = [report for report in reports if isinstance(report, CdrReport)]
    found = await owners_of_calls(tx, readable)
    owners = {report.unique_id: owning for report, owning in zip(readable, found, strict=True)}
    accounts = [owning.account_id for owning in found if owning.account_id is not None]
    parties = await Party.of_many(tx, accounts)
    rates = await _rates(tx, readable, found, parties)
    verdicts: list[Call | _Orphan] = []
    for report in reports:
        if isinstance(report, UnreadableReport):
            verdicts.append(_Orphan(report, report.reason))
        else:
            verdicts.append(_verdict(report, owners[report.unique_id], (parties, rates), now))
    return verdicts, rates


def _verdict(
    report: CdrReport, owning: Owning, facts: tuple[Mapping[UUID, Party], Rates], now: datetime
) -> Call | _Orphan:
    parties, rates = facts
    if (reason := impossible(report, now)) is not None:
        return _Orphan(report, reason)
    if owning.account_id is None:
        return _Orphan(report, NOBODY)
    try:
        return priced(report, parties[owning.account_id], owning, rates)
    except DomainError as refusal:
        return _Orphan(report, refusal.message)


async def _rates(
    tx: BaseDBAsyncClient,
    reports: Sequence[CdrReport],
    owners: Sequence[Owning],
    parties: Mapping[UUID, Party],
) -> Rates:
    """The rates of all currencies of a batch; none when it has only one."""
    codes = {report.currency_code for report in reports if report.currency_code is not None}
    codes |= {member.currency_code for party in parties.values() for member in party.chain}
    codes |= {owning.provider.currency_code for owning in owners if owning.provider}
    return await CurrencyRate.of(tx, codes) if len(codes) > 1 else {}


def _answer(report: Report, new: Mapping[str, Report], reasons: Mapping[str, str]) -> TakenIn:
    is_repeat = new.get(report.unique_id) is not report
    reason = None if is_repeat else reasons.get(report.unique_id)
    return TakenIn(report.unique_id, is_repeat, reason)


async def _mark_used(tx: BaseDBAsyncClient, calls: Sequence[Call]) -> None:
    """Before anything is posted: whoever changes an account holds its row before its wallet."""
    accounts = [call.party.id for call in calls]
    await raw(tx).execute(_FIRST_USED, accounts, [call.report.started_at for call in calls])


async def _keep_calls(
    tx: BaseDBAsyncClient, node_id: UUID, calls: Sequence[Call], now: datetime
) -> None:
    if not calls:
        return
    connection = raw(tx)
    months = {call.report.started_at.strftime("%Y-%m"): call.report.started_at for call in calls}
    for month in sorted(months):
        await connection.execute("SELECT prepare_cdr_month($1)", months[month])
    rows = [_row(call, node_id, now) for call in calls]
    await connection.copy_records_to_table("cdrs", records=rows, columns=_COLUMNS)


def _row(call: Call, node_id: UUID, now: datetime) -> tuple[Any, ...]:
    report, owning = call.report, call.owning
    provider_id = owning.provider.id if owning.provider else None
    return (
        *(call.id, call.party.id, report.unique_id, node_id, report.device_id, call.posting_id),
        *(report.sip_user, report.caller_id, report.called_number, report.destination),
        *(report.started_at, report.answered_at, report.ended_at, report.billable_seconds),
        *(report.disposition, call.prices[0], call.cost, call.party.currency_code),
        *(report.call_type.value, report.direction.value, owning.rate_group_id, provider_id),
        *(call.provider_cost, call.assumed_levels, now),
    )


async def _keep_orphans(
    tx: BaseDBAsyncClient, node_id: UUID, orphans: Sequence[_Orphan], now: datetime
) -> None:
    rows = [
        (new_id(), node_id, o.report.unique_id, o.reason[:255], _storable(o.report.body), now)
        for o in orphans
    ]
    columns = ("id", "node_id", "unique_id", "reason", "report", "received_at")
    if rows:
        await raw(tx).copy_records_to_table("cdr_orphans", records=rows, columns=columns)


def _storable(body: Mapping[str, Any]) -> str:
    """The body as JSON text; inside a text of its own where PostgreSQL takes not all of it."""
    text = json.dumps(body)
    return json.dumps({"escaped": text}) if _NOT_IN_JSONB.search(text) else text


_NOT_IN_JSONB = re.compile(r"\\u(0000|[dD][89a-fA-F])")

# In the order of the names, so that two batches with the same calls wait and do not deadlock.
_CLAIM = """
    INSERT INTO cdr_keys (id, node_id, unique_id)
    SELECT id, $3::uuid, unique_id
    FROM unnest($1::uuid[], $2::text[]) AS k (id, unique_id) ORDER BY unique_id
    ON CONFLICT (node_id, unique_id) DO NOTHING
    RETURNING unique_id
"""

_FIRST_USED = """
    WITH firsts AS (
        SELECT account_id, min(started_at) AS started_at
        FROM unnest($1::uuid[], $2::timestamptz[]) AS c (account_id, started_at)
        GROUP BY account_id
    ), unused AS MATERIALIZED (
        SELECT a.id, f.started_at FROM accounts a JOIN firsts f ON f.account_id = a.id
        WHERE a.first_used_at IS NULL ORDER BY a.id FOR NO KEY UPDATE OF a
    )
    UPDATE accounts a SET first_used_at = u.started_at FROM unused u WHERE a.id = u.id
"""

_COLUMNS = (
    *("id", "account_id", "unique_id", "node_id", "device_id", "posting_id", "sip_user"),
    *("caller_id", "called_number", "destination", "started_at", "answered_at", "ended_at"),
    *("billable_seconds", "disposition", "debit", "cost", "currency_code", "call_type"),
    *("direction", "rate_group_id", "provider_id", "provider_cost", "assumed_levels"),
    "recorded_at",
)
