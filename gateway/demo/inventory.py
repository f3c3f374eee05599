"""What the house sells beside calls: DIDs in stock and assigned, products and their orders."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from gateway.demo.cast import DIDS_OF_FULL, FIRST_NUMBER, FULL
from gateway.demo.stage import Stage, account_ids
from models.panel.did import Did
from models.panel.product import Product, ProductOrder
from models.rules.enums import ProductBilling, ProductCategory
from models.rules.inventory import DidDraft, ProductDraft

STOCK = 12
DID_OWNERS = (*[FULL] * DIDS_OF_FULL, *[str(FIRST_NUMBER + n) for n in (1, 5, 31, 33, 50)])
PRODUCTS = (
    ProductDraft(
        name="Voicemail Plus",
        category=ProductCategory.SUBSCRIPTION,
        description="Messages as attachments, kept for a year.",
        currency_code="USD",
        price=Decimal("2.50"),
        billing=ProductBilling.RECURRING,
        billing_days=30,
    ),
    ProductDraft(
        name="500 minutes Europe",
        category=ProductCategory.PACKAGE,
        currency_code="USD",
        price=Decimal("7.90"),
        billing=ProductBilling.RECURRING,
        billing_days=30,
        free_minutes=500,
    ),
    ProductDraft(
        name="Desk telephone",
        category=ProductCategory.REFILL,
        description="Sent by post, once.",
        currency_code="USD",
        price=Decimal("15.00"),
        setup_fee=Decimal("4.00"),
        billing=ProductBilling.ONE_TIME,
    ),
)
ORDERS = (
    *((FULL, "Voicemail Plus", 1), (FULL, "Desk telephone", 1), ("1002", "500 minutes Europe", 2)),
    *(("1004", "Voicemail Plus", 3), ("1031", "Voicemail Plus", 1), ("1052", "Desk telephone", 1)),
)


async def sell(stage: Stage) -> None:
    """Stock and assign numbers, offer and order products; each is charged at once."""
    known = await account_ids()
    await _stock(stage)
    await _assign(stage, known)
    await _offer(stage)
    for number, product, quantity in ORDERS:
        await _order(stage, known[number], product, quantity)


async def _stock(stage: Stage) -> None:
    known = {did.number for did in await Did.all()}
    for position in range(STOCK):
        draft = DidDraft(
            number=f"+1202555{180 + position:04}",
            country_code="US",
            city="Washington",
            currency_code="USD",
            per_minute=Decimal("0.01"),
            setup_fee=Decimal("1.00"),
            monthly_fee=Decimal("1.50"),
        )
        if draft.number not in known:
            await Did.stock(stage.viewer, draft)


async def _assign(stage: Stage, known: dict[str, UUID]) -> None:
    dids = await Did.all().order_by("number").limit(len(DID_OWNERS))
    for did, owner in zip(dids, DID_OWNERS, strict=True):
        if did.account_id is None:
            await Did.assign(stage.viewer, did.id, known[owner])


async def _offer(stage: Stage) -> None:
    known = {product.name for product in await Product.all()}
    for draft in PRODUCTS:
        if draft.name not in known:
            await Product.offer(stage.viewer, draft)


async def _order(stage: Stage, account_id: UUID, name: str, quantity: int) -> None:
    product = await Product.get(name=name)
    if not await ProductOrder.filter(account_id=account_id, product_id=product.id).exists():
        await ProductOrder.place(stage.viewer, account_id, product.id, quantity)
