"""Opening, changing and switching resellers through the API."""

from decimal import Decimal
from uuid import UUID

import strawberry

from models.accounts.reseller import Reseller as ResellerVerbs
from models.accounts.reseller_opening import OpenedReseller
from models.rules.draft import ResellerDraft
from models.rules.enums import AccountType, BillingSchedule, SecretReason
from models.rules.patch import ResellerPatch
from schema.accounts.customer_inputs import PostalAddressInput
from schema.accounts.reseller import Reseller
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import drafted, idempotency_key, optional, patched, required, row_id, said
from schema.mutations import mutation
from schema.payloads import IssuedSecret, Payload
from schema.reads import loaded
from schema.scalars import CurrencyCode, EmailAddress, PhoneNumber, TimeZone


@strawberry.input(description="A new reseller.")
class ResellerCreateInput:
    """Requirement heading: Create Reseller."""

    idempotency_key: str | None = idempotency_key()
    parent_id: strawberry.ID | None = optional(
        "The reseller above; absent: the administration, or the calling reseller."
    )
    number: str | None = optional("1-20 of letters, digits and + - _ .; absent: ten random digits.")
    password: str | None = optional("Portal password; absent: generated and shown once.")
    email: EmailAddress = required("Address, also a login.")
    first_name: str = required("First name; 1-80 characters.")
    last_name: str | None = optional("Last name; at most 80 characters.")
    company: str | None = optional("Company; at most 80 characters.")
    phone: PhoneNumber | None = optional("Telephone number; at most 32 characters.")
    address: PostalAddressInput | None = optional("Postal address.")
    time_zone: TimeZone | None = optional("Time zone; absent: the owner's.")
    currency_code: CurrencyCode | None = optional("Currency; absent: the owner's.")
    credit_limit: Decimal | None = optional("How far below zero it may go; postpaid only.")
    opening_balance: Decimal | None = optional("Funds to begin with; prepaid only.")
    type: AccountType | None = optional("Prepaid or postpaid.", default=AccountType.PREPAID)
    billing_schedule: BillingSchedule | None = optional(
        "How often it is invoiced.", default=BillingSchedule.MONTHLY
    )
    billing_day: int | None = optional("Day 1-31 of a monthly schedule; absent: today's.")
    rate_group_id: strawberry.ID | None = optional("What it pays; an active group of its owner.")
    permissions: list[str] | None = optional(
        "Words of the catalogue; absent: what resellers start with, as far as the caller has it."
    )
    realm: str | None = optional("SIP realm, a host name; absent: made from the number.")


@strawberry.input(description="What to change: absent keeps, null clears, a value sets.")
class ResellerUpdateInput:
    """Requirement heading: Edit Reseller."""

    id: strawberry.ID = required("The reseller.")
    expected_version: int | None = optional("The version that was seen; another one: refused.")
    email: EmailAddress | None = optional("Address, also a login.")
    first_name: str | None = optional("First name; 1-80 characters.")
    last_name: str | None = optional("Last name; at most 80 characters.")
    company: str | None = optional("Company; at most 80 characters.")
    phone: PhoneNumber | None = optional("Telephone number; at most 32 characters.")
    address: PostalAddressInput | None = optional("What is absent in it stays; null clears all.")
    time_zone: TimeZone | None = optional("Time zone; the open billing period ends by it.")
    credit_limit: Decimal | None = optional("How far below zero it may go; postpaid only.")
    rate_group_id: strawberry.ID | None = optional("What it pays; an active group of its owner.")
    permissions: list[str] | None = optional("Words of the catalogue that the caller holds.")


@strawberry.input(description="Which reseller to switch on.")
class ResellerActivateInput:
    """Repeats without harm."""

    id: strawberry.ID = required("The reseller.")
    expected_version: int | None = optional("The version that was seen; another one: refused.")


