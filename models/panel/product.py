"""Products and what accounts have ordered of them.

An order keeps the price of its day; renewals charge that price.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.rules.enums import ActiveStatus, ProductBilling, ProductCategory


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
    overdue_since = fields.DatetimeField(null=True)  # unfunded and kept: tried again daily
    terminated_at = fields.DatetimeField(null=True)
    termination_note = fields.CharField(max_length=500, null=True)

    class Meta:
        table = "product_orders"
