"""Balances set, written off or given back as a whole: what jobs over many accounts do to wallets.

Each is a posting with its owner or books as the other side; refills and charges stand apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.money.currency import CurrencyRate
from models.money.ledger import Entry, Ledger, Path
from models.money.party import Party
from models.money.settlement import AllocationReason, NewCredit, Settlement
from models.rules.enums import PostingKind
from models.rules.money import ZERO
from models.rules.payment_chain import (
    LedgerAccountKind,
    Line,
    Rates,
    SystemAccount,
    refill_lines,
    reversed_lines,
)


@dataclass(frozen=True, slots=True)
class BalanceChange:
    """A new balance for an account, or a difference; the same `key` again changes nothing."""

    key: str
    account_id: UUID
    amount: Decimal
    is_difference: bool  # else `amount` is the balance it shall have


@dataclass(frozen=True, slots=True)
class Occasion:
    """Who changes balances, and when."""

    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of an account's balance."""

    account_id: UUID
    before: Decimal
    after: Decimal


class Balance:
    """The funds of accounts as a whole."""

    @staticmethod
    async def adjust(
        tx: BaseDBAsyncClient,
        changes: Sequence[BalanceChange],
        occasion: Occasion,
        *,
        at: Path = ("balance",),
    ) -> list[Moved]:
        """Set or change balances of different accounts, all or none; the owner pays or is paid.

        What a postpaid account gains settles its invoices as a payment does; what it gives back
        settles none any more. Raises INSUFFICIENT_BALANCE at `at` when the owner, or an account
        below its limit, lacks the money, and RATE_MISSING.
        """
        books = await _Books.opened(tx, [change.account_id for change in changes])
        known = await _known(tx, [f"adjustment/{change.key}" for change in changes])
        deltas = [
            ZERO if f"adjustment/{c.key}" in known else _delta(c, books.balances) for c in changes
        ]
        moving = [(c, delta) for c, delta in zip(changes, deltas, strict=True) if delta]
        entries = [
            Entry(
                key=f"adjustment/{change.key}",
                kind=PostingKind.ADJUSTMENT,
                description="Balance adjusted",
                actor=occasion.actor,
                occurred_at=occasion.at,
                lines=books.funding(change.account_id, delta),
            )
            for change, delta in moving
        ]
        posted = await Ledger.post_many(tx, entries, asks_first=True, at=at)
        gains = [
            NewCredit(change.account_id, answer.id, delta, occasion.at)
            for (change, delta), answer in zip(moving, posted, strict=True)
            if delta > 0 and not books.parties[change.account_id].is_prepaid
        ]
        await Settlement.receive(tx, gains)
        await _give_back(tx, {c.account_id: -delta for c, delta in moving if delta < 0}, occasion)
        return [
            books.moved(change.account_id, delta)
            for change, delta in zip(changes, deltas, strict=True)
        ]

    @staticmethod
    async def return_to_owner(
        tx: BaseDBAsyncClient, account_ids: Sequence[UUID], occasion: Occasion
    ) -> list[Moved]:
        """Give what accounts have left back to their owners; what is owed stays owed."""
        books = await _Books.opened(tx, account_ids)
        having = {id_: -books.balances[id_] for id_ in account_ids if books.balances[id_] > 0}
        entries = [
            books.entry(PostingKind.RETURN, id_, books.funding(id_, delta), occasion)
            for id_, delta in having.items()
        ]
        await Ledger.post_many(tx, entries)
        await _give_back(tx, {id_: -delta for id_, delta in having.items()}, occasion)
        return [books.moved(id_, having.get(id_, ZERO)) for id_ in account_ids]

    @staticmethod
    async def write_off(
        tx: BaseDBAsyncClient, account_ids: Sequence[UUID], occasion: Occasion
    ) -> list[Moved]:
        """Give up what accounts owe: their issuers bear it, and open invoices are settled."""
        books = await _Books.opened(tx, account_ids)
        owed = {id_: -books.balances[id_] for id_ in account_ids if books.balances[id_] < 0}
        entries = [
            books.entry(PostingKind.WRITE_OFF, id_, books.given_up(id_, amount), occasion)
            for id_, amount in owed.items()
        ]
        posted = await Ledger.post_many(tx, entries)
        credits_ = [
            NewCredit(id_, answer.id, owed[id_], occasion.at, AllocationReason.WRITE_OFF)
            for id_, answer in zip(owed, posted, strict=True)
            if not books.parties[id_].is_prepaid
        ]
        await Settlement.receive(tx, credits_)
        return [books.moved(id_, owed.get(id_, ZERO)) for id_ in account_ids]


