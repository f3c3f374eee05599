"""Products and what accounts have ordered of them.

An order keeps the price of its day; renewals charge that price.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns, versions
from models.access import audit
from models.accounts.account import Account
from models.database import transaction
from models.ids import new_id
from models.money.charge import Charge, ChargeOrder
from models.money.party import Party
from models.panel.entry import held_entry, missing, refuse_customers
from models.panel.purchase_mails import Purchase, mail_order, mail_termination
from models.panel.resale import Price, prices_for
from models.rules.billing_calendar import local_date, start_of_day
from models.rules.enums import ActiveStatus, PostingKind, ProductBilling, ProductCategory
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.field_rules import NOTE_LONGEST
from models.rules.inventory import ProductDraft, quantity_problems
from models.rules.patch import clearing_problems, given
from models.rules.text import note_violation
from models.rules.viewer import Viewer

_CLEARABLE = frozenset({"description"})


class Product(Model):
    """Something sold to accounts, once or each period. Heading: Product."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    name = fields.CharField(max_length=80)
    category = columns.word(ProductCategory)
    description = fields.CharField(max_length=500, null=True)
    currency_code = fields.CharField(max_length=3)
    price = columns.amount()  # of one piece and period
    setup_fee = columns.amount(default=0)  # once an order
    billing = columns.word(ProductBilling)
    billing_days = fields.IntField(null=True)  # length of a period; RECURRING only
    free_minutes = fields.IntField(null=True)
    releases_when_unfunded = fields.BooleanField(default=True)
    reminder_days = fields.IntField(default=3)
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "products"

    @property
    def subject(self) -> audit.Subject:
        """The product in the audit trail."""
        return audit.Subject("Product", self.id, self.name)

    @property
    def house_price(self) -> Price:
        """What the house asks for one piece and period, and for the setup."""
        return Price(self.price, self.setup_fee, self.currency_code)

    @classmethod
    async def offer(cls, viewer: Viewer, draft: ProductDraft) -> UUID:
        """Put a product on offer. Raises Refused with every broken rule."""
        if problems := draft.problems():
            raise Refused(problems)
        async with transaction():
            row = await cls.create(id=new_id(), **dataclasses.asdict(draft))
            changes = audit.differences({}, {"name": draft.name, "price": draft.price})
            await audit.record(viewer, "productCreate", row.subject, changes)
            return row.id

    @classmethod
    async def revise(
        cls, viewer: Viewer, product_id: UUID, expected: int | None, changes: Mapping[str, Any]
    ) -> None:
        """Change an offer; orders keep the price of their day.

        Raises NOT_FOUND, VERSION_CONFLICT, and Refused with every broken rule.
        """
        async with transaction():
            row = await cls.filter(id=product_id).select_for_update(no_key=True).first()
            if row is None:
                raise missing("id")
            versions.expect(row.version, expected)
            said = given(changes, _CLEARABLE)
            names = [field.name for field in dataclasses.fields(ProductDraft)]
            wanted = {name: said.get(name, getattr(row, name)) for name in names}
            cleared = clearing_problems(changes, _CLEARABLE)
            if problems := (*cleared, *ProductDraft(**wanted).problems()):
                raise Refused(problems)
            old = {name: getattr(row, name) for name in changes}
            if difference := audit.differences(old, changes):
                row.update_from_dict({**changes, "version": row.version + 1})
                await row.save()
                await audit.record(viewer, "productUpdate", row.subject, difference)


