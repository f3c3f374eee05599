"""Offering products, ordering them, and what resellers ask for them."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from models.panel.product import Product as ProductRow
from models.panel.product import ProductOrder as ProductOrderRow
from models.panel.resale import Price, ResellerPrice
from models.rules.enums import ActiveStatus, ProductBilling, ProductCategory
from models.rules.errors import DomainError, ErrorCode
from models.rules.inventory import ProductDraft
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import drafted, idempotency_key, optional, patched, required, row_id, said
from schema.mutations import mutation
from schema.panel.product import Product, ProductOrder
from schema.payloads import Payload
from schema.reads import loaded
from schema.scalars import CurrencyCode

if TYPE_CHECKING:
    from schema.accounts.reseller import Reseller

LazyReseller = Annotated["Reseller", strawberry.lazy("schema.accounts.reseller")]
ZERO = Decimal(0)


@strawberry.input(description="A product to offer.")
class ProductCreateInput:
    """Requirement heading: Product."""

    idempotency_key: str | None = idempotency_key()
    name: str = required("Its name; 1-80 characters.")
    category: ProductCategory = required("What kind of thing it is.")
    description: str | None = optional("What it is; at most 500 characters.")
    currency_code: CurrencyCode = required("Currency of its prices.")
    price: Decimal = required("For one piece and period.")
    setup_fee: Decimal | None = optional("Once an order.", default=ZERO)
    billing: ProductBilling = required("How often it is paid.")
    billing_days: int | None = optional("Days of a period, 1-3660; recurring ones only.")
    free_minutes: int | None = optional("Minutes that come with it.")
    releases_when_unfunded: bool | None = optional(
        "An order ends when a renewal can not be paid.", default=True
    )
    reminder_days: int | None = optional("Days before a renewal, 0-60.", default=3)

    def to_draft(self) -> ProductDraft:
        """The draft of the product."""
        return ProductDraft(**drafted(self))


@strawberry.input(description="What to change; absent keeps. Orders keep their price.")
class ProductUpdateInput:
    """Category, currency and billing do not change."""

    id: strawberry.ID = required("The product.")
    expected_version: int | None = optional("The version that was seen.")
    name: str | None = optional("Its name; 1-80 characters.")
    description: str | None = optional("What it is; at most 500 characters.")
    price: Decimal | None = optional("For one piece and period.")
    setup_fee: Decimal | None = optional("Once an order.")
    releases_when_unfunded: bool | None = optional("An order ends when it can not be paid.")
    status: ActiveStatus | None = optional("On offer or not.")


@strawberry.input(description="A product and who orders it.")
class ProductOrderInput:
    """Setup and the first period are charged at once."""

    idempotency_key: str | None = idempotency_key()
    product_id: strawberry.ID = required("What is ordered.")
    customer_id: strawberry.ID = required("For whom.")
    quantity: int | None = optional("How many, 1-10000.", default=1)


@strawberry.input(description="An order to end.")
class ProductOrderTerminateInput:
    """Nothing is refunded."""

    id: strawberry.ID = required("The order.")
    note: str | None = optional("Why; at most 500 characters.")


@strawberry.input(description="What a reseller asks of those below it; one of product and DID.")
class ResellerPriceSetInput:
    """In the reseller's own currency."""

    reseller_id: strawberry.ID = required("Who asks.")
    product_id: strawberry.ID | None = optional("For which product.")
    did_id: strawberry.ID | None = optional("For which number.")
    price: Decimal = required("For one piece and period; of a number: for a month.")
    setup_fee: Decimal | None = optional("Once.", default=ZERO)


@strawberry.type
class _ProductPayload(Payload):
    product_id: strawberry.Private[UUID | None] = None
    product: Product | None = loaded(description="The product.")


@strawberry.type(description="What productCreate answers.")
class ProductCreatePayload(_ProductPayload):
    """The new product."""


@strawberry.type(description="What productUpdate answers.")
class ProductUpdatePayload(_ProductPayload):
    """The changed product."""


@strawberry.type
class _OrderPayload(Payload):
    product_order_id: strawberry.Private[UUID | None] = None
    product_order: ProductOrder | None = loaded(description="The order.")


@strawberry.type(description="What productOrder answers.")
class ProductOrderPayload(_OrderPayload):
    """The new order."""


@strawberry.type(description="What productOrderTerminate answers.")
class ProductOrderTerminatePayload(_OrderPayload):
    """The ended order."""


@strawberry.type(description="What resellerPriceSet answers.")
class ResellerPriceSetPayload(Payload):
    """The reseller."""

    reseller_id: strawberry.Private[UUID | None] = None
    reseller: LazyReseller | None = loaded(description="The reseller.")


@strawberry.type
class ProductMutations:
    """Offers are the house's; resellers order for those they see and set their own prices."""

    @mutation(permission="inventory:write", description="Puts a product on offer.")
    async def product_create(
        self,
        info: Info,
        input: ProductCreateInput,
    ) -> ProductCreatePayload | None:
        """Offer a product."""
        product_id = await ProductRow.offer(info.context.signed_in, input.to_draft())
        return ProductCreatePayload(product_id=product_id)

    @mutation(permission="inventory:write", description="Changes an offer.")
    async def product_update(
        self,
        info: Info,
        input: ProductUpdateInput,
    ) -> ProductUpdatePayload | None:
        """Revise a product."""
        product_id = row_id("Product", input.id) or NOBODY
        expected = said(input.expected_version)
        await ProductRow.revise(info.context.signed_in, product_id, expected, patched(input))
        return ProductUpdatePayload(product_id=product_id)

    @mutation(
        permission="panel:write",
        description="Orders a product for a customer, charging setup and first period.",
    )
    async def product_order(
        self,
        info: Info,
        input: ProductOrderInput,
    ) -> ProductOrderPayload | None:
        """Place an order."""
        customer = row_id("Customer", input.customer_id) or NOBODY
        product = row_id("Product", input.product_id) or NOBODY
        quantity = said(input.quantity, 1) or 0
        order_id = await ProductOrderRow.place(info.context.signed_in, customer, product, quantity)
        return ProductOrderPayload(product_order_id=order_id)

    @mutation(permission="panel:write", description="Ends an order.")
    async def product_order_terminate(
        self,
        info: Info,
        input: ProductOrderTerminateInput,
    ) -> ProductOrderTerminatePayload | None:
        """Terminate an order."""
        order_id = row_id("ProductOrder", input.id) or NOBODY
        await ProductOrderRow.terminate(info.context.signed_in, order_id, said(input.note))
        return ProductOrderTerminatePayload(product_order_id=order_id)

    @mutation(
        permission="rates:write", description="Sets what a reseller asks for a product or number."
    )
    async def reseller_price_set(
        self,
        info: Info,
        input: ResellerPriceSetInput,
    ) -> ResellerPriceSetPayload | None:
        """Agree on a price."""
        reseller_id = row_id("Reseller", input.reseller_id) or NOBODY
        price = Price(input.price, said(input.setup_fee) or ZERO, "")
        await ResellerPrice.agree(info.context.signed_in, reseller_id, _of(input), price)
        return ResellerPriceSetPayload(reseller_id=reseller_id)


def _of(given: ResellerPriceSetInput) -> dict[str, UUID]:
    product, did = row_id("Product", given.product_id), row_id("Did", given.did_id)
    match product, did:
        case UUID(), None:
            return {"product_id": product}
        case None, UUID():
            return {"did_id": did}
    sentence = "Name either a product or a number."
    raise DomainError(ErrorCode.INVALID, ("productId",), sentence)
