"""Taxes: percentages and fixed amounts that an issuer puts on charges."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from models.accounts.pick_list import Alteration
from models.accounts.tax import Tax as TaxRow
from models.rules.enums import ActiveStatus
from models.rules.pick_lists import PickListPatch, TaxDraft
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import drafted, idempotency_key, optional, patched, required, row_id, said
from schema.mutations import mutation
from schema.paging import Connection
from schema.payloads import Payload
from schema.reads import Node, Order, Source, Visible, column, loaded, node, root_list, to_one

if TYPE_CHECKING:
    from schema.accounts.reseller import Reseller

LazyReseller = Annotated["Reseller", strawberry.lazy("schema.accounts.reseller")]

_LINKED = """EXISTS (SELECT FROM account_taxes l
    WHERE l.tax_id = {t}.id AND l.account_id = {viewer})"""

TAXES = Source(
    table="taxes",
    visible=Visible(
        reseller=f"({{t}}.reseller_id = ANY({{reseller_ids}}) OR {_LINKED})", customer=_LINKED
    ),
    permission="customers:read",
)
"""A reseller sees its subtree's; everybody those on their own charges."""


@node(TAXES, description="A tax of the administration or of one reseller.")
class Tax(Node):
    """Requirement heading: Taxes."""

    version: int = column(description="Rises with each change; send it back to change safely.")
    name: str = column(description="The name as printed on documents.")
    rate_percent: Decimal = column(description="Percent of the net of what is taxed: 19 is 19 %.")
    fixed_amount: Decimal = column(
        description="Added once to each document whose net is above zero, in its currency."
    )
    priority: int = column(description="The order on documents, smallest first.")
    is_default: bool = column(description="Whether new accounts of its owner get it.")
    status: ActiveStatus = column(description="Whether accounts can take it.")
    reseller: LazyReseller | None = to_one(
        "reseller_id", description="Whose it is; null: the administration's, or one above you."
    )
    created_at: datetime = column(description="When it was made.")


@strawberry.input(description="A new tax.")
class TaxCreateInput:
    """Its rate and amount are never changed: another rate is another tax."""

    idempotency_key: str | None = idempotency_key()
    name: str = required("The name; 1-80 characters, used once within its owner.")
    rate_percent: Decimal = required("Percent of the net, 0-100.")
    fixed_amount: Decimal | None = optional("Once a document, at least 0.", default=Decimal(0))
    priority: int | None = optional("The order on documents, -1000 to 1000.", default=0)
    is_default: bool | None = optional("Whether new accounts of its owner get it.", default=False)
    reseller_id: strawberry.ID | None = optional(
        "Whose it becomes; absent: the administration's, or the calling reseller's."
    )


@strawberry.input(description="What to change: absent keeps, a value sets.")
class TaxUpdateInput:
    """Nothing of it can be cleared."""

    id: strawberry.ID = required("The tax.")
    expected_version: int | None = optional("The version that was seen; another one: refused.")
    name: str | None = optional("The name; 1-80 characters.")
    status: ActiveStatus | None = optional("INACTIVE: accounts keep it, none can take it.")
    priority: int | None = optional("The order on documents, -1000 to 1000.")
    is_default: bool | None = optional("Whether new accounts of its owner get it.")


@strawberry.type(description="What taxCreate answers.")
class TaxCreatePayload(Payload):
    """The new tax."""

    tax_id: strawberry.Private[UUID | None] = None
    tax: Tax | None = loaded(description="The tax.")


@strawberry.type(description="What taxUpdate answers.")
class TaxUpdatePayload(Payload):
    """The tax after the change."""

    tax_id: strawberry.Private[UUID | None] = None
    tax: Tax | None = loaded(description="The tax.")


@strawberry.type
class TaxQueries:
    """What a form offers."""

    taxes: Connection[Tax] = root_list(
        order=Order("priority", "int8"),
        permission="customers:read",
        description="Taxes that the viewer sees, in the order they stand on documents.",
    )


@strawberry.type
class TaxMutations:
    """For one's own taxes and those of resellers below."""

    @mutation(permission="taxes:write", description="Makes a tax.")
    async def tax_create(
        self,
        info: Info,
        input: TaxCreateInput,
    ) -> TaxCreatePayload | None:
        """Add a tax."""
        made = await TaxRow.levy(TaxDraft(**drafted(input)), info.context.signed_in)
        return TaxCreatePayload(tax_id=made)

    @mutation(permission="taxes:write", description="Renames, switches or reorders a tax.")
    async def tax_update(
        self,
        info: Info,
        input: TaxUpdateInput,
    ) -> TaxUpdatePayload | None:
        """Change a tax."""
        tax = row_id("Tax", input.id) or NOBODY
        wanted = Alteration(tax, PickListPatch(patched(input)), said(input.expected_version))
        await TaxRow.adjust(wanted, info.context.signed_in)
        return TaxUpdatePayload(tax_id=tax)
