"""Blocked codes: prefixes an account may not call."""

from datetime import datetime
from uuid import UUID

import strawberry

from models.panel.blocked_code import BlockedCode as BlockedCodeRow
from models.rules.panel import BlockedCodeDraft
from schema.accounts.sources import CUSTOMERS
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import idempotency_key, optional, required, row_id, said
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import Node, Source, column, loaded, node, through

BLOCKED_CODES = Source(
    table="blocked_codes", visible=through("account_id", CUSTOMERS), permission="customers:read"
)


@node(BLOCKED_CODES, description="A prefix that an account may not call.")
class BlockedCode(Node):
    """Requirement heading: Blocked Codes."""

    prefix: str = column(description="The digits that a blocked number begins with.")
    destination: str | None = column(description="A name for people.")
    created_at: datetime = column(description="Since when it is blocked.")


@strawberry.input(description="A prefix to block.")
class BlockedCodeCreateInput:
    """Requirement heading: Blocked Codes."""

    idempotency_key: str | None = idempotency_key()
    customer_id: strawberry.ID = required("Whose calls.")
    prefix: str = required("1-15 digits.")
    destination: str | None = optional("A name for people; at most 80 characters.")


@strawberry.input(description="The prefixes to allow again.")
class BlockedCodeDeleteInput:
    """All or none."""

    ids: list[strawberry.ID] = required("The blocked codes.")


@strawberry.type(description="What blockedCodeCreate answers.")
class BlockedCodeCreatePayload(Payload):
    """The new block."""

    blocked_code_id: strawberry.Private[UUID | None] = None
    blocked_code: BlockedCode | None = loaded(description="The blocked code.")


@strawberry.type(description="What blockedCodeDelete answers.")
class BlockedCodeDeletePayload(Payload):
    """What is gone."""

    deleted_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="The ids of what was removed."
    )


@strawberry.type
class BlockedCodeMutations:
    """For accounts one sees."""

    @mutation(permission="panel:write", description="Forbids an account to call a prefix.")
    async def blocked_code_create(
        self,
        info: Info,
        input: BlockedCodeCreateInput,
    ) -> BlockedCodeCreatePayload | None:
        """Block a prefix."""
        customer = row_id("Customer", input.customer_id) or NOBODY
        draft = BlockedCodeDraft(input.prefix, said(input.destination))
        made = await BlockedCodeRow.block(info.context.signed_in, customer, draft)
        return BlockedCodeCreatePayload(blocked_code_id=made)

    @mutation(permission="panel:write", description="Allows prefixes again, all or none.")
    async def blocked_code_delete(
        self,
        info: Info,
        input: BlockedCodeDeleteInput,
    ) -> BlockedCodeDeletePayload | None:
        """Unblock prefixes."""
        ids = [row_id("BlockedCode", code) or NOBODY for code in input.ids]
        await BlockedCodeRow.unblock(info.context.signed_in, ids)
        return BlockedCodeDeletePayload(deleted_ids=input.ids)
