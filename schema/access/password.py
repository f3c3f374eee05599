"""Passwords of the portal: changed by their owner, or set anew by a mailed link."""

from uuid import UUID

import strawberry

from models.access.portal_password import change_password, request_reset, reset_password
from schema.access.viewer import Viewer
from schema.context import Info
from schema.inputs import required
from schema.mutations import mutation
from schema.payloads import Payload
from schema.permissions import PUBLIC, SIGNED_IN
from schema.reads import loaded


@strawberry.input(description="The present password and the new one.")
class PasswordChangeInput:
    """Everybody changes their own."""

    current: str = required("The present password.")
    new: str = required(
        "At least 12 characters, or 8 with three of: lower case, upper case, digits, others."
    )


@strawberry.input(description="Whose password is forgotten.")
class PasswordResetRequestInput:
    """Nothing tells whether this is anybody."""

    login: str = required("The account number or e-mail address.")


@strawberry.input(description="A mailed link and the new password.")
class PasswordResetInput:
    """A link works once."""

    token: str = required("The token in the mailed link.")
    new: str = required(
        "At least 12 characters, or 8 with three of: lower case, upper case, digits, others."
    )


@strawberry.type(description="What passwordChange answers.")
class PasswordChangePayload(Payload):
    """Every other session of the viewer has ended."""

    viewer_id: strawberry.Private[UUID | None] = None
    viewer: Viewer | None = loaded(description="Whose password was changed.")


@strawberry.type(description="What passwordResetRequest answers.")
class PasswordResetRequestPayload(Payload):
    """The same for every login."""

    accepted: bool | None = strawberry.field(
        default=None, description="true for every login; a mail goes out if it is somebody's."
    )


@strawberry.type(description="What passwordReset answers.")
class PasswordResetPayload(Payload):
    """Every session of the account has ended."""

    accepted: bool | None = strawberry.field(
        default=None, description="Whether the new password is set."
    )


@strawberry.type
class PasswordMutations:
    """With the present password, or by a mailed link."""

    @mutation(
        permission=SIGNED_IN,
        description="Sets a new password for the viewer and ends its other sessions.",
    )
    async def password_change(
        self,
        info: Info,
        input: PasswordChangeInput,
    ) -> PasswordChangePayload | None:
        """Change one's own password."""
        viewer = info.context.signed_in
        await change_password(viewer, input.current, input.new)
        return PasswordChangePayload(viewer_id=viewer.principal_id)

    @mutation(
        permission=PUBLIC,
        description="Mails a link to set a new password, good for thirty minutes and one use.",
    )
    async def password_reset_request(
        self,
        info: Info,
        input: PasswordResetRequestInput,
    ) -> PasswordResetRequestPayload | None:
        """Ask for a link."""
        await request_reset(input.login, info.context.caller.address)
        return PasswordResetRequestPayload(accepted=True)

    @mutation(
        permission=PUBLIC, description="Sets a new password by a mailed link and ends all sessions."
    )
    async def password_reset(
        self,
        info: Info,  # noqa: ARG002 - every mutation takes it
        input: PasswordResetInput,
    ) -> PasswordResetPayload | None:
        """Use a link."""
        await reset_password(input.token, input.new)
        return PasswordResetPayload(accepted=True)
