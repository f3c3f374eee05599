"""Opening customers and providers through the API."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from models.accounts.account import Account
from models.accounts.opening import Opened
from models.rules.draft import CustomerDraft
from models.rules.enums import SecretReason
from schema.accounts.customer import Customer
from schema.accounts.customer_inputs import CustomerCreateInput, ProviderCreateInput
from schema.context import Info
from schema.mutations import mutation
from schema.payloads import IssuedSecret, Payload
from schema.reads import loaded

if TYPE_CHECKING:
    from schema.panel.sip_device import SipDevice

LazySipDevice = Annotated["SipDevice", strawberry.lazy("schema.panel.sip_device")]


@strawberry.type
class _OpenedPayload(Payload):
    """What opening an account answers; its secrets are shown here and never again."""

    customer_id: strawberry.Private[UUID | None] = None
    sip_device_id: strawberry.Private[UUID | None] = None
    customer: Customer | None = loaded(description="The account.")
    portal_secret: IssuedSecret | None = strawberry.field(
        default=None, description="Its login at the portal, with the password if it was generated."
    )
    pin_secret: IssuedSecret | None = strawberry.field(
        default=None, description="Its calling-card PIN, if it has one."
    )
    sip_device: LazySipDevice | None = loaded(description="Its SIP device, if one was made.")
    sip_secret: IssuedSecret | None = strawberry.field(
        default=None, description="The secret of that device."
    )


@strawberry.type(description="What customerCreate answers.")
class CustomerCreatePayload(_OpenedPayload):
    """The new customer."""


@strawberry.type(description="What providerCreate answers.")
class ProviderCreatePayload(_OpenedPayload):
    """The new provider."""


@strawberry.type
class CustomerMutations:
    """Requirement headings: Create Customer, Create Provider."""

    @mutation(
        permission="customers:create",
        description="Opens a customer's account, with a SIP device and opening balance if asked.",
    )
    async def customer_create(
        self,
        info: Info,
        input: CustomerCreateInput,
    ) -> CustomerCreatePayload | None:
        """Open a customer."""
        draft = input.to_draft()
        opened = await Account.open(info.context.signed_in, draft)
        return CustomerCreatePayload(**_shown(opened, draft))

    @mutation(
        permission="providers:create",
        description="Opens a provider's account: a carrier that is also billed as a customer.",
    )
    async def provider_create(
        self,
        info: Info,
        input: ProviderCreateInput,
    ) -> ProviderCreatePayload | None:
        """Open a provider."""
        draft = input.to_draft()
        opened = await Account.open(info.context.signed_in, draft)
        return ProviderCreatePayload(**_shown(opened, draft))


def _shown(opened: Opened, draft: CustomerDraft) -> dict[str, Any]:
    device = opened.device
    pin = _secret(opened.number, opened.pin) if opened.pin or draft.pin else None
    return {
        "customer_id": opened.account_id,
        "portal_secret": _secret(opened.number, opened.password),
        "pin_secret": pin,
        "sip_device_id": device.device_id if device else None,
        "sip_secret": (
            _secret(device.username, None if draft.sip_password else device.secret)
            if device
            else None
        ),
    }


def _secret(username: str, secret: str | None) -> IssuedSecret:
    reason = SecretReason.GIVEN_BY_CALLER if secret is None else None
    return IssuedSecret(username=username, secret=secret, reason=reason)
