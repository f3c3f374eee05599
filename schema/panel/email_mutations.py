"""Sending a mail again."""

from uuid import UUID

import strawberry

from models.mail.resending import resend
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import idempotency_key, required, row_id
from schema.mutations import mutation
from schema.panel.email import Email
from schema.payloads import Payload
from schema.reads import loaded


@strawberry.input(description="The mail to send again.")
class EmailResendInput:
    """Requirement heading: Emails."""

    idempotency_key: str | None = idempotency_key()
    id: strawberry.ID = required("The mail.")


@strawberry.type(description="What emailResend answers.")
class EmailResendPayload(Payload):
    """The mail that was queued anew."""

    email_id: strawberry.Private[UUID | None] = None
    email: Email | None = loaded(description="The new mail.")


@strawberry.type
class EmailMutations:
    """For whoever looks after an account."""

    @mutation(
        permission="panel:write",
        description="Sends a mail again, to where its account's mails go today.",
    )
    async def email_resend(
        self,
        info: Info,
        input: EmailResendInput,
    ) -> EmailResendPayload | None:
        """Queue it anew."""
        viewer = info.context.signed_in
        return EmailResendPayload(
            email_id=await resend(viewer, row_id("Email", input.id) or NOBODY)
        )
