"""Caller IDs: the numbers an account may present, and the one its calls always present.

Which of them a call shows is decided by the CLI pool.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from models.panel.caller_id import CallerId as CallerIdRow
from models.panel.caller_id import ForceCallerId as ForceCallerIdRow
from models.rules.enums import ActiveStatus
from models.rules.panel import LineDraft
from schema.accounts.sources import CUSTOMERS
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import idempotency_key, optional, required, row_id, said
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import Node, Source, column, loaded, node, row, through

if TYPE_CHECKING:
    from schema.accounts.customer import Customer

LazyCustomer = Annotated["Customer", strawberry.lazy("schema.accounts.customer")]

CALLER_IDS = Source(
    table="caller_ids", visible=through("account_id", CUSTOMERS), permission="customers:read"
)
FORCE_CALLER_IDS = Source(
    table="force_caller_ids",
    key="account_id",
    visible=through("account_id", CUSTOMERS),
    permission="customers:read",
)


@node(CALLER_IDS, description="A number that an account may present.")
class CallerId(Node):
    """Requirement heading: Caller IDs."""

    version: int = column(description="Rises with each change.")
    number: str = column(description="The number as it was given.")
    status: ActiveStatus = column(description="Whether it may be presented.")
    created_at: datetime = column(description="When it was listed.")
    updated_at: datetime = column(description="When it was last changed.")


@row(FORCE_CALLER_IDS, description="The number that all calls of an account present.")
class ForceCallerId:
    """Requirement heading: Force Caller ID."""

    name: str | None = column(description="The name presented with it.")
    number: str = column(description="The number presented.")
    status: ActiveStatus = column(description="Whether it is in effect.")


@strawberry.input(description="A caller ID to list.")
class CallerIdCreateInput:
    """Requirement heading: Caller IDs."""

    idempotency_key: str | None = idempotency_key()
    customer_id: strawberry.ID = required("Whose caller ID.")
    number: str = required("Up to 20 digits, with an optional leading +; of one account only.")
    status: ActiveStatus | None = optional("In use or not.", default=ActiveStatus.ACTIVE)


@strawberry.input(description="A caller ID to take into use or out of it.")
class CallerIdUpdateInput:
    """The number itself does not change."""

    id: strawberry.ID = required("The caller ID.")
    expected_version: int | None = optional("The version that was seen.")
    status: ActiveStatus = required("In use or not.")


@strawberry.input(description="The caller ID to remove.")
class CallerIdDeleteInput:
    """It is free for another account then."""

    id: strawberry.ID = required("The caller ID.")


@strawberry.input(description="The number that all calls of an account are to present.")
class ForceCallerIdSetInput:
    """Replaces the one before."""

    customer_id: strawberry.ID = required("Whose calls.")
    name: str | None = optional("The name presented with it; at most 80 characters.")
    number: str = required("Up to 20 digits, with an optional leading +.")
    status: ActiveStatus | None = optional("In effect or not.", default=ActiveStatus.ACTIVE)


@strawberry.input(description="The account whose calls follow its CLI pool again.")
class ForceCallerIdClearInput:
    """Repeats without harm."""

    customer_id: strawberry.ID = required("Whose calls.")


@strawberry.type(description="What callerIdCreate answers.")
class CallerIdCreatePayload(Payload):
    """The new caller ID."""

    caller_id_id: strawberry.Private[UUID | None] = None
    caller_id: CallerId | None = loaded(description="The caller ID.")


@strawberry.type(description="What callerIdUpdate answers.")
class CallerIdUpdatePayload(Payload):
    """The changed caller ID."""

    caller_id_id: strawberry.Private[UUID | None] = None
    caller_id: CallerId | None = loaded(description="The caller ID.")


@strawberry.type(description="What callerIdDelete answers.")
class CallerIdDeletePayload(Payload):
    """What is gone."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of what was removed."
    )


@strawberry.type(description="What forceCallerIdSet answers.")
class ForceCallerIdSetPayload(Payload):
    """The account with its forced caller ID."""

    customer_id: strawberry.Private[UUID | None] = None
    customer: LazyCustomer | None = loaded(description="The account.")


@strawberry.type(description="What forceCallerIdClear answers.")
class ForceCallerIdClearPayload(Payload):
    """The account without one."""

    customer_id: strawberry.Private[UUID | None] = None
    customer: LazyCustomer | None = loaded(description="The account.")


@strawberry.type
class CallerIdMutations:
    """For accounts one sees."""

    @mutation(permission="panel:write", description="Lets an account present a number.")
    async def caller_id_create(
        self,
        info: Info,
        input: CallerIdCreateInput,
    ) -> CallerIdCreatePayload | None:
        """List a caller ID."""
        customer = row_id("Customer", input.customer_id) or NOBODY
        status = said(input.status) or ActiveStatus.ACTIVE
        made = await CallerIdRow.enlist(
            info.context.signed_in, customer, LineDraft(input.number), status
        )
        return CallerIdCreatePayload(caller_id_id=made)

    @mutation(permission="panel:write", description="Takes a caller ID into use or out of it.")
    async def caller_id_update(
        self,
        info: Info,
        input: CallerIdUpdateInput,
    ) -> CallerIdUpdatePayload | None:
        """Switch a caller ID."""
        caller_id = row_id("CallerId", input.id) or NOBODY
        expected = said(input.expected_version)
        await CallerIdRow.switch(info.context.signed_in, caller_id, expected, input.status)
        return CallerIdUpdatePayload(caller_id_id=caller_id)

    @mutation(permission="panel:write", description="Lets an account present a number no longer.")
    async def caller_id_delete(
        self,
        info: Info,
        input: CallerIdDeleteInput,
    ) -> CallerIdDeletePayload | None:
        """Strike a caller ID."""
        await CallerIdRow.strike(info.context.signed_in, row_id("CallerId", input.id) or NOBODY)
        return CallerIdDeletePayload(deleted_id=input.id)

    @mutation(
        permission="panel:write", description="Lets all calls of an account present one number."
    )
    async def force_caller_id_set(
        self,
        info: Info,
        input: ForceCallerIdSetInput,
    ) -> ForceCallerIdSetPayload | None:
        """Force a caller ID."""
        customer = row_id("Customer", input.customer_id) or NOBODY
        status = said(input.status) or ActiveStatus.ACTIVE
        draft = LineDraft(input.number, said(input.name))
        await ForceCallerIdRow.impose(info.context.signed_in, customer, draft, status)
        return ForceCallerIdSetPayload(customer_id=customer)

    @mutation(permission="panel:write", description="Lets calls follow the CLI pool again.")
    async def force_caller_id_clear(
        self,
        info: Info,
        input: ForceCallerIdClearInput,
    ) -> ForceCallerIdClearPayload | None:
        """Lift a forced caller ID."""
        customer = row_id("Customer", input.customer_id) or NOBODY
        await ForceCallerIdRow.lift(info.context.signed_in, customer)
        return ForceCallerIdClearPayload(customer_id=customer)
