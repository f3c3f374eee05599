"""Products and the orders of them.

Changing them stands in `product_mutations`.
"""

from datetime import datetime

import strawberry

from models.rules.enums import ActiveStatus, ProductBilling, ProductCategory
from schema.accounts.sources import CUSTOMERS
from schema.enumerations import enumeration
from schema.paging import Connection
from schema.reads import (
    EVERYONE,
    Money,
    Node,
    Order,
    Source,
    column,
    embedded,
    node,
    root_list,
    through,
    to_one,
)

enumeration(
    ProductCategory,
    description="What kind of thing a product is.",
    values={
        "PACKAGE": "Minutes or features sold together.",
        "SUBSCRIPTION": "Something that goes on until it is ended.",
        "REFILL": "Funds.",
        "DID": "A number.",
    },
)
enumeration(
    ProductBilling,
    description="How often a product is paid.",
    values={"ONE_TIME": "Once, when ordered.", "RECURRING": "When ordered and each period after."},
)

PRODUCTS = Source(table="products", visible=EVERYONE, permission="customers:read")
PRODUCT_ORDERS = Source(
    table="product_orders", visible=through("account_id", CUSTOMERS), permission="customers:read"
)


@node(PRODUCTS, description="Something sold to customers.")
class Product(Node):
    """Requirement heading: Product. Prices are the house's."""

    version: int = column(description="Rises with each change.")
    name: str = column(description="Its name.")
    category: ProductCategory = column(description="What kind of thing it is.")
    description: str | None = column(description="What it is, for people.")
    price: Money = embedded(
        amount="price", currency_code="currency_code", description="For one piece and period."
    )
    setup_fee: Money = embedded(
        amount="setup_fee", currency_code="currency_code", description="Once an order."
    )
    billing: ProductBilling = column(description="How often it is paid.")
    billing_days: int | None = column(description="Days of a period; recurring ones only.")
    free_minutes: int | None = column(description="Minutes that come with it.")
    releases_when_unfunded: bool = column(
        description="Whether an order ends when its renewal can not be paid."
    )
    reminder_days: int = column(description="How many days before a renewal a mail reminds of it.")
    status: ActiveStatus = column(description="Whether it is on offer.")


@node(PRODUCT_ORDERS, description="A product ordered by a customer, at the price of that day.")
class ProductOrder(Node):
    """Requirement heading: Products."""

    product: Product = to_one("product_id", description="What was ordered.")
    quantity: int = column(description="How many.")
    price: Money = embedded(
        amount="price", currency_code="currency_code", description="Of one piece and period."
    )
    setup_fee: Money = embedded(
        amount="setup_fee", currency_code="currency_code", description="Charged once."
    )
    ordered_at: datetime = column(description="When it was ordered.")
    next_renewal_at: datetime | None = column(description="When the next period is charged.")
    terminated_at: datetime | None = column(description="When it ended.")
    termination_note: str | None = column(description="Why it ended.")


@strawberry.type
class ProductQueries:
    """Requirement heading: Product."""

    products: Connection[Product] = root_list(
        order=Order("created_at", "timestamptz", descending=True),
        permission="customers:read",
        description="Products, newest first.",
    )


PANEL_ORDERS = Order("ordered_at", "timestamptz", descending=True)
"""Within an account: the last order first."""
