"""Speed dials: one digit that stands for a number."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from models.panel.speed_dial import SpeedDial as SpeedDialRow
from models.rules.panel import SpeedDialDraft
from schema.accounts.sources import CUSTOMERS
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import required, row_id
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import Source, column, loaded, row, through

if TYPE_CHECKING:
    from schema.accounts.customer import Customer

LazyCustomer = Annotated["Customer", strawberry.lazy("schema.accounts.customer")]

SPEED_DIALS = Source(
    table="speed_dials", visible=through("account_id", CUSTOMERS), permission="customers:read"
)


@row(SPEED_DIALS, description="What one key dials.")
class SpeedDial:
    """Requirement heading: Speed Dial."""

    key: int = column(description="The key, 0-9.")
    number: str = column(description="What it dials.")


@strawberry.input(description="What a key is to dial.")
class SpeedDialSetInput:
    """Replaces what it dialled before."""

    customer_id: strawberry.ID = required("Whose telephone.")
    key: int = required("The key, 0-9.")
    number: str = required("Up to 20 digits, with an optional leading +.")


@strawberry.input(description="The key that is to dial nothing.")
class SpeedDialClearInput:
    """Repeats without harm."""

    customer_id: strawberry.ID = required("Whose telephone.")
    key: int = required("The key, 0-9.")


@strawberry.type(description="What speedDialSet answers.")
class SpeedDialSetPayload(Payload):
    """The account with its keys."""

    customer_id: strawberry.Private[UUID | None] = None
    customer: LazyCustomer | None = loaded(description="The account.")


@strawberry.type(description="What speedDialClear answers.")
class SpeedDialClearPayload(Payload):
    """The account with its keys."""

    customer_id: strawberry.Private[UUID | None] = None
    customer: LazyCustomer | None = loaded(description="The account.")


@strawberry.type
class SpeedDialMutations:
    """For accounts one sees."""

    @mutation(permission="panel:write", description="Lets a key dial a number.")
    async def speed_dial_set(
        self,
        info: Info,
        input: SpeedDialSetInput,
    ) -> SpeedDialSetPayload | None:
        """Assign a key."""
        customer = row_id("Customer", input.customer_id) or NOBODY
        draft = SpeedDialDraft(input.key, input.number)
        await SpeedDialRow.assign(info.context.signed_in, customer, draft)
        return SpeedDialSetPayload(customer_id=customer)

    @mutation(permission="panel:write", description="Lets a key dial nothing.")
    async def speed_dial_clear(
        self,
        info: Info,
        input: SpeedDialClearInput,
    ) -> SpeedDialClearPayload | None:
        """Unassign a key."""
        customer = row_id("Customer", input.customer_id) or NOBODY
        await SpeedDialRow.unassign(info.context.signed_in, customer, input.key)
        return SpeedDialClearPayload(customer_id=customer)
