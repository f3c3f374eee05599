"""Charges that ask first: by hand, for products and DIDs, each through the whole chain of owners.

Calls have happened already and are charged with their CDR (`cdr_ingest`).
"""

from __future__ import annotations

from collections.abc import Sequence
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
from models.rules.money import ZERO
from models.rules.movement import movement_problems, words_violation
from models.rules.payment_chain import Rates, charge_lines, tax_lines
from models.rules.taxation import TaxShare, taxes_on, total_tax

RECEIPTS = UUID("0e7f2b1c-93a4-4f06-8d5e-61c7a2be9f30")  # namespace of receipts' ids

GONE = Problem(ErrorCode.WRONG_STATE, ("accountId",), "The account is deleted.")


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """What an account is to pay; the same `key` again is the same charge.

    `prices` are net: the account's own first, then each owner's to the one above, each in the
    payer's currency. One price alone stays between the account and its owner.
    """

    key: str
    account_id: UUID
    kind: PostingKind
    prices: tuple[Decimal, ...]
    description: str
    actor: str
    at: datetime
    quantity: Decimal = Decimal(1)

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

        Prepaid: taxed now, with a receipt. Postpaid: for the next invoice, which taxes it.
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


async def _levied(
    tx: BaseDBAsyncClient,
    pairs: Sequence[Pair],
    *,
    asks_first: bool,
    at: Path = ("amount",),
) -> list[Charged]:
    rates = await CurrencyRate.between(tx, [party.chain for _, party in pairs])
    taxes = {order.key: _taxes(order, party) for order, party in pairs}
    entries = [
        entry
        for order, party in pairs
        for entry in _entries(order, party, total_tax(taxes[order.key]), rates)
    ]
    answers = await Ledger.post_many(tx, entries, asks_first=asks_first, at=at)
    posted: dict[str, Posted] = {}
    for entry, answer in zip(entries, answers, strict=True):
        posted.setdefault(entry.key, answer)
    await _write_receipts(tx, _due_receipts(pairs, posted), taxes)
    return [_charged(order, party, posted.get(order.key)) for order, party in pairs]


def _taxes(order: ChargeOrder, party: Party) -> tuple[TaxShare, ...]:
    return taxes_on(order.prices[0], party.taxes, party.currency_code)


def _entries(order: ChargeOrder, party: Party, tax: Decimal, rates: Rates) -> list[Entry]:
    lines = charge_lines(party.chain, order.prices, rates)
    reserve = ZERO if party.is_prepaid else tax
    charge = Entry(
        key=order.key,
        kind=order.kind,
        description=order.description,
        actor=order.actor,
        occurred_at=order.at,
        lines=lines,
        reserve=reserve,
        quantity=order.quantity,
    )
    taxed = Entry(
        key=f"{order.key}/tax",
        kind=PostingKind.TAX,
        description=order.description,
        actor=order.actor,
        occurred_at=order.at,
        lines=tax_lines(party.chain, tax, rates) if party.is_prepaid else (),
    )
    return [entry for entry in (charge, taxed) if entry.lines]


def _due_receipts(pairs: Sequence[Pair], posted: dict[str, Posted]) -> list[Pair]:
    return [
        (order, party)
        for order, party in pairs
        if party.is_prepaid and order.prices[0]
        if (answer := posted.get(order.key)) is not None and not answer.is_repeat
    ]


async def _write_receipts(
    tx: BaseDBAsyncClient, pairs: Sequence[Pair], taxes: dict[str, tuple[TaxShare, ...]]
) -> None:
    by_issuer: dict[UUID | None, list[Paper]] = {}
    for order, party in pairs:
        by_issuer.setdefault(party.issuer, []).append(_receipt(order, party, taxes[order.key]))
    for issuer in sorted(by_issuer, key=str):
        await issue(tx, issuer, by_issuer[issuer])


def _receipt(order: ChargeOrder, party: Party, taxes: Sequence[TaxShare]) -> Paper:
    charged = PaperLine(order.description, order.prices[0], order.quantity)
    return Paper(
        kind=InvoiceKind.RECEIPT,
        account_id=party.id,
        currency_code=party.currency_code,
        issued_at=order.at,
        lines=(charged, *tax_paper_lines(taxes)),
        tax_number=party.tax_number,
        id=order.receipt_id,
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
