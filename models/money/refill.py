"""Money coming in: refills of prepaid accounts, payments of postpaid ones, opening balances.

The money comes from the account's owner; the caller has decided who may ask for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import columns
from models.constraints import understood
from models.database import raw
from models.ids import new_id
from models.money.currency import CurrencyRate
from models.money.document import Paper, PaperLine, issue
from models.money.ledger import Entry, Ledger, Path
from models.money.party import Party
from models.money.refill_rules import refuse_impossible
from models.money.settlement import NewCredit, Settlement
from models.rules.enums import InvoiceKind, PostingKind, RefillMethod
from models.rules.errors import DomainError, ErrorCode
from models.rules.payment_chain import refill_lines


@dataclass(frozen=True, slots=True)
class RefillOrder:
    """Money that is to come into an account; the same `id` again is the same refill."""

    account_id: UUID
    amount: Decimal
    currency_code: str
    refilled_by: str
    at: datetime
    method: RefillMethod = RefillMethod.MANUAL
    external_id: str | None = None
    note: str | None = None
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Refilled:
    """A refill that stands in the books; `receipt_id` for prepaid accounts."""

    id: UUID
    posting_id: UUID
    receipt_id: UUID | None
    is_repeat: bool


class Refill(Model):
    """Money that came into one account. Requirement heading: Refill Report."""

    # From the principal, mutation and idempotency key, so that a repeat is the same refill.
    id = fields.UUIDField(primary_key=True)
    account = columns.belongs_to("Account", "refills")
    account_id: UUID
    posting = columns.belongs_to("Posting", "refills", unique=True)
    posting_id: UUID
    invoice = columns.belongs_to("Invoice", "refills", null=True)  # the receipt; prepaid only
    invoice_id: UUID | None
    amount = columns.amount()
    currency_code = fields.CharField(max_length=3)
    method = columns.word(RefillMethod)
    # GATEWAY: the payment's name at the gateway, so that it is booked once.
    external_id = fields.CharField(max_length=120, null=True, unique=True)
    note = fields.CharField(max_length=255, null=True)
    refilled_by = fields.CharField(max_length=254)
    created_at = fields.DatetimeField()

    class Meta:
        table = "refills"

    @staticmethod
    async def receive(
        tx: BaseDBAsyncClient, order: RefillOrder, *, at: Path = ("amount",)
    ) -> Refilled:
        """Take money in for one account: funds for a prepaid one, a payment of a postpaid one.

        Raises NOT_FOUND, CURRENCY_MISMATCH, RATE_MISSING, and INSUFFICIENT_BALANCE at `at` when
        the owner's wallet does not cover it.
        """
        return (await Refill.receive_many(tx, [order], at=at))[0]

    @staticmethod
    async def receive_many(
        tx: BaseDBAsyncClient, orders: Sequence[RefillOrder], *, at: Path = ("amount",)
    ) -> list[Refilled]:
        """Take money in for many accounts, all or none; answers and raises as `receive` does."""
        if not orders:
            return []
        parties = await Party.of_many(tx, [order.account_id for order in orders])
        for order in orders:
            refuse_impossible(order, parties.get(order.account_id))
        await _refuse_taken(tx, orders)
        entries = await _entries(tx, orders, parties)
        posted = await Ledger.post_many(tx, entries, asks_first=True, at=at)
        news = [o for o, p in zip(orders, posted, strict=True) if not p.is_repeat]
        postings = {o.id: p.id for o, p in zip(orders, posted, strict=True)}
        await _credit_payments(tx, news, parties, postings)
        receipts = await _write_receipts(tx, news, parties)
        await _insert(tx, news, postings, receipts)
        if len(news) < len(orders):
            receipts |= await _known_receipts(tx, [order.id for order in orders])
        return [
            Refilled(o.id, p.id, receipts.get(o.id), p.is_repeat)
            for o, p in zip(orders, posted, strict=True)
        ]


async def _refuse_taken(tx: BaseDBAsyncClient, orders: Sequence[RefillOrder]) -> None:
    """A gateway's payment is one refill, whatever the key under which it is reported again."""
    named = {order.external_id: order.id for order in orders if order.external_id is not None}
    if not named:
        return
    query = "SELECT external_id, id FROM refills WHERE external_id = ANY ($1::text[])"
    for row in await raw(tx).fetch(query, list(named)):
        if named[row["external_id"]] != row["id"]:
            message = f"The payment {row['external_id']} has been booked before."
            raise DomainError(ErrorCode.TAKEN, ("externalId",), message)


