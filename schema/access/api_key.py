"""API keys: credentials of programs, made and revoked by their owners."""

from datetime import datetime
from uuid import UUID

import strawberry

from models.access.api_key import ApiKey as ApiKeyVerbs
from models.rules.access_draft import ApiKeyDraft
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import drafted, idempotency_key, optional, required, row_id
from schema.mutations import mutation
from schema.payloads import Payload
from schema.permissions import SIGNED_IN
from schema.reads import Node, Order, Source, Visible, column, loaded, node, root_items
from schema.repeats import shown_once

API_KEYS = Source(
    table="api_keys",
    visible=Visible(
        staff="{t}.staff_id = {principal_id}",
        reseller="{t}.account_id = {principal_id}",
        customer="{t}.account_id = {principal_id}",
    ),
)
"""Everybody sees their own alone."""


@node(API_KEYS, description="A credential of a program that acts for the viewer.")
class ApiKey(Node):
    """The key itself is shown once and kept as a hash."""

    name: str = column(description="What it is for.")
    permissions: list[str] = column(
        description="What it may do, as far as its owner still may; words of the catalogue."
    )
    created_at: datetime = column(description="When it was made.")
    expires_at: datetime | None = column(description="From when on it is refused; null: never.")
    last_used_at: datetime | None = column(description="When it was last used, to the minute.")
    revoked_at: datetime | None = column(description="When it was revoked; null: it is not.")


@strawberry.input(description="A new API key.")
class ApiKeyCreateInput:
    """Made with a session only: a key makes no key."""

    idempotency_key: str | None = idempotency_key()
    name: str = required("What it is for; 1-80 characters.")
    permissions: list[str] = required("At least one word of the catalogue that the viewer holds.")
    expires_at: datetime | None = optional("From when on it is refused; absent: never.")


@strawberry.input(description="Which key to end.")
class ApiKeyRevokeInput:
    """Repeats without harm."""

    id: strawberry.ID = required("The API key.")


@strawberry.type(description="What apiKeyCreate answers.")
class ApiKeyCreatePayload(Payload):
    """The key is shown here and never again."""

    api_key_id: strawberry.Private[UUID | None] = None
    api_key: ApiKey | None = loaded(description="The key, without its secret.")
    secret: str | None = shown_once(
        "Send it as `Authorization: Bearer …`; null when the call is repeated."
    )


@strawberry.type(description="What apiKeyRevoke answers.")
class ApiKeyRevokePayload(Payload):
    """The key, refused from now on."""

    api_key_id: strawberry.Private[UUID | None] = None
    api_key: ApiKey | None = loaded(description="The key.")


@strawberry.type
class ApiKeyQueries:
    """The viewer's own."""

    api_keys: list[ApiKey] = root_items(
        order=Order("created_at", "timestamptz", descending=True),
        permission=SIGNED_IN,
        description="The viewer's API keys, revoked ones too, newest first.",
    )


@strawberry.type
class ApiKeyMutations:
    """For the viewer itself."""

    @mutation(
        permission=SIGNED_IN,
        description="Makes an API key with some of the viewer's permissions.",
    )
    async def api_key_create(
        self,
        info: Info,
        input: ApiKeyCreateInput,
    ) -> ApiKeyCreatePayload | None:
        """Make a key."""
        granted = await ApiKeyVerbs.grant(ApiKeyDraft(**drafted(input)), info.context.signed_in)
        return ApiKeyCreatePayload(api_key_id=granted.id, secret=granted.secret)

    @mutation(permission=SIGNED_IN, description="Ends one of the viewer's API keys.")
    async def api_key_revoke(
        self,
        info: Info,
        input: ApiKeyRevokeInput,
    ) -> ApiKeyRevokePayload | None:
        """End a key."""
        key = row_id("ApiKey", input.id) or NOBODY
        await ApiKeyVerbs.revoke(key, info.context.signed_in)
        return ApiKeyRevokePayload(api_key_id=key)
