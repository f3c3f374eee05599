"""IP settings: networks whose calls are an account's without a SIP sign-in.

Which networks may be listed is a rule of the models.
"""

from datetime import datetime
from uuid import UUID

import strawberry

from models.panel.ip_setting import IpSetting as IpSettingRow
from models.rules.enums import ActiveStatus
from models.rules.panel import IpSettingDraft
from schema.accounts.sources import CUSTOMERS
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import idempotency_key, optional, patched, required, row_id, said
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import Node, Source, column, loaded, node, through
from schema.scalars import IpNetwork

IP_SETTINGS = Source(
    table="ip_settings", visible=through("account_id", CUSTOMERS), permission="customers:read"
)


@node(IP_SETTINGS, description="A network whose calls are taken as an account's.")
class IpSetting(Node):
    """Requirement heading: IP Settings."""

    version: int = column(description="Rises with each change.")
    name: str = column(description="A name for people.")
    network: IpNetwork = column(description="The network, host bits zero.")
    prefix: str | None = column(
        "nullif({t}.prefix, '')", description="What is dialled before the number."
    )
    status: ActiveStatus = column(description="Whether calls are taken from it.")
    created_at: datetime = column(description="When it was listed.")
    updated_at: datetime = column(description="When it was last changed.")


@strawberry.input(description="A network to list.")
class IpSettingCreateInput:
    """Requirement heading: IP Settings."""

    idempotency_key: str | None = idempotency_key()
    customer_id: strawberry.ID = required("Whose calls come from it.")
    name: str = required("A name for people; 1-80 characters.")
    network: str = required("An address or a CIDR network with host bits zero.")
    prefix: str | None = optional("What is dialled before the number; at most 20 of 0-9 * #.")
    status: ActiveStatus | None = optional("In use or not.", default=ActiveStatus.ACTIVE)

    def to_draft(self) -> IpSettingDraft:
        """The draft of the setting."""
        return IpSettingDraft(self.name, self.network, said(self.prefix) or "")


@strawberry.input(description="What to change; absent keeps.")
class IpSettingUpdateInput:
    """The network itself does not change: list another one."""

    id: strawberry.ID = required("The setting.")
    expected_version: int | None = optional("The version that was seen.")
    name: str | None = optional("A name for people; 1-80 characters.")
    prefix: str | None = optional("What is dialled before the number; empty: nothing.")
    status: ActiveStatus | None = optional("In use or not.")


@strawberry.input(description="The network to remove.")
class IpSettingDeleteInput:
    """Switches forget it with their next list."""

    id: strawberry.ID = required("The setting.")


@strawberry.type(description="What ipSettingCreate answers.")
class IpSettingCreatePayload(Payload):
    """The new setting."""

    ip_setting_id: strawberry.Private[UUID | None] = None
    ip_setting: IpSetting | None = loaded(description="The setting.")


@strawberry.type(description="What ipSettingUpdate answers.")
class IpSettingUpdatePayload(Payload):
    """The changed setting."""

    ip_setting_id: strawberry.Private[UUID | None] = None
    ip_setting: IpSetting | None = loaded(description="The setting.")


@strawberry.type(description="What ipSettingDelete answers.")
class IpSettingDeletePayload(Payload):
    """What is gone."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of what was removed."
    )


@strawberry.type
class IpSettingMutations:
    """Staff and resellers for accounts they see; accounts themselves with managesOwnIps."""

    @mutation(permission="panel:write", description="Takes calls from a network as an account's.")
    async def ip_setting_create(
        self,
        info: Info,
        input: IpSettingCreateInput,
    ) -> IpSettingCreatePayload | None:
        """List a network."""
        customer = row_id("Customer", input.customer_id) or NOBODY
        status = said(input.status) or ActiveStatus.ACTIVE
        setting_id = await IpSettingRow.list_network(
            info.context.signed_in, customer, input.to_draft(), status
        )
        return IpSettingCreatePayload(ip_setting_id=setting_id)

    @mutation(permission="panel:write", description="Changes name, prefix or status of a network.")
    async def ip_setting_update(
        self,
        info: Info,
        input: IpSettingUpdateInput,
    ) -> IpSettingUpdatePayload | None:
        """Change a network."""
        setting_id = row_id("IpSetting", input.id) or NOBODY
        await IpSettingRow.change(
            info.context.signed_in, setting_id, said(input.expected_version), patched(input)
        )
        return IpSettingUpdatePayload(ip_setting_id=setting_id)

    @mutation(permission="panel:write", description="Takes no more calls from a network.")
    async def ip_setting_delete(
        self,
        info: Info,
        input: IpSettingDeleteInput,
    ) -> IpSettingDeletePayload | None:
        """Unlist a network."""
        await IpSettingRow.unlist(info.context.signed_in, row_id("IpSetting", input.id) or NOBODY)
        return IpSettingDeletePayload(deleted_id=input.id)
