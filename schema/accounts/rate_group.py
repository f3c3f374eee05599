"""Rate groups: named price lists, offered by the forms of accounts."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from models.accounts.pick_list import Alteration
from models.accounts.rate_group import RateGroup as RateGroupRow
from models.rules.enums import ActiveStatus
from models.rules.pick_lists import PickListPatch, RateGroupDraft
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

RATE_GROUPS = Source(
    table="rate_groups",
    visible=Visible(
        reseller="""({t}.reseller_id = ANY({reseller_ids}) OR {t}.id = (
            SELECT a.rate_group_id FROM accounts a WHERE a.id = {viewer}))""",
        customer="""EXISTS (SELECT FROM accounts a WHERE a.id = {viewer}
            AND {t}.id IN (a.rate_group_id, a.non_cli_rate_group_id))""",
    ),
    permission="customers:read",
)
"""A reseller sees its subtree's and the one it is rated by itself; a customer its own two."""

BY_NAME = Order("fold({t}.name)", "text")


@node(RATE_GROUPS, description="A named price list of the administration or of one reseller.")
class RateGroup(Node):
    """Requirement heading: Rate Group."""

    version: int = column(description="Rises with each change; send it back to change safely.")
    name: str = column(description="The name, used once within its owner.")
    status: ActiveStatus = column(description="Whether accounts can take it.")
    reseller: LazyReseller | None = to_one(
        "reseller_id", description="Whose it is; null: the administration's, or one above you."
    )
    created_at: datetime = column(description="When it was made.")


@strawberry.input(description="A new rate group.")
class RateGroupCreateInput:
    """Named here, priced at the switch."""

    idempotency_key: str | None = idempotency_key()
    name: str = required("The name; 1-80 characters, used once within its owner.")
    reseller_id: strawberry.ID | None = optional(
        "Whose it becomes; absent: the administration's, or the calling reseller's."
    )


@strawberry.input(description="What to change: absent keeps, a value sets.")
class RateGroupUpdateInput:
    """Nothing of it can be cleared."""

    id: strawberry.ID = required("The rate group.")
    expected_version: int | None = optional("The version that was seen; another one: refused.")
    name: str | None = optional("The name; 1-80 characters.")
    status: ActiveStatus | None = optional("INACTIVE: accounts keep it, none can take it.")


@strawberry.type(description="What rateGroupCreate answers.")
class RateGroupCreatePayload(Payload):
    """The new rate group."""

    rate_group_id: strawberry.Private[UUID | None] = None
    rate_group: RateGroup | None = loaded(description="The rate group.")


@strawberry.type(description="What rateGroupUpdate answers.")
class RateGroupUpdatePayload(Payload):
    """The rate group after the change."""

    rate_group_id: strawberry.Private[UUID | None] = None
    rate_group: RateGroup | None = loaded(description="The rate group.")


@strawberry.type
class RateGroupQueries:
    """What a form offers."""

    rate_groups: Connection[RateGroup] = root_list(
        order=BY_NAME,
        permission="customers:read",
        description="Rate groups that the viewer sees, by name.",
    )


@strawberry.type
class RateGroupMutations:
    """For one's own rate groups and those of resellers below."""

    @mutation(permission="rates:write", description="Makes a rate group.")
    async def rate_group_create(
        self,
        info: Info,
        input: RateGroupCreateInput,
    ) -> RateGroupCreatePayload | None:
        """Add a price list."""
        draft = RateGroupDraft(**drafted(input))
        made = await RateGroupRow.introduce(draft, info.context.signed_in)
        return RateGroupCreatePayload(rate_group_id=made)

    @mutation(permission="rates:write", description="Renames a rate group or switches it.")
    async def rate_group_update(
        self,
        info: Info,
        input: RateGroupUpdateInput,
    ) -> RateGroupUpdatePayload | None:
        """Change a price list."""
        group = row_id("RateGroup", input.id) or NOBODY
        patch = PickListPatch(patched(input))
        wanted = Alteration(group, patch, said(input.expected_version))
        await RateGroupRow.revise(wanted, info.context.signed_in)
        return RateGroupUpdatePayload(rate_group_id=group)