class ProductOrder(Model):
    """One order of one product; stays as history once it is terminated."""

    id = fields.UUIDField(primary_key=True)
    account = columns.belongs_to("Account", "product_orders")
    account_id: UUID
    product = columns.belongs_to("Product", "orders")
    product_id: UUID
    quantity = fields.IntField(default=1)
    currency_code = fields.CharField(max_length=3)  # the account's, prices converted and frozen
    price = columns.amount()
    setup_fee = columns.amount(default=0)
    ordered_at = fields.DatetimeField(auto_now_add=True)
    next_renewal_at = fields.DatetimeField(null=True)
    # What each owner above pays to the next, in its own currency, frozen like the price.
    owner_prices = ArrayField("numeric(20,6)", default=list)
    overdue_since = fields.DatetimeField(null=True)  # unfunded and kept: tried again daily
    reminded_for = fields.DatetimeField(null=True)  # the renewal that a reminder was mailed for
    terminated_at = fields.DatetimeField(null=True)
    termination_note = fields.CharField(max_length=500, null=True)

    class Meta:
        table = "product_orders"

    @classmethod
    async def place(
        cls,
        viewer: Viewer,
        account_id: UUID,
        product_id: UUID,
        quantity: int,
        at: datetime | None = None,
    ) -> UUID:
        """Order a product for an account, now or `at`, and charge setup and the first period.

        Every owner above pays its own price in the same posting. Raises NOT_FOUND, WRONG_STATE,
        Refused, and INSUFFICIENT_BALANCE at `productId`.
        """
        refuse_customers(viewer)
        if problems := quantity_problems(quantity):
            raise Refused(problems)
        async with transaction() as tx:
            account = await Account.held_for(viewer, account_id)
            product = await Product.filter(id=product_id).first()
            if product is None:
                raise missing("productId")
            if product.status is not ActiveStatus.ACTIVE:
                sentence = "This product is not on offer."
                raise DomainError(ErrorCode.WRONG_STATE, ("productId",), sentence)
            wish = Wish(product, quantity, at or datetime.now(UTC))
            return await _ordered(tx, viewer, account, wish)

    @classmethod
    async def terminate(cls, viewer: Viewer, order_id: UUID, note: str | None) -> None:
        """End an order; nothing is refunded. Raises NOT_FOUND, ALREADY_DONE."""
        refuse_customers(viewer)
        if note and (violation := note_violation(note, NOTE_LONGEST)):
            raise Refused((violation.at("note"),))
        async with transaction() as tx:
            row, account = await held_entry(viewer, cls, order_id)
            if row.terminated_at is not None:
                raise DomainError(ErrorCode.ALREADY_DONE, ("id",), "The order has ended before.")
            product = await Product.get(id=row.product_id)
            await mail_termination(tx, account.id, row.id, product.name, note or "")
            row.terminated_at, row.termination_note = datetime.now(UTC), note
            row.next_renewal_at = None
            await row.save()
            change = audit.FieldChange("terminationNote", None, note)
            await audit.record(viewer, "productOrderTerminate", account.subject, [change])


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """How much of which product, from when on."""

    product: Product
    quantity: int
    at: datetime


async def _ordered(tx: BaseDBAsyncClient, viewer: Viewer, account: Account, wish: Wish) -> UUID:
    order_id = new_id()
    party = await Party.of(tx, account.id)
    prices = await prices_for(tx, party, wish.product.id, wish.product.house_price)
    charge = ChargeOrder(
        key=f"order/{order_id}",
        account_id=account.id,
        kind=PostingKind.PRODUCT,
        prices=tuple(price.price * wish.quantity + price.setup_fee for price in prices),
        description=wish.product.name,
        actor=viewer.name,
        at=wish.at,
        quantity=Decimal(wish.quantity),
    )
    [charged] = await Charge.levy(tx, [charge], at=("productId",))
    renews_at = _next_renewal(account, wish.product, wish.at)
    await ProductOrder.create(
        id=order_id,
        account_id=account.id,
        product_id=wish.product.id,
        quantity=wish.quantity,
        currency_code=account.currency_code,
        price=prices[0].price,
        setup_fee=prices[0].setup_fee,
        owner_prices=[price.price for price in prices[1:]],
        next_renewal_at=renews_at,
    )
    purchase = Purchase(party, charged, charge, renews_at)
    await mail_order(tx, order_id, wish.product.name, wish.quantity, purchase)
    change = audit.FieldChange("product", None, wish.product.name)
    await audit.record(viewer, "productOrder", account.subject, [change])
    return order_id


def _next_renewal(account: Account, product: Product, now: datetime) -> datetime | None:
    if product.billing_days is None:
        return None
    due_on = local_date(account.time_zone, now) + timedelta(days=product.billing_days)
    return start_of_day(account.time_zone, due_on)
