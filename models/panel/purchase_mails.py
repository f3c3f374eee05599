"""What accounts are told of numbers and products that people give them or take from them.

Renewals tell of themselves (`renewal_mails`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.mail.email import Email, MailDraft
from models.mail.recipient import Recipient
from models.money.charge import Charged, ChargeOrder, total_with_tax
from models.money.party import Party
from models.rules.printed import shown_amount, shown_instant


@dataclass(frozen=True, slots=True)
class Purchase:
    """Something an account has just been charged for, net, and when it is to be paid again."""

    party: Party
    charged: Charged
    order: ChargeOrder
    renews_at: datetime | None


async def mail_assignment(
    tx: BaseDBAsyncClient, number: str, monthly_fee: Decimal, purchase: Purchase
) -> None:
    """Tell of a number that was assigned."""
    recipient = await Recipient.of(tx, purchase.party.id)
    facts = {
        "number": number,
        "monthly_fee": shown_amount(
            total_with_tax(purchase.party, monthly_fee), recipient.currency_code
        ),
        **_facts(recipient, purchase),
    }
    event = f"did_assigned/{purchase.order.key}"
    draft = MailDraft.to_account(
        recipient, "did_assigned", event, {"did": facts}, purchase.charged.receipt_id
    )
    await Email.queue([draft])


async def mail_release(
    tx: BaseDBAsyncClient, account_id: UUID, number: str, reason: str, at: datetime
) -> None:
    """Tell of a number that was taken back."""
    recipient = await Recipient.of(tx, account_id)
    facts = {"number": number, "reason": reason}
    event = f"did_released/{number}/{at.isoformat()}"
    await Email.queue([MailDraft.to_account(recipient, "did_released", event, {"did": facts})])


async def mail_order(
    tx: BaseDBAsyncClient, order_id: UUID, name: str, quantity: int, purchase: Purchase
) -> None:
    """Tell of a product that was ordered."""
    recipient = await Recipient.of(tx, purchase.party.id)
    facts = {"name": name, "quantity": str(quantity), **_facts(recipient, purchase)}
    draft = MailDraft.to_account(
        recipient,
        "product_purchased",
        f"product_purchased/{order_id}",
        {"product": facts},
        purchase.charged.receipt_id,
    )
    await Email.queue([draft])


async def mail_termination(
    tx: BaseDBAsyncClient, account_id: UUID, order_id: UUID, name: str, reason: str
) -> None:
    """Tell of an order that was ended."""
    recipient = await Recipient.of(tx, account_id)
    event, facts = f"product_released/{order_id}", {"name": name, "reason": reason}
    draft = MailDraft.to_account(recipient, "product_released", event, {"renewal": facts})
    await Email.queue([draft])


def _facts(recipient: Recipient, purchase: Purchase) -> dict[str, object]:
    amount = total_with_tax(purchase.party, purchase.order.prices[0])
    renews_at = purchase.renews_at
    return {
        "amount": shown_amount(amount, recipient.currency_code),
        "renews_on": shown_instant(recipient.time_zone, renews_at) if renews_at else "",
        "has_receipt": purchase.charged.receipt_id is not None,
    }