@strawberry.input(description="Which reseller to switch off.")
class ResellerDeactivateInput:
    """Repeats without harm."""

    id: strawberry.ID = required("The reseller.")
    expected_version: int | None = optional("The version that was seen; another one: refused.")


@strawberry.type(description="What resellerCreate answers.")
class ResellerCreatePayload(Payload):
    """The new reseller; its password is shown here and never again."""

    reseller_id: strawberry.Private[UUID | None] = None
    reseller: Reseller | None = loaded(description="The reseller.")
    portal_secret: IssuedSecret | None = strawberry.field(
        default=None, description="Its login at the portal, with the password if it was generated."
    )


@strawberry.type(description="What resellerUpdate answers.")
class ResellerUpdatePayload(Payload):
    """The reseller after the change."""

    reseller_id: strawberry.Private[UUID | None] = None
    reseller: Reseller | None = loaded(description="The reseller.")


@strawberry.type(description="What resellerActivate answers.")
class ResellerActivatePayload(Payload):
    """The reseller, switched on."""

    reseller_id: strawberry.Private[UUID | None] = None
    reseller: Reseller | None = loaded(description="The reseller.")


@strawberry.type(description="What resellerDeactivate answers.")
class ResellerDeactivatePayload(Payload):
    """The reseller, switched off with everything below it."""

    reseller_id: strawberry.Private[UUID | None] = None
    reseller: Reseller | None = loaded(description="The reseller.")


@strawberry.type
class ResellerMutations:
    """For resellers below the viewer."""

    @mutation(
        permission="resellers:write",
        description="Opens a reseller with wallet, login and, if asked, an opening balance.",
    )
    async def reseller_create(
        self,
        info: Info,
        input: ResellerCreateInput,
    ) -> ResellerCreatePayload | None:
        """Open a reseller."""
        draft = ResellerDraft(**drafted(input))
        viewer = info.context.signed_in
        opened = await ResellerVerbs.open(viewer, draft)
        info.context.viewer = viewer.seeing(opened.account_id)
        return ResellerCreatePayload(
            reseller_id=opened.account_id, portal_secret=_portal_secret(opened)
        )

    @mutation(
        permission="resellers:write",
        description="Changes a reseller's profile, credit limit, rate group or permissions.",
    )
    async def reseller_update(
        self,
        info: Info,
        input: ResellerUpdateInput,
    ) -> ResellerUpdatePayload | None:
        """Change a reseller."""
        reseller = row_id("Reseller", input.id) or NOBODY
        patch = ResellerPatch(patched(input))
        version = said(input.expected_version)
        await ResellerVerbs.change(info.context.signed_in, reseller, patch, version)
        return ResellerUpdatePayload(reseller_id=reseller)

    @mutation(permission="resellers:write", description="Switches a reseller on again.")
    async def reseller_activate(
        self,
        info: Info,
        input: ResellerActivateInput,
    ) -> ResellerActivatePayload | None:
        """Switch on."""
        reseller = row_id("Reseller", input.id) or NOBODY
        version = said(input.expected_version)
        await ResellerVerbs.activate(info.context.signed_in, reseller, version)
        return ResellerActivatePayload(reseller_id=reseller)

    @mutation(
        permission="resellers:write",
        description="Switches a reseller off, and with it everything below it.",
    )
    async def reseller_deactivate(
        self,
        info: Info,
        input: ResellerDeactivateInput,
    ) -> ResellerDeactivatePayload | None:
        """Switch off."""
        reseller = row_id("Reseller", input.id) or NOBODY
        version = said(input.expected_version)
        await ResellerVerbs.deactivate(info.context.signed_in, reseller, version)
        return ResellerDeactivatePayload(reseller_id=reseller)


def _portal_secret(opened: OpenedReseller) -> IssuedSecret:
    reason = SecretReason.GIVEN_BY_CALLER if opened.password is None else None
    return IssuedSecret(username=opened.number, secret=opened.password, reason=reason)
