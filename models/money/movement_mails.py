"""What accounts are told of money that people moved: refills, charges, payments, opening balances.

Written in the transaction of the movement; a movement that is repeated is told once.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.mail.email import Email, MailDraft
from models.mail.recipient import Recipient
from models.money.charge import Charged, total_with_tax
from models.money.party import Party
from models.money.refill import Refilled, RefillOrder
from models.rules.printed import shown_amount

_BALANCE = "SELECT balance FROM ledger_accounts WHERE id = $1"
_OPENINGS = """
SELECT id, account_id, amount, currency_code, invoice_id FROM refills
 WHERE account_id = ANY ($1::uuid[]) AND method = 'OPENING_BALANCE'
"""
_DOCUMENT = "SELECT account_id, number, currency_code, outstanding FROM invoices WHERE id = $1"


async def mail_refill(tx: BaseDBAsyncClient, order: RefillOrder, refilled: Refilled) -> None:
    """Tell of money that came in."""
    recipient = await Recipient.of(tx, order.account_id)
    facts = {
        "refill": {
            "amount": shown_amount(order.amount, order.currency_code),
            "note": order.note or "",
            "has_receipt": refilled.receipt_id is not None,
        },
        "account": await _account(tx, recipient),
    }
    event = f"account_refilled/{refilled.id}"
    draft = MailDraft.to_account(recipient, "account_refilled", event, facts, refilled.receipt_id)
    await Email.queue([draft])


async def mail_charge(
    tx: BaseDBAsyncClient, party: Party, net: Decimal, words: str, charged: Charged
) -> None:
    """Tell of a charge that a person made."""
    recipient = await Recipient.of(tx, party.id)
    facts = {
        "charge": {
            "amount": shown_amount(total_with_tax(party, net), party.currency_code),
            "description": words,
            "has_receipt": charged.receipt_id is not None,
        },
        "account": await _account(tx, recipient),
    }
    event = f"account_charged/{charged.posting_id}"
    draft = MailDraft.to_account(recipient, "account_charged", event, facts, charged.receipt_id)
    await Email.queue([draft])


async def mail_payment(
    tx: BaseDBAsyncClient, invoice_id: UUID, amount: Decimal, posting_id: UUID
) -> None:
    """Confirm a payment of an invoice, with the invoice as it stands now."""
    row = await raw(tx).fetchrow(_DOCUMENT, invoice_id)
    if row is None:
        raise LookupError(f"no invoice {invoice_id}")
    recipient = await Recipient.of(tx, row["account_id"])
    left = row["outstanding"]
    facts = {
        "amount": shown_amount(amount, row["currency_code"]),
        "purpose": f"invoice {row['number']}",
        "outstanding": shown_amount(left, row["currency_code"]) if left else "",
        "is_attached": True,
    }
    event = f"receipt/{posting_id}"
    draft = MailDraft.to_account(recipient, "receipt", event, {"payment": facts}, invoice_id)
    await Email.queue([draft])


async def mail_openings(tx: BaseDBAsyncClient, account_ids: list[UUID]) -> None:
    """Confirm what new accounts were opened with, where they were opened with something."""
    rows = await raw(tx).fetch(_OPENINGS, account_ids)
    recipients = await Recipient.of_many(tx, [row["account_id"] for row in rows])
    drafts = []
    for row in rows:
        facts = {
            "amount": shown_amount(row["amount"], row["currency_code"]),
            "purpose": "the opening balance of your account",
            "outstanding": "",
            "is_attached": row["invoice_id"] is not None,
        }
        recipient, event = recipients[row["account_id"]], f"receipt/{row['id']}"
        drafts.append(
            MailDraft.to_account(recipient, "receipt", event, {"payment": facts}, row["invoice_id"])
        )
    await Email.queue(drafts)


async def _account(tx: BaseDBAsyncClient, recipient: Recipient) -> dict[str, str]:
    balance = await raw(tx).fetchval(_BALANCE, recipient.id)
    return {"balance": shown_amount(balance, recipient.currency_code)}
