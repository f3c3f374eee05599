"""Attaching, moving and retiring switches through the API."""

from uuid import UUID

import strawberry

from models.rules.enums import SwitchKind, SwitchNodeState
from models.rules.switch_node import NodeDraft, NodePatch
from models.switch.node import SwitchNode as SwitchNodeRow
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import drafted, idempotency_key, optional, patched, required, row_id, said
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import loaded
from schema.repeats import shown_once
from schema.switch.switch_node import SwitchNode

_ADDRESS = "FreeSWITCH: host:port of the event socket; Kamailio: the URL of its JSON-RPC."
_SECRET = "The event socket's password, or the bearer token of the RPC."  # noqa: S105 - a sentence


@strawberry.input(description="A switch to attach.")
class SwitchNodeCreateInput:
    """For the administration only."""

    idempotency_key: str | None = idempotency_key()
    name: str = required("What people call it.")
    kind: SwitchKind = required("Its software.")
    address: str = required(_ADDRESS)
    profiles: list[str] | None = optional("The SIP profiles that devices register at.")
    secret: str | None = optional(_SECRET)

    def to_draft(self) -> NodeDraft:
        """What the rules judge."""
        return NodeDraft(**drafted(self))


@strawberry.input(description="Changes to a switch; what is absent stays.")
class SwitchNodeUpdateInput:
    """For the administration only."""

    id: strawberry.ID = required("The switch.")
    expected_version: int | None = optional("The version that the caller has seen.")
    address: str | None = optional(_ADDRESS)
    profiles: list[str] | None = optional("The SIP profiles that devices register at.")
    secret: str | None = optional(_SECRET + " null clears.")
    state: SwitchNodeState | None = optional("ACTIVE or DRAINING.")

    def to_draft(self) -> NodePatch:
        """What the rules judge."""
        return NodePatch(patched(self))


@strawberry.input(description="A switch to retire.")
class SwitchNodeRetireInput:
    """For the administration only."""

    id: strawberry.ID = required("The switch.")


@strawberry.type(description="What switchNodeCreate answers.")
class SwitchNodeCreatePayload(Payload):
    """The switch, and its credentials for the directory this once."""

    switch_node_id: strawberry.Private[UUID | None] = None
    switch_node: SwitchNode | None = loaded(description="The switch.")
    directory_user: str | None = strawberry.field(
        default=None, description="What it signs in to the directory listener with."
    )
    directory_password: str | None = shown_once("Its password there; shown here and never again.")


@strawberry.type(description="What switchNodeUpdate answers.")
class SwitchNodeUpdatePayload(Payload):
    """The switch as it is now."""

    switch_node_id: strawberry.Private[UUID | None] = None
    switch_node: SwitchNode | None = loaded(description="The switch.")


@strawberry.type(description="What switchNodeRetire answers.")
class SwitchNodeRetirePayload(Payload):
    """The switch as it is now."""

    switch_node_id: strawberry.Private[UUID | None] = None
    switch_node: SwitchNode | None = loaded(description="The switch.")


@strawberry.type
class SwitchNodeMutations:
    """For the administration only."""

    @mutation(
        permission="switches:write",
        description="Attaches a switch and makes its credentials for the directory.",
    )
    async def switch_node_create(
        self,
        info: Info,
        input: SwitchNodeCreateInput,
    ) -> SwitchNodeCreatePayload | None:
        """Attach a switch."""
        made = await SwitchNodeRow.attach(info.context.signed_in, input.to_draft())
        return SwitchNodeCreatePayload(
            switch_node_id=made.node_id,
            directory_user=made.directory_user,
            directory_password=made.directory_password,
        )

    @mutation(permission="switches:write", description="Changes where a switch is, or drains it.")
    async def switch_node_update(
        self,
        info: Info,
        input: SwitchNodeUpdateInput,
    ) -> SwitchNodeUpdatePayload | None:
        """Change a switch."""
        node_id = row_id("SwitchNode", input.id) or NOBODY
        expected, patch = said(input.expected_version), input.to_draft()
        await SwitchNodeRow.change(info.context.signed_in, node_id, expected, patch)
        return SwitchNodeUpdatePayload(switch_node_id=node_id)

    @mutation(
        permission="switches:write",
        description="Refuses a switch from now on; nothing waits for it any more.",
    )
    async def switch_node_retire(
        self,
        info: Info,
        input: SwitchNodeRetireInput,
    ) -> SwitchNodeRetirePayload | None:
        """Retire a switch."""
        node_id = row_id("SwitchNode", input.id) or NOBODY
        await SwitchNodeRow.retire(info.context.signed_in, node_id)
        return SwitchNodeRetirePayload(switch_node_id=node_id)
