"""Secrets of a customer, issued anew: portal password and calling-card PIN."""

from uuid import UUID

import strawberry

from models.accounts.changing import Asked
from models.accounts.issuing import issue_password, mail_password_link, reset_pin
from models.rules.enums import SecretReason
from schema.accounts.customer import Customer
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import idempotency_key, optional, required, row_id, said
from schema.mutations import mutation
from schema.payloads import IssuedSecret, Payload
from schema.reads import loaded


@strawberry.input(description="The customer that is to get a new password.")
class CustomerPasswordIssueInput:
    """Also for accounts made in bulk, which begin without one."""

    idempotency_key: str | None = idempotency_key()
    id: strawberry.ID = required("The customer.")
    send_link: bool | None = optional(
        "Mail a link to set one instead of generating it.", default=False
    )


@strawberry.input(description="The customer that is to get a new PIN.")
class CustomerPinResetInput:
    """Requirement heading: Calling Card Pin."""

    idempotency_key: str | None = idempotency_key()
    id: strawberry.ID = required("The customer.")
    pin: str | None = optional("Digits, at most 12; absent: drawn and shown once.")


@strawberry.type(description="What customerPasswordIssue answers.")
class CustomerPasswordIssuePayload(Payload):
    """The new password, unless a link was mailed."""

    customer_id: strawberry.Private[UUID | None] = None
    customer: Customer | None = loaded(description="The customer.")
    portal_secret: IssuedSecret | None = strawberry.field(
        default=None, description="Its login with the new password; null when a link was mailed."
    )


@strawberry.type(description="What customerPinReset answers.")
class CustomerPinResetPayload(Payload):
    """The new PIN."""

    customer_id: strawberry.Private[UUID | None] = None
    customer: Customer | None = loaded(description="The customer.")
    pin_secret: IssuedSecret | None = strawberry.field(
        default=None, description="Its PIN, unless the caller chose it."
    )


@strawberry.type
class CustomerSecretMutations:
    """For accounts one sees."""

    @mutation(
        permission="customers:create",
        description="Gives a customer a new password, or mails a link to set one.",
    )
    async def customer_password_issue(
        self,
        info: Info,
        input: CustomerPasswordIssueInput,
    ) -> CustomerPasswordIssuePayload | None:
        """Issue a password."""
        asked = Asked(info.context.signed_in, row_id("Customer", input.id) or NOBODY)
        if said(input.send_link):
            await mail_password_link(asked)
            return CustomerPasswordIssuePayload(customer_id=asked.account_id)
        number, password = await issue_password(asked)
        return CustomerPasswordIssuePayload(
            customer_id=asked.account_id,
            portal_secret=IssuedSecret(username=number, secret=password),
        )

    @mutation(permission="customers:create", description="Gives a customer a new PIN.")
    async def customer_pin_reset(
        self,
        info: Info,
        input: CustomerPinResetInput,
    ) -> CustomerPinResetPayload | None:
        """Reset a PIN."""
        asked = Asked(info.context.signed_in, row_id("Customer", input.id) or NOBODY)
        chosen = said(input.pin)
        number, pin = await reset_pin(asked, chosen)
        return CustomerPinResetPayload(
            customer_id=asked.account_id,
            pin_secret=IssuedSecret(
                username=number,
                secret=None if chosen else pin,
                reason=SecretReason.GIVEN_BY_CALLER if chosen else None,
            ),
        )