async def _entries(
    tx: BaseDBAsyncClient, orders: Sequence[RefillOrder], parties: dict[UUID, Party]
) -> list[Entry]:
    rates = await CurrencyRate.between(tx, [party.chain[:2] for party in parties.values()])
    return [
        Entry(
            key=f"refill/{order.id}",
            kind=_KINDS.get(order.method, PostingKind.REFILL),
            description=order.note or _WORDS[order.method],
            actor=order.refilled_by,
            occurred_at=order.at,
            lines=refill_lines(parties[order.account_id].chain, order.amount, rates),
        )
        for order in orders
    ]


async def _credit_payments(
    tx: BaseDBAsyncClient,
    orders: Sequence[RefillOrder],
    parties: dict[UUID, Party],
    postings: dict[UUID, UUID],
) -> None:
    """What a postpaid account pays settles its oldest invoices; the rest waits for the next."""
    credits_ = [
        NewCredit(order.account_id, postings[order.id], order.amount, order.at)
        for order in orders
        if not parties[order.account_id].is_prepaid
    ]
    await Settlement.receive(tx, credits_)


async def _write_receipts(
    tx: BaseDBAsyncClient, orders: Sequence[RefillOrder], parties: dict[UUID, Party]
) -> dict[UUID, UUID]:
    by_issuer: dict[UUID | None, dict[UUID, Paper]] = {}
    for order in orders:
        party = parties[order.account_id]
        if party.is_prepaid:
            by_issuer.setdefault(party.issuer, {})[order.id] = _receipt(order, party)
    for issuer in sorted(by_issuer, key=str):
        await issue(tx, issuer, list(by_issuer[issuer].values()))
    return {id_: paper.id for papers in by_issuer.values() for id_, paper in papers.items()}


def _receipt(order: RefillOrder, party: Party) -> Paper:
    return Paper(
        kind=InvoiceKind.RECEIPT,
        account_id=order.account_id,
        currency_code=order.currency_code,
        issued_at=order.at,
        lines=(PaperLine(_WORDS[order.method], order.amount),),
        tax_number=party.tax_number,
        note=order.note,
    )


async def _insert(
    tx: BaseDBAsyncClient,
    orders: Sequence[RefillOrder],
    postings: dict[UUID, UUID],
    receipts: dict[UUID, UUID],
) -> None:
    rows: list[tuple[Any, ...]] = [
        (
            *(order.id, order.account_id, postings[order.id], receipts.get(order.id)),
            *(order.amount, order.currency_code, order.method.value, order.external_id),
            *(order.note, order.refilled_by, order.at),
        )
        for order in orders
    ]
    with understood():  # two reports of one payment can come at once
        await raw(tx).copy_records_to_table("refills", records=rows, columns=_COLUMNS)


async def _known_receipts(tx: BaseDBAsyncClient, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    query = "SELECT id, invoice_id FROM refills WHERE id = ANY ($1) AND invoice_id IS NOT NULL"
    return {row["id"]: row["invoice_id"] for row in await raw(tx).fetch(query, ids)}


_KINDS = {RefillMethod.OPENING_BALANCE: PostingKind.OPENING_BALANCE}
_WORDS = {
    RefillMethod.MANUAL: "Refill",
    RefillMethod.GATEWAY: "Refill by payment gateway",
    RefillMethod.OPENING_BALANCE: "Opening balance",
}
_COLUMNS = (
    *("id", "account_id", "posting_id", "invoice_id", "amount", "currency_code", "method"),
    *("external_id", "note", "refilled_by", "created_at"),
)
