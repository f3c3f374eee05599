"""Sessions: signing in and out, and where one is signed in."""

from datetime import datetime
from uuid import UUID

import strawberry

from models.access.session import Session as SessionVerbs
from schema.access.viewer import Viewer
from schema.context import Info
from schema.inputs import optional, required
from schema.mutations import mutation
from schema.payloads import Payload
from schema.permissions import PUBLIC, SIGNED_IN
from schema.reads import Node, Order, Source, Visible, column, loaded, node, root_items

SESSIONS = Source(
    table="sessions",
    only="{t}.expires_at > now()",
    visible=Visible(
        staff="{t}.staff_id = {principal_id}",
        reseller="{t}.account_id = {principal_id}",
        customer="{t}.account_id = {principal_id}",
    ),
)
"""Live sessions; everybody sees their own alone."""


@node(SESSIONS, description="One place where the viewer is signed in.")
class Session(Node):
    """Ends 12 hours after its last use, at most 30 days after its start."""

    created_at: datetime = column(description="When it was opened.")
    last_used_at: datetime = column(description="When it was last used, to the minute.")
    expires_at: datetime = column(description="When it ends unless it is used.")
    address: str | None = column(description="The network address it was opened from.")
    user_agent: str | None = column(description="The program it was opened with.")
    current: bool = column(
        "coalesce({t}.id = {session_id}, false)", description="Whether this request came with it."
    )


@strawberry.input(description="A login and its password.")
class SessionCreateInput:
    """Staff sign in by address."""

    login: str = required("The account number or e-mail address.")
    password: str = required("The portal password.")


@strawberry.input(description="What to sign out of.")
class SessionDeleteInput:
    """Ends the session the request came with, unless told otherwise."""

    all: bool | None = optional("Every session of the viewer.", default=False)


@strawberry.type(description="What sessionCreate answers.")
class SessionCreatePayload(Payload):
    """The token is shown here and never again."""

    token: str | None = strawberry.field(
        default=None, description="Send it as `Authorization: Bearer …`; shown this once."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends unless it is used: 12 hours from now."
    )
    viewer_id: strawberry.Private[UUID | None] = None
    viewer: Viewer | None = loaded(description="Who has signed in.")
    challenge: str | None = strawberry.field(
        default=None, description="Always null until there is a second factor."
    )


@strawberry.type(description="What sessionDelete answers.")
class SessionDeletePayload(Payload):
    """How much was signed out of."""

    deleted: int | None = strawberry.field(
        default=None, description="How many sessions ended; 0 for an API key."
    )


@strawberry.type
class SessionQueries:
    """The viewer's own."""

    sessions: list[Session] = root_items(
        order=Order("last_used_at", "timestamptz", descending=True),
        permission=SIGNED_IN,
        description="Where the viewer is signed in, the last used first.",
    )


@strawberry.type
class SessionMutations:
    """Signing in and out."""

    @mutation(
        permission=PUBLIC,
        description=(
            "Signs in. An unknown login and a wrong password get the same answer; after ten failed "
            "tries in fifteen minutes one has to wait."
        ),
    )
    async def session_create(
        self,
        info: Info,
        input: SessionCreateInput,
    ) -> SessionCreatePayload | None:
        """Sign in; what the answer shows below `viewer` is seen with the new viewer's eyes."""
        caller = info.context.caller
        opened = await SessionVerbs.open(
            input.login, input.password, caller.address, caller.user_agent
        )
        info.context.viewer = opened.viewer
        return SessionCreatePayload(
            token=opened.token,
            expires_at=opened.expires_at,
            viewer_id=opened.viewer.principal_id,
        )

    @mutation(permission=SIGNED_IN, description="Signs out of this session, or of all.")
    async def session_delete(
        self,
        info: Info,
        input: SessionDeleteInput,
    ) -> SessionDeletePayload | None:
        """Sign out."""
        ended = await SessionVerbs.end(info.context.signed_in, everywhere=bool(input.all))
        return SessionDeletePayload(deleted=ended)
