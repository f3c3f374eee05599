"""Changing the inventory of numbers, and who has them."""

from decimal import Decimal
from uuid import UUID

import strawberry

from models.panel.did import Did as DidRow
from models.rules.enums import ActiveStatus
from models.rules.inventory import DidDraft
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import drafted, idempotency_key, optional, patched, required, row_id, said
from schema.mutations import mutation
from schema.panel.did import Did
from schema.payloads import Payload
from schema.reads import loaded
from schema.scalars import CountryCode, CurrencyCode

ZERO = Decimal(0)


@strawberry.input(description="A number for the inventory; fees in its currency.")
class DidCreateInput:
    """Requirement heading: DID."""

    idempotency_key: str | None = idempotency_key()
    number: str = required("Up to 20 digits, with an optional leading +.")
    country_code: CountryCode | None = optional("Country.")
    province: str | None = optional("Province; at most 80 characters.")
    city: str | None = optional("City; at most 80 characters.")
    currency_code: CurrencyCode = required("Currency of the fees.")
    connect_fee: Decimal | None = optional("For each call.", default=ZERO)
    per_minute: Decimal | None = optional("For each minute.", default=ZERO)
    initial_increment_seconds: int | None = optional(
        "First seconds charged as a whole, 0-3600.", default=0
    )
    increment_seconds: int | None = optional("Steps after them, 1-3600.", default=60)
    setup_fee: Decimal | None = optional("Once, when it is assigned.", default=ZERO)
    monthly_fee: Decimal | None = optional("For each calendar month.", default=ZERO)
    releases_when_unfunded: bool | None = optional(
        "Back to stock when a renewal can not be paid.", default=True
    )
    reminder_days: int | None = optional("Days before a renewal, 0-60.", default=3)

    def to_draft(self) -> DidDraft:
        """The draft of the number."""
        return DidDraft(**drafted(self))


@strawberry.input(description="What to change; absent keeps. Fees count from the next renewal.")
class DidUpdateInput:
    """The number and its currency do not change."""

    id: strawberry.ID = required("The number.")
    expected_version: int | None = optional("The version that was seen.")
    province: str | None = optional("Province; at most 80 characters.")
    city: str | None = optional("City; at most 80 characters.")
    status: ActiveStatus | None = optional("In use or not.")
    per_minute: Decimal | None = optional("For each minute.")
    setup_fee: Decimal | None = optional("Once, when it is assigned.")
    monthly_fee: Decimal | None = optional("For each calendar month.")


@strawberry.input(description="A free number to take out of the inventory.")
class DidDeleteInput:
    """Only a free one."""

    id: strawberry.ID = required("The number.")


@strawberry.input(description="A free number and who gets it.")
class DidAssignInput:
    """Setup and the first month are charged at once."""

    idempotency_key: str | None = idempotency_key()
    did_id: strawberry.ID = required("The number.")
    customer_id: strawberry.ID = required("Who gets it.")


@strawberry.input(description="A number to take back into stock.")
class DidReleaseInput:
    """Nothing is refunded."""

    did_id: strawberry.ID = required("The number.")
    note: str | None = optional("Why, for the audit trail.")


@strawberry.type
class _DidPayload(Payload):
    did_id: strawberry.Private[UUID | None] = None
    did: Did | None = loaded(description="The number.")


@strawberry.type(description="What didCreate answers.")
class DidCreatePayload(_DidPayload):
    """The new number."""


@strawberry.type(description="What didUpdate answers.")
class DidUpdatePayload(_DidPayload):
    """The changed number."""


@strawberry.type(description="What didAssign answers.")
class DidAssignPayload(_DidPayload):
    """The number, assigned."""


@strawberry.type(description="What didRelease answers.")
class DidReleasePayload(_DidPayload):
    """The number, free."""


@strawberry.type(description="What didDelete answers.")
class DidDeletePayload(Payload):
    """What is gone."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of what was removed."
    )


@strawberry.type
class DidMutations:
    """The inventory is the house's; resellers assign to those they see."""

    @mutation(permission="inventory:write", description="Takes a number into the inventory.")
    async def did_create(
        self,
        info: Info,
        input: DidCreateInput,
    ) -> DidCreatePayload | None:
        """Stock a number."""
        did_id = await DidRow.stock(info.context.signed_in, input.to_draft())
        return DidCreatePayload(did_id=did_id)

    @mutation(permission="inventory:write", description="Changes a number's place or fees.")
    async def did_update(
        self,
        info: Info,
        input: DidUpdateInput,
    ) -> DidUpdatePayload | None:
        """Reprice a number."""
        did_id = row_id("Did", input.id) or NOBODY
        expected = said(input.expected_version)
        await DidRow.reprice(info.context.signed_in, did_id, expected, patched(input))
        return DidUpdatePayload(did_id=did_id)

    @mutation(permission="inventory:write", description="Takes a free number out of the inventory.")
    async def did_delete(
        self,
        info: Info,
        input: DidDeleteInput,
    ) -> DidDeletePayload | None:
        """Discard a number."""
        await DidRow.discard(info.context.signed_in, row_id("Did", input.id) or NOBODY)
        return DidDeletePayload(deleted_id=input.id)

    @mutation(
        permission="panel:write",
        description="Gives a free number to a customer, charging setup and first month.",
    )
    async def did_assign(
        self,
        info: Info,
        input: DidAssignInput,
    ) -> DidAssignPayload | None:
        """Assign a number."""
        did_id = row_id("Did", input.did_id) or NOBODY
        customer = row_id("Customer", input.customer_id) or NOBODY
        await DidRow.assign(info.context.signed_in, did_id, customer)
        return DidAssignPayload(did_id=did_id)

    @mutation(permission="panel:write", description="Takes a number back into stock.")
    async def did_release(
        self,
        info: Info,
        input: DidReleaseInput,
    ) -> DidReleasePayload | None:
        """Release a number."""
        did_id = row_id("Did", input.did_id) or NOBODY
        await DidRow.release(info.context.signed_in, did_id, said(input.note))
        return DidReleasePayload(did_id=did_id)
