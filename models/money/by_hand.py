"""Money moved by people: refills, charges, payments, voiding and credit notes, with their trail.

What may be moved stands with each verb; here stands who may ask for it: staff, and the account's
direct owner, who pays for it or is paid by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5

from models.access import audit
from models.accounts.account import Account
from models.accounts.account_row import CUSTOMERS
from models.database import retried, transaction
from models.ids import new_id
from models.money.charge import Charge, Charged, ManualCharge
from models.money.credit_note import CreditOrder
from models.money.invoice import Invoice
from models.money.invoice_payment import PaymentOrder
from models.money.movement_mails import mail_charge, mail_payment, mail_refill
from models.money.party import Party
from models.money.refill import Refill, Refilled, RefillOrder
from models.rules.enums import AccountKind, RefillMethod
from models.rules.errors import DomainError, ErrorCode
from models.rules.money import plain_text
from models.rules.viewer import Viewer

_REPEATS: Final = UUID("5a1f7c52-0c0e-4d43-9f0b-8f2f6cb3f6a1")  # namespace of ids made from keys
_PAYERS: Final = CUSTOMERS | {AccountKind.RESELLER}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedMovement:
    """An amount that somebody asks to move on an account; a repeat by its key is the same one."""

    account_id: UUID
    amount: Decimal
    currency_code: str
    key: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSettlement:
    """An amount that somebody asks to settle on an invoice; a repeat by its key is the same one."""

    invoice_id: UUID
    amount: Decimal
    words: str | None = None
    key: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Gateway:
    """How a refill came in, and what the gateway calls the payment."""

    method: RefillMethod = RefillMethod.MANUAL
    external_id: str | None = None


async def refill_account(
    viewer: Viewer, asked: AskedMovement, note: str | None, gateway: Gateway
) -> Refilled:
    """Take money in; its owner's wallet or CASH pays.

    Raises NOT_FOUND, FORBIDDEN, INVALID for an opening balance, and what `Refill.receive` raises.
    """
    if gateway.method is RefillMethod.OPENING_BALANCE:
        sentence = "An opening balance comes with the opening of an account."
        raise DomainError(ErrorCode.INVALID, ("method",), sentence)

    async def receive() -> Refilled:
        async with transaction() as tx:
            account = await _payer(viewer, asked.account_id)
            order = RefillOrder(
                account_id=account.id,
                amount=asked.amount,
                currency_code=asked.currency_code,
                refilled_by=viewer.name,
                at=asked.at,
                method=gateway.method,
                external_id=gateway.external_id,
                note=note,
                id=repeatable_id(viewer, "accountRefill", asked.key),
            )
            refilled = await Refill.receive(tx, order)
            await mail_refill(tx, order, refilled)
            await _note(viewer, "accountRefill", account, asked.amount)
            return refilled

    return await retried(receive)


async def charge_account(
    viewer: Viewer, asked: AskedMovement, description: str, *, is_forced: bool
) -> tuple[Charged, UUID | None]:
    """Charge an account; answers the charge and its line in the charge history.

    Only staff may force one below the limit. Raises NOT_FOUND, FORBIDDEN, and what
    `Charge.by_hand` raises.
    """
    if is_forced and not viewer.is_staff:
        sentence = "Only the administration may charge below the limit."
        raise DomainError(ErrorCode.FORBIDDEN, ("force",), sentence)

    async def levy() -> tuple[Charged, UUID | None]:
        async with transaction() as tx:
            account = await _payer(viewer, asked.account_id)
            charge = ManualCharge(
                account_id=account.id,
                amount=asked.amount,
                currency_code=asked.currency_code,
                description=description,
                actor=viewer.name,
                at=asked.at,
                is_forced=is_forced,
                id=repeatable_id(viewer, "accountCharge", asked.key),
            )
            charged = await Charge.by_hand(tx, charge)
            party = await Party.of(tx, account.id)
            await mail_charge(tx, party, charge.amount, charge.description, charged)
            await _note(viewer, "accountCharge", account, asked.amount)
            if charged.posting_id is None:
                return charged, None
            return charged, await Charge.line_of(tx, charged.posting_id, account.id)

    return await retried(levy)


async def record_payment(viewer: Viewer, asked: AskedSettlement) -> None:
    """Book money received for an invoice. Raises NOT_FOUND, FORBIDDEN, as `Invoice.pay`."""
    async with transaction() as tx:
        invoice = await _issued(viewer, asked.invoice_id, "invoiceId")
        order = PaymentOrder(
            invoice_id=invoice.id,
            amount=asked.amount,
            actor=viewer.name,
            at=asked.at,
            note=asked.words,
            id=repeatable_id(viewer, "invoicePaymentRecord", asked.key),
        )
        posting_id = await Invoice.pay(tx, order)
        await mail_payment(tx, invoice.id, order.amount, posting_id)
        await _note_document(viewer, "invoicePaymentRecord", invoice, plain_text(asked.amount))


async def credit(viewer: Viewer, asked: AskedSettlement) -> UUID:
    """Give a part of an invoice back; answers the credit note. Raises as `Invoice.credit`."""
    async with transaction() as tx:
        invoice = await _issued(viewer, asked.invoice_id, "invoiceId")
        order = CreditOrder(
            invoice_id=invoice.id,
            amount=asked.amount,
            reason=asked.words or "",
            actor=viewer.name,
            at=asked.at,
            id=repeatable_id(viewer, "creditNoteCreate", asked.key),
        )
        note_id = await Invoice.credit(tx, order)
        await _note_document(viewer, "creditNoteCreate", invoice, plain_text(asked.amount))
        return note_id


async def take_back(viewer: Viewer, invoice_id: UUID, reason: str) -> None:
    """Void an unpaid invoice. Raises NOT_FOUND, FORBIDDEN, and what `Invoice.void` raises."""

    async def void() -> None:
        async with transaction() as tx:
            invoice = await _issued(viewer, invoice_id, "id")
            now = datetime.now(UTC)
            await Invoice.void(tx, invoice.id, actor=viewer.name, at=now, reason=reason)
            await _note_document(viewer, "invoiceVoid", invoice, reason)

    await retried(void)


def repeatable_id(viewer: Viewer, mutation: str, key: str | None) -> UUID:
    """The id of what a mutation makes: the same for the same principal, mutation and key."""
    if key is None:
        return new_id()
    return uuid5(_REPEATS, f"{viewer.principal_id}/{mutation}/{key}")


async def _payer(viewer: Viewer, account_id: UUID) -> Account:
    """The account, for staff and its direct owner; whoever else sees it is told FORBIDDEN."""
    account = await Account.found_for(viewer, account_id, "accountId", _PAYERS)
    if not viewer.is_staff and account.reseller_id != viewer.account_id:
        sentence = "Only the account's owner may move its money."
        raise DomainError(ErrorCode.FORBIDDEN, ("accountId",), sentence)
    return account


async def _issued(viewer: Viewer, invoice_id: UUID, field: str) -> Invoice:
    """The document, for staff and its issuer; not seen is NOT_FOUND."""
    invoice = await Invoice.filter(id=invoice_id).first()
    account = await Account.filter(id=invoice.account_id).first() if invoice else None
    if invoice is None or account is None or not account.visible_to(viewer):
        raise DomainError(ErrorCode.NOT_FOUND, (field,), "There is no such document.")
    if not viewer.is_staff and invoice.reseller_id != viewer.account_id:
        sentence = "Only who issued a document may settle or take it back."
        raise DomainError(ErrorCode.FORBIDDEN, (field,), sentence)
    return invoice


async def _note(viewer: Viewer, action: str, account: Account, amount: Decimal) -> None:
    change = audit.FieldChange("amount", None, amount)
    await audit.record(viewer, action, account.subject, [change])


async def _note_document(viewer: Viewer, action: str, invoice: Invoice, words: str) -> None:
    subject = audit.Subject("Invoice", invoice.id, invoice.number, invoice.account_id)
    await audit.record(viewer, action, subject, [audit.FieldChange("settlement", None, words)])
