"""Charges that ask first: by hand, for products and DIDs, each through the whole chain of owners.

Calls have happened already and are charged with their CDR (`cdr_ingest`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.ids import new_id
from models.money.currency import CurrencyRate
from models.money.document import Paper, PaperLine, issue, tax_paper_lines
from models.money.ledger import Entry, Ledger, Path, Posted
from models.money.party import Party
from models.rules.enums import AccountStatus, InvoiceKind, PostingKind
from models.rules.errors import ErrorCode, Problem, Refused
from models.rules.movement import movement_problems, words_violation
from models.rules.payment_chain import Rates, charge_lines, tax_lines
from models.rules.taxation import TaxShare, taxes_on, total_tax

RECEIPTS = UUID("0e7f2b1c-93a4-4f06-8d5e-61c7a2be9f30")  # namespace of receipts' ids

GONE = Problem(ErrorCode.WRONG_STATE, ("accountId",), "The account is deleted.")


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """What an account is to pay; the same `key` again is the same charge.

    `prices` are net: the account's own first, then each owner's to the one above, each in the
    payer's currency. One price alone stays between the account and its owner. issued_at: the date
    of receipts that come later than what they are for, so that dates run with the numbers.
    """

    key: str
    account_id: UUID
    kind: PostingKind
    prices: tuple[Decimal, ...]
    description: str
    actor: str
    at: datetime
    quantity: Decimal = Decimal(1)
    issued_at: datetime | None = None

    @property
    def receipt_id(self) -> UUID:
        """The id its receipt has, if it gets one: the same on every repeat."""
        return uuid5(RECEIPTS, self.key)


@dataclass(frozen=True, slots=True)
class ManualCharge:
    """A charge that a person makes; `is_forced` by staff, below the limit too."""

    account_id: UUID
    amount: Decimal
    currency_code: str
    description: str
    actor: str
    at: datetime
    is_forced: bool = False
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Charged:
    """A charge that stands in the books. Free of charge: no posting, and no receipt."""

    posting_id: UUID | None
    receipt_id: UUID | None  # prepaid only
    is_repeat: bool


class Charge:
    """What accounts pay beyond their calls."""

    @staticmethod
    async def by_hand(tx: BaseDBAsyncClient, charge: ManualCharge) -> Charged:
        """Charge an account what a person says: its owner gets it, nobody above does.

        Raises Refused with all that is wrong, and INSUFFICIENT_BALANCE at `amount`.
        """
        party = await Party.of(tx, charge.account_id)
        _refuse_impossible(charge, party)
        order = ChargeOrder(
            key=f"charge/{charge.id}",
            account_id=charge.account_id,
            kind=PostingKind.POST_CHARGE,
            prices=(charge.amount,),
            description=charge.description,
            actor=charge.actor,
            at=charge.at,
        )
        return (await _levied(tx, [(order, party)], asks_first=not charge.is_forced))[0]

    @staticmethod
    async def levy(
        tx: BaseDBAsyncClient,
        orders: Sequence[ChargeOrder],
        *,
        asks_first: bool = True,
        at: Path = ("amount",),
    ) -> list[Charged]:
        """Charge accounts for what they have ordered, all or none; every level above pays too.

        A prepaid level is taxed now, with a receipt; a postpaid one by its next invoice.
        Raises INSUFFICIENT_BALANCE at `at` when a payer lacks the net and its taxes, unless the
        charge must be posted anyway (`asks_first` False: a postpaid account's renewal).
        """
        parties = await Party.of_many(tx, [order.account_id for order in orders])
        pairs = [(order, parties[order.account_id]) for order in orders]
        return await _levied(tx, pairs, asks_first=asks_first, at=at)

    @staticmethod
    async def line_of(tx: BaseDBAsyncClient, posting_id: UUID, account_id: UUID) -> UUID:
        """The line of a posting in an account's charge history."""
        query = """
            SELECT id FROM (SELECT * FROM posting_lines WHERE posting_id = $1 OFFSET 0) l
            WHERE ledger_account_id = $2 ORDER BY entry_no LIMIT 1
        """
        found: UUID = await raw(tx).fetchval(query, posting_id, account_id)
        return found


def total_with_tax(party: Party, net: Decimal) -> Decimal:
    """What a charge takes from an account now: a postpaid one is taxed by its invoice."""
    if not party.is_prepaid:
        return net
    return net + total_tax(taxes_on(net, party.taxes, party.currency_code))


Pair = tuple[ChargeOrder, Party]


@dataclass(frozen=True, slots=True)
class _Level:
    """One account of an order's chain, and what it pays to its owner."""

    order: ChargeOrder
    party: Party
    net: Decimal
    taxes: tuple[TaxShare, ...]

    @property
    def tax(self) -> Decimal:
        return total_tax(self.taxes)

    @property
    def key(self) -> str:
        """Names its tax and its receipt; the payer's own has the order's."""
        is_payer = self.party.id == self.order.account_id
        return self.order.key if is_payer else f"{self.order.key}/{self.party.id}"


async def _levied(
    tx: BaseDBAsyncClient,
    pairs: Sequence[Pair],
    *,
    asks_first: bool,
    at: Path = ("amount",),
) -> list[Charged]:
    rates = await CurrencyRate.between(tx, [party.chain for _, party in pairs])
    levels = await _levels(tx, pairs)
    entries = [
        entry
        for order, party in pairs
        for entry in _entries(order, party, levels[order.key], rates)
    ]
    answers = await Ledger.post_many(tx, entries, asks_first=asks_first, at=at)
    posted: dict[str, Posted] = {}
    for entry, answer in zip(entries, answers, strict=True):
        posted.setdefault(entry.key, answer)
    await _write_receipts(tx, _due_receipts(levels, posted))
    return [_charged(order, party, posted.get(order.key)) for order, party in pairs]


async def _levels(tx: BaseDBAsyncClient, pairs: Sequence[Pair]) -> dict[str, tuple[_Level, ...]]:
    """By the orders' keys, every account that pays a price, with its own taxes on it."""
    owners = {m.id for order, party in pairs for m in party.chain[1 : len(order.prices)]}
    parties = await Party.of_many(tx, list(owners)) if owners else {}
    return {
        order.key: tuple(
            _Level(order, payer, net, taxes_on(net, payer.taxes, payer.currency_code))
            for member, net in zip(party.chain, order.prices, strict=False)
            for payer in [party if member.id == party.id else parties[member.id]]
        )
        for order, party in pairs
    }


def _entries(
    order: ChargeOrder, party: Party, levels: Sequence[_Level], rates: Rates
) -> list[Entry]:
    charge = Entry(
        key=order.key,
        kind=order.kind,
        description=order.description,
        actor=order.actor,
        occurred_at=order.at,
        lines=charge_lines(party.chain, order.prices, rates),
        reserves={
            each.party.id: each.tax for each in levels if each.tax and not each.party.is_prepaid
        },
        quantity=order.quantity,
    )
    taxed = [_tax_entry(level, rates) for level in levels if level.party.is_prepaid]
    return [entry for entry in (charge, *taxed) if entry.lines]


def _tax_entry(level: _Level, rates: Rates) -> Entry:
    return Entry(
        key=f"{level.key}/tax",
        kind=PostingKind.TAX,
        description=level.order.description,
        actor=level.order.actor,
        occurred_at=level.order.at,
        lines=tax_lines(level.party.chain, level.tax, rates),
    )


def _due_receipts(
    levels: Mapping[str, Sequence[_Level]], posted: Mapping[str, Posted]
) -> list[_Level]:
    return [
        level
        for key, of_order in levels.items()
        if (answer := posted.get(key)) is not None and not answer.is_repeat
        for level in of_order
        if level.party.is_prepaid and level.net
    ]


async def _write_receipts(tx: BaseDBAsyncClient, levels: Sequence[_Level]) -> None:
    by_issuer: dict[UUID | None, list[Paper]] = {}
    for level in levels:
        by_issuer.setdefault(level.party.issuer, []).append(_receipt(level))
    for issuer in sorted(by_issuer, key=str):
        await issue(tx, issuer, by_issuer[issuer])


def _receipt(level: _Level) -> Paper:
    charged = PaperLine(level.order.description, level.net, level.order.quantity)
    return Paper(
        kind=InvoiceKind.RECEIPT,
        account_id=level.party.id,
        currency_code=level.party.currency_code,
        issued_at=level.order.issued_at or level.order.at,
        lines=(charged, *tax_paper_lines(level.taxes)),
        tax_number=level.party.tax_number,
        id=uuid5(RECEIPTS, level.key),
    )


def _charged(order: ChargeOrder, party: Party, answer: Posted | None) -> Charged:
    if answer is None:
        return Charged(None, None, is_repeat=False)
    has_receipt = party.is_prepaid and order.prices[0] > 0
    return Charged(answer.id, order.receipt_id if has_receipt else None, answer.is_repeat)


def _refuse_impossible(charge: ManualCharge, party: Party) -> None:
    problems = [*movement_problems(charge.amount, charge.currency_code, party.currency_code)]
    if violation := words_violation(charge.description, is_needed=True):
        problems.append(violation.at("description"))
    if party.status is AccountStatus.DELETED:
        problems.append(GONE)
    if problems:
        raise Refused(tuple(problems))