@dataclass(frozen=True, slots=True)
class _Books:
    """Parties and balances of locked wallets, and the rates between them and their owners."""

    parties: dict[UUID, Party]
    balances: dict[UUID, Decimal]
    entry_nos: dict[UUID, int]
    rates: Rates

    @staticmethod
    async def opened(tx: BaseDBAsyncClient, account_ids: Sequence[UUID]) -> _Books:
        parties = await Party.of_many(tx, account_ids)
        owners = {party.issuer for party in parties.values() if party.issuer is not None}
        await Settlement.lock(tx, [*parties, *owners])
        rows = await raw(tx).fetch(_BALANCES, list(parties))
        return _Books(
            parties=parties,
            balances={row["id"]: row["balance"] for row in rows},
            entry_nos={row["id"]: row["last_entry_no"] for row in rows},
            rates=await CurrencyRate.between(tx, [p.chain[:2] for p in parties.values()]),
        )

    def funding(self, account_id: UUID, delta: Decimal) -> tuple[Line, ...]:
        lines = refill_lines(self.parties[account_id].chain, abs(delta), self.rates)
        return lines if delta > 0 else reversed_lines(lines)

    def given_up(self, account_id: UUID, amount: Decimal) -> tuple[Line, ...]:
        party = self.parties[account_id]
        currency = party.currency_code
        books = SystemAccount(LedgerAccountKind.WRITE_OFF, party.issuer, currency)
        return Line(account_id, amount, currency), Line(books, -amount, currency)

    def entry(
        self, kind: PostingKind, account_id: UUID, lines: tuple[Line, ...], occasion: Occasion
    ) -> Entry:
        """A posting of the whole balance: under the lock, the next line's number names it."""
        words = {PostingKind.RETURN: "Returned to the owner", PostingKind.WRITE_OFF: "Written off"}
        return Entry(
            key=f"{kind.lower()}/{account_id}/{self.entry_nos[account_id]}",
            kind=kind,
            description=words[kind],
            actor=occasion.actor,
            occurred_at=occasion.at,
            lines=lines,
        )

    def moved(self, account_id: UUID, delta: Decimal) -> Moved:
        before = self.balances[account_id]
        return Moved(account_id, before, before + delta)


def _delta(change: BalanceChange, balances: dict[UUID, Decimal]) -> Decimal:
    if change.is_difference:
        return change.amount
    return change.amount - balances[change.account_id]


async def _known(tx: BaseDBAsyncClient, keys: Sequence[str]) -> frozenset[str]:
    rows = await raw(tx).fetch("SELECT key FROM postings WHERE key = ANY ($1::text[])", keys)
    return frozenset(row["key"] for row in rows)


async def _give_back(
    tx: BaseDBAsyncClient, amounts: dict[UUID, Decimal], occasion: Occasion
) -> None:
    if amounts:
        await raw(tx).execute(_GIVE_BACK, list(amounts), list(amounts.values()), occasion.at)


_BALANCES = "SELECT id, balance, last_entry_no FROM ledger_accounts WHERE id = ANY ($1::uuid[])"

# $1 and $2: accounts and how much each gave back. What went back to the owner can settle nothing
# any more; a credit beyond it waits on, for charges that have lowered the balance already.
_GIVE_BACK = """
    WITH unspent AS (
        SELECT c.id, least(c.remaining, g.amount - c.before) AS amount
        FROM unnest($1::uuid[], $2::numeric[]) AS g (account_id, amount)
        JOIN (SELECT id, account_id, remaining,
                     sum(remaining) OVER (PARTITION BY account_id ORDER BY created_at, id)
                         - remaining AS before
              FROM credits WHERE account_id = ANY ($1::uuid[]) AND remaining > 0) c
          ON c.account_id = g.account_id AND c.before < g.amount
    ), returned AS (
        INSERT INTO invoice_allocations (id, credit_id, reason, amount, created_at)
        SELECT gen_random_uuid(), id, 'RETURN', amount, $3::timestamptz FROM unspent
    )
    UPDATE credits c SET remaining = c.remaining - u.amount FROM unspent u WHERE c.id = u.id
"""
