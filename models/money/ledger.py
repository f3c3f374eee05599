"""The ledger: append-only double entry, written by one statement that locks, checks and moves.

Who pays whom is planned elsewhere (`rules.payment_chain`); papers are made elsewhere (`invoice`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.ids import new_id
from models.money import ledger_sql
from models.money.low_balance import notice_balances
from models.rules.enums import PostingKind
from models.rules.errors import DomainError, ErrorCode
from models.rules.money import INTEGER_DIGITS
from models.rules.payment_chain import (
    LedgerAccountKind,
    Line,
    SystemAccount,
    reversed_lines,
)

TOO_MUCH = f"A balance would have more than {INTEGER_DIGITS} digits before the point."
OWNER_LACKS = "The available balance of the owner does not cover this."

BATCH = 64  # from here on a plan made for the real number of rows is worth its millisecond

SYSTEMS = 16  # where the ids of system accounts stand among the statement's columns

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting that is asked for. `key` makes a repeat harmless, so it names the event itself.

    `lines[0]` is the line of whoever the event is about: a repeat must agree with it.
    """

    key: str
    kind: PostingKind
    description: str
    actor: str
    occurred_at: datetime
    lines: tuple[Line, ...]
    reverses_id: UUID | None = None
    # What payers must have beyond this when they are asked first, by account: tax to come.
    reserves: Mapping[UUID, Decimal] = field(default_factory=dict)
    # Where it stands on a postpaid payer's invoice, and how much of it; else the description, 1.
    label: str | None = None
    quantity: Decimal = Decimal(1)
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Posted:
    """The posting that stands under the key; `is_repeat` when it stood there before."""

    id: UUID
    is_repeat: bool


class Ledger:
    """The books of all issuers. Every verb needs an open transaction and writes inside it."""

    @staticmethod
    async def post(
        tx: BaseDBAsyncClient,
        entry: Entry,
        *,
        asks_first: bool = False,
        at: Path = ("amount",),
    ) -> Posted:
        """Post one entry; a key that is known answers the first posting and moves nothing.

        With `asks_first`, an account that pays and has not got it refuses the whole entry:
        INSUFFICIENT_BALANCE at the field `at`. IDEMPOTENCY_KEY_REUSED: the key stands for
        something else. OUT_OF_RANGE: a balance no wallet can hold. Nothing is written when it
        raises.
        """
        return (await Ledger.post_many(tx, [entry], asks_first=asks_first, at=at))[0]

    @staticmethod
    async def post_many(
        tx: BaseDBAsyncClient,
        entries: Sequence[Entry],
        *,
        asks_first: bool = False,
        at: Path = ("amount",),
    ) -> list[Posted]:
        """Post entries in one statement, all or none; answers and raises as `post` does.

        With `asks_first`, each account must have what all the entries together take from it.
        """
        if not entries:
            return []
        connection = raw(tx)
        if len(entries) >= BATCH:
            await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        first: dict[str, Entry] = {}
        for entry in entries:
            first.setdefault(entry.key, entry)
        fresh, crossing = await _written(
            connection, list(first.values()), asks_first=asks_first, at=at
        )
        if crossing:
            await notice_balances(tx, crossing)
        answers: list[Posted | None] = []
        for entry in entries:
            answers.append(Posted(entry.id, is_repeat=False) if entry.id in fresh else None)
            fresh.discard(entry.id)
        repeats = [e for e, answer in zip(entries, answers, strict=True) if answer is None]
        known = await _first_answers(connection, repeats) if repeats else {}
        return [
            answer or Posted(known[entry.key], is_repeat=True)
            for entry, answer in zip(entries, answers, strict=True)
        ]

    @staticmethod
    async def find(tx: BaseDBAsyncClient, key: str) -> UUID | None:
        """The posting that stands under a key, if there is one."""
        found: UUID | None = await raw(tx).fetchval("SELECT id FROM postings WHERE key = $1", key)
        return found

    @staticmethod
    async def reverse(
        tx: BaseDBAsyncClient, posting_id: UUID, *, actor: str, occurred_at: datetime, reason: str
    ) -> Posted:
        """Take a posting back, at its own rates; a second time answers the first reversal.

        Always posts, even when a wallet falls below its limit. Raises NOT_FOUND, and WRONG_STATE
        for a posting that is a reversal itself.
        """
        rows = await raw(tx).fetch(ledger_sql.LINES_OF, posting_id)
        if not rows:
            raise DomainError(ErrorCode.NOT_FOUND, ("id",), "There is no such posting.")
        if rows[0]["kind"] == PostingKind.REVERSAL:
            message = "A reversal cannot be reversed; post the event again instead."
            raise DomainError(ErrorCode.WRONG_STATE, ("id",), message)
        lines = reversed_lines([_stored_line(row) for row in rows])
        entry = Entry(
            key=f"reversal/{posting_id}",
            kind=PostingKind.REVERSAL,
            description=reason,
            actor=actor,
            occurred_at=occurred_at,
            lines=lines,
            reverses_id=posting_id,
            label=next((row["label"] for row in rows if row["label"]), None),
            quantity=-next((row["quantity"] for row in rows if row["quantity"]), Decimal(-1)),
        )
        return await Ledger.post(tx, entry)


