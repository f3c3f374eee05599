"""Numbers and orders that are due on the last of February 2026."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.database import read_pool
from models.ids import new_id
from models.mail.email import Email
from models.panel.did import Did
from models.panel.product import Product, ProductOrder
from models.rules.enums import (
    ProductBilling,
    ProductCategory,
)

ASSIGNED = datetime(2026, 1, 31, 10, tzinfo=UTC)
FIRST_RENEWAL = datetime(2026, 2, 28, tzinfo=UTC)
UNPAID = "product_renewal_notice"


async def number_of(account_id: UUID | None, **told: Any) -> UUID:
    """A number of this account, assigned on 31 January, at 2 a month."""
    digits = str(new_id().int)[-12:]
    row: dict[str, Any] = {
        "number": f"+{digits}",
        "digits": digits,
        "currency_code": "USD",
        "monthly_fee": Decimal(2),
        "setup_fee": Decimal(5),
        "account_id": account_id,
        "assigned_at": ASSIGNED,
        "next_renewal_at": FIRST_RENEWAL,
    }
    return (await Did.create(id=new_id(), **(row | told))).id


async def order_of(account_id: UUID, product: dict[str, Any], **told: Any) -> UUID:
    """An order of this account that renews on 28 February, three pieces at 4."""
    offer: dict[str, Any] = {
        "name": "Flat rate",
        "category": ProductCategory.SUBSCRIPTION,
        "currency_code": "USD",
        "price": Decimal(4),
        "billing": ProductBilling.RECURRING,
        "billing_days": 30,
    }
    kind = await Product.create(id=new_id(), **(offer | product))
    row: dict[str, Any] = {
        "account_id": account_id,
        "product_id": kind.id,
        "quantity": 3,
        "currency_code": "USD",
        "price": Decimal(4),
        "next_renewal_at": FIRST_RENEWAL,
    }
    return (await ProductOrder.create(id=new_id(), **(row | told))).id


async def renewals() -> list[tuple[str, datetime]]:
    """Keys and instants of what was charged."""
    rows = await read_pool().fetch(
        "SELECT description, occurred_at FROM postings"
        " WHERE key LIKE 'renewal/%' AND key NOT LIKE '%/tax' ORDER BY occurred_at, key"
    )
    return [(row["description"], row["occurred_at"]) for row in rows]


async def mails(template: str) -> Sequence[dict[str, Any]]:
    """What mails of a kind speak of."""
    rows = await Email.filter(template=template).order_by("created_at")
    return [next(iter(row.facts.values())) for row in rows]
