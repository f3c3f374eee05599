"""Statements of account: what a wallet had at the begin and end of a period, and all between.

Read from lines that never change; a statement of the past is the same whenever it is asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg

from models.accounts.account import Account
from models.database import read_pool
from models.rules.csv_text import csv_line, protected
from models.rules.money import plain_text
from models.rules.viewer import Viewer

HEADER = ("Date", "Kind", "Description", "Amount", "Balance", "Currency")
LINES_AT_ONCE = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From inclusive, to exclusive."""

    start: datetime
    end: datetime

    def text(self) -> str:
        """The period as digits and `_`, as a link carries it."""
        return f"{(self.start - _EPOCH) // _TICK}_{(self.end - _EPOCH) // _TICK}"

    @classmethod
    def of_text(cls, text: str) -> Period | None:
        """What `text` wrote; None for any other text."""
        start, _, end = text.partition("_")
        try:
            return cls(_EPOCH + int(start) * _TICK, _EPOCH + int(end) * _TICK)
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """The sums of a period; `closing = opening + credits - debits`, none of the two negative."""

    account_id: UUID
    number: str
    currency_code: str
    period: Period
    opening: Decimal
    debits: Decimal
    credits: Decimal

    @property
    def closing(self) -> Decimal:
        """The balance at the end."""
        return self.opening + self.credits - self.debits

    @property
    def file_name(self) -> str:
        """What its CSV is saved under."""
        days = f"{self.period.start:%Y-%m-%d}_{self.period.end:%Y-%m-%d}"
        return f"statement_{self.number}_{days}.csv"


async def statement_of(viewer: Viewer, account_id: UUID, period: Period) -> AccountStatement | None:
    """The statement of an account; None when there is none that the viewer sees.

    A period that ends before it begins has nothing in it.
    """
    account = await Account.get_or_none(id=account_id)
    if account is None or not account.visible_to(viewer):
        return None
    async with read_pool().acquire() as connection:
        row = await connection.fetchrow(_SUMS, account_id, period.start, period.end)
    if row is None:
        return None
    return AccountStatement(
        account_id=account_id,
        number=account.number,
        currency_code=account.currency_code,
        period=period,
        opening=row["opening"],
        debits=row["debits"],
        credits=row["credits"],
    )


async def statement_csv(statement: AccountStatement) -> AsyncIterator[str]:
    """The statement as CSV, oldest first, a piece at a time; no cell is run by a spreadsheet."""
    period = statement.period
    yield csv_line(HEADER)
    yield _balance_line(statement, period.start, "Opening balance", statement.opening)
    last = 0
    while rows := await _lines_behind(statement, last):
        yield "".join(_line(row) for row in rows)
        last = rows[-1]["entry_no"]
    yield _balance_line(statement, period.end, "Closing balance", statement.closing)


async def _lines_behind(statement: AccountStatement, entry_no: int) -> Sequence[asyncpg.Record]:
    period = statement.period
    asked = (statement.account_id, period.start, period.end, entry_no, LINES_AT_ONCE)
    async with read_pool().acquire() as connection:
        rows: Sequence[asyncpg.Record] = await connection.fetch(_LINES, *asked)
    return rows


def _line(row: asyncpg.Record) -> str:
    cells = (
        _instant(row["recorded_at"]),
        row["kind"],
        protected(row["description"]),
        plain_text(row["amount"]),
        plain_text(row["balance_after"]),
        row["currency_code"],
    )
    return csv_line(cells)


def _balance_line(statement: AccountStatement, at: datetime, words: str, balance: Decimal) -> str:
    cells = (_instant(at), "", words, "", plain_text(balance), statement.currency_code)
    return csv_line(cells)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


# The last line before the period has the balance it begins with: of those written at one instant
# the one with the highest number. Instants never run against the numbers (`ledger_sql`).
_SUMS = """
    SELECT coalesce((SELECT balance_after FROM posting_lines
                     WHERE ledger_account_id = $1 AND entry_no IS NOT NULL AND recorded_at < $2
                     ORDER BY recorded_at DESC, entry_no DESC LIMIT 1), 0) AS opening,
           coalesce(sum(-amount) FILTER (WHERE amount < 0), 0) AS debits,
           coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS credits
    FROM posting_lines
    WHERE ledger_account_id = $1 AND entry_no IS NOT NULL
      AND recorded_at >= $2 AND recorded_at < $3
"""

_LINES = """
    SELECT l.entry_no, l.recorded_at, p.kind, p.description, l.amount, l.balance_after,
           l.currency_code
    FROM posting_lines l JOIN postings p ON p.id = l.posting_id
    WHERE l.ledger_account_id = $1 AND l.recorded_at >= $2 AND l.recorded_at < $3
      AND l.entry_no > $4
    ORDER BY l.entry_no LIMIT $5
"""