async def _written(
    connection: asyncpg.Connection[asyncpg.Record],
    entries: Sequence[Entry],
    *,
    asks_first: bool,
    at: Path,
) -> tuple[set[UUID], list[UUID]]:
    """The ids of new postings, and the accounts whose balance may have to be told of."""
    columns = _columns(entries)
    asked = (*columns, asks_first, *_reserves(entries))
    post = ledger_sql.post(len(entries), len(columns[SYSTEMS]))
    try:
        row = await connection.fetchrow(post, *asked)
        if row and row["lacking"] and await connection.fetchval(ledger_sql.ANY_KNOWN, columns[1]):
            # Whoever held the wallets posted one of these keys meanwhile: the money is gone for it.
            row = await connection.fetchrow(post, *asked)
    except asyncpg.NumericValueOutOfRangeError as overflow:
        raise DomainError(ErrorCode.OUT_OF_RANGE, at, TOO_MUCH) from overflow
    if row is None or row["walletless"]:
        message = f"accounts without a wallet were to be posted to: {row and row['walletless']}"
        raise LookupError(message)
    if row["lacking"]:
        raise DomainError(ErrorCode.INSUFFICIENT_BALANCE, at, _shortfall(row["lacking"], entries))
    return set(row["fresh"]), row["crossing"]


def _shortfall(lacking: Sequence[UUID], entries: Sequence[Entry]) -> str:
    asked = entries[0].lines[0].account
    if asked in lacking:
        return "The available balance does not cover this."
    return OWNER_LACKS


async def _first_answers(
    connection: asyncpg.Connection[asyncpg.Record], repeats: Sequence[Entry]
) -> dict[str, UUID]:
    leads = [entry.lines[0] for entry in repeats]
    rows = await connection.fetch(
        ledger_sql.FIRST_ANSWERS,
        [entry.key for entry in repeats],
        [entry.kind.value for entry in repeats],
        [_account_id(line) for line in leads],
        [line.amount for line in leads],
    )
    if not all(row["agrees"] for row in rows):
        message = "This key has been used for another amount, account or kind of posting."
        raise DomainError(ErrorCode.IDEMPOTENCY_KEY_REUSED, ("idempotencyKey",), message)
    return {row["key"]: row["id"] for row in rows}


def _stored_line(row: asyncpg.Record) -> Line:
    account: UUID | SystemAccount = row["ledger_account_id"]
    if row["account_kind"] != LedgerAccountKind.WALLET:
        kind = LedgerAccountKind(row["account_kind"])
        account = SystemAccount(kind, row["issuer_id"], row["currency_code"])
    amount, currency = row["amount"], row["currency_code"]
    return Line(account, amount, currency, row["rate"], awaits_invoice=row["is_billable"])


def _columns(entries: Sequence[Entry]) -> list[list[Any]]:
    postings = [
        (
            *(e.id, e.key, e.kind.value, e.occurred_at, e.description, e.actor, e.reverses_id),
            *(e.label or e.description, e.quantity),
        )
        for e in entries
    ]
    systems: dict[UUID, SystemAccount] = {}
    legs = [_leg(entry.id, line, systems) for entry in entries for line in entry.lines]
    named = [(id_, s.kind.value, s.issuer, s.currency_code) for id_, s in systems.items()]
    return [*_turned(postings, 9), *_turned(legs, 7), *_turned(named, 4)]


def _reserves(entries: Sequence[Entry]) -> tuple[list[UUID], list[Decimal]]:
    reserves = [reserve for entry in entries for reserve in entry.reserves.items()]
    return [account for account, _ in reserves], [amount for _, amount in reserves]


def _leg(posting: UUID, line: Line, systems: dict[UUID, SystemAccount]) -> tuple[Any, ...]:
    account = _account_id(line)
    if isinstance(line.account, SystemAccount):
        systems[account] = line.account
    amount: Decimal = line.amount
    return new_id(), posting, account, amount, line.currency_code, line.rate, line.awaits_invoice


def _account_id(line: Line) -> UUID:
    return line.account.id if isinstance(line.account, SystemAccount) else line.account


def _turned(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as columns, the shape in which unnest takes them."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
