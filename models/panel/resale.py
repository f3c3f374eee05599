"""What each level asks of the one below it for products and DIDs.

The house's own price stands with the product or DID; a reseller may set its own, else it asks
what it is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import columns
from models.access import audit
from models.accounts.account import Account
from models.constraints import understood
from models.database import raw, transaction
from models.ids import new_id
from models.money.currency import CurrencyRate
from models.money.party import Party
from models.rules.enums import AccountKind
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.money import minor_digits_violation, non_negative_violation, rounded
from models.rules.payment_chain import Member, Rates, converted
from models.rules.viewer import Viewer
from models.rules.violation import Violation

_RESELLERS = frozenset({AccountKind.RESELLER})
_SET_BY = """
SELECT reseller_id, price, setup_fee FROM reseller_prices
 WHERE reseller_id = ANY ($1) AND (product_id = $2 OR did_id = $2)
"""
# A number that is free, or is in the hands of a customer of these resellers; staff see all.
_SEEN_DID = """
SELECT EXISTS (SELECT FROM dids d LEFT JOIN accounts a ON a.id = d.account_id
                WHERE d.id = $1 AND ($2 OR a.id IS NULL OR a.reseller_id = ANY ($3)))
"""


@dataclass(frozen=True, slots=True)
class Price:
    """What one period and the setup cost, in one currency."""

    price: Decimal
    setup_fee: Decimal
    currency_code: str


class ResellerPrice(Model):
    """What one reseller asks of those directly below it, in its own currency."""

    id = fields.UUIDField(primary_key=True)
    reseller = columns.belongs_to("Account", "resale_prices")
    reseller_id: UUID
    product = columns.belongs_to("Product", "resale_prices", null=True)
    product_id: UUID | None
    did = columns.belongs_to("Did", "resale_prices", null=True, goes_along=True)
    did_id: UUID | None
    price = columns.amount()
    setup_fee = columns.amount(default=0)

    class Meta:
        table = "reseller_prices"

    @classmethod
    async def agree(
        cls, viewer: Viewer, reseller_id: UUID, of: dict[str, Any], price: Price
    ) -> None:
        """Set what a reseller asks for a product or DID; `of` is its column with its id.

        Raises NOT_FOUND for what the viewer does not see, and Refused for amounts.
        """
        with understood():
            async with transaction() as tx:
                reseller = await Account.held_for(viewer, reseller_id, "resellerId", _RESELLERS)
                if "did_id" in of:
                    await _refuse_hidden(tx, viewer, of["did_id"])
                problems = tuple(
                    violation.at(name)
                    for name, amount in (("price", price.price), ("setupFee", price.setup_fee))
                    if (violation := _violation(amount, reseller.currency_code))
                )
                if problems:
                    raise Refused(problems)
                row = await cls.get_or_none(reseller_id=reseller_id, **of)
                old = {"price": row.price, "setupFee": row.setup_fee} if row else {}
                row = row or cls(id=new_id(), reseller_id=reseller_id, **of)
                row.price, row.setup_fee = price.price, price.setup_fee
                await row.save()
                new = {"price": price.price, "setupFee": price.setup_fee}
                changes = audit.differences(old, of | new)
                await audit.record(viewer, "resellerPriceSet", reseller.subject, changes)


async def _refuse_hidden(tx: BaseDBAsyncClient, viewer: Viewer, did_id: UUID) -> None:
    seen = await raw(tx).fetchval(_SEEN_DID, did_id, viewer.is_staff, list(viewer.reseller_ids))
    if not seen:
        raise DomainError(ErrorCode.NOT_FOUND, ("didId",), "There is no such number.")


def _violation(amount: Decimal, currency_code: str) -> Violation | None:
    return non_negative_violation(amount) or minor_digits_violation(amount, currency_code)


async def prices_for(
    tx: BaseDBAsyncClient, party: Party, thing_id: UUID, house: Price
) -> tuple[Price, ...]:
    """What each level of the chain pays, the account first, each in its own currency.

    Raises RATE_MISSING when a currency has no rate.
    """
    owners = [member.id for member in party.chain[1:]]
    rows = await raw(tx).fetch(_SET_BY, owners, thing_id)
    asked = {row["reseller_id"]: (row["price"], row["setup_fee"]) for row in rows}
    currencies = _currencies(party.chain, house)
    rates = await CurrencyRate.between(tx, [currencies])
    paid: list[Price] = []
    for level in range(len(party.chain) - 1, -1, -1):
        seller = party.chain[level + 1] if level + 1 < len(party.chain) else None
        price = paid[-1] if paid else house
        if seller is not None and seller.id in asked:
            price = Price(*asked[seller.id], seller.currency_code)
        paid.append(_in_currency(price, party.chain[level].currency_code, rates))
    return tuple(reversed(paid))


def _currencies(chain: Sequence[Member], house: Price) -> tuple[Member, ...]:
    return (*chain, Member(chain[0].id, is_prepaid=True, currency_code=house.currency_code))


def _in_currency(price: Price, currency_code: str, rates: Rates) -> Price:
    """A price is a whole number of minor units: what is posted is what the receipt says."""
    if price.currency_code == currency_code:
        return price
    recurring, setup_fee = (
        rounded(converted(amount, price.currency_code, currency_code, rates), currency_code)
        for amount in (price.price, price.setup_fee)
    )
    return Price(recurring, setup_fee, currency_code)
