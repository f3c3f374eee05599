"""Changing a customer through the API: the three-state form, and switching it on and off."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from models.accounts.account import Account
from models.accounts.changing import Asked
from models.rules.enums import BillingSchedule, CliPool
from schema.accounts.customer import Customer
from schema.accounts.customer_inputs import PostalAddressInput
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import optional, patched, required, row_id, said
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import loaded
from schema.scalars import EmailAddress, PhoneNumber, TimeZone


@strawberry.input(description="What to change: absent keeps, null clears, a value sets.")
class CustomerUpdateInput:
    """Requirement heading: Customer Edit."""

    id: strawberry.ID = required("The customer.")
    expected_version: int | None = optional("The version that was seen; another one: refused.")
    email: EmailAddress | None = optional("Address, also a login.")
    concurrent_calls: int | None = optional("Calls at a time, 0-100000; 0: unlimited.")
    calls_per_second: int | None = optional("New calls in a second, 0-100000; 0: unlimited.")
    localization_id: strawberry.ID | None = optional("How numbers are rewritten.")
    allows_local_calls: bool | None = optional("Calls within this house.")
    notifications_enabled: bool | None = optional("Mails besides security ones.")
    payment_gateway_allowed: bool | None = optional("Refills by payment gateway.")
    records_calls: bool | None = optional("Record its calls.")
    manages_own_ips: bool | None = optional("It may change its own IP settings.")
    first_name: str | None = optional("First name; 1-80 characters.")
    last_name: str | None = optional("Last name; at most 80 characters.")
    company: str | None = optional("Company; at most 80 characters.")
    phone: PhoneNumber | None = optional("Telephone number; at most 32 characters.")
    mobile: PhoneNumber | None = optional("Mobile number; at most 32 characters.")
    notification_email: EmailAddress | None = optional("Where mails go instead of `email`.")
    address: PostalAddressInput | None = optional("What is absent in it stays; null clears all.")
    time_zone: TimeZone | None = optional("Time zone; the open billing period ends by it.")
    expires_at: datetime | None = optional("From when on it is refused; null: never.")
    credit_limit: Decimal | None = optional("How far below zero it may go; postpaid only.")
    rate_group_id: strawberry.ID | None = optional("What its calls cost.")
    non_cli_rate_group_id: strawberry.ID | None = optional(
        "What calls cost whose CLI is not its own."
    )
    cli_pool: CliPool | None = optional("What happens with CLIs.")
    billing_schedule: BillingSchedule | None = optional("How often it is invoiced.")
    billing_day: int | None = optional("Day 1-31 of a monthly schedule.")
    tax_number: str | None = optional("Printed on its documents; at most 32 characters.")
    tax_ids: list[strawberry.ID] | None = optional("Taxes on its charges; null: none.")
    invoices_zero_amounts: bool | None = optional("Invoice empty periods too.")
    invoice_note: str | None = optional("Printed on its invoices; at most 500 characters.")
    reference: str | None = optional("The operator's own reference; at most 120 characters.")
    valid_days: int | None = optional("Expires so many days from now, 1-36500; null: never.")


@strawberry.input(description="The customer to switch on.")
class CustomerActivateInput:
    """Repeats without harm."""

    id: strawberry.ID = required("The customer.")
    expected_version: int | None = optional("The version that was seen; another one: refused.")


@strawberry.input(description="The customer to switch off.")
class CustomerDeactivateInput:
    """Repeats without harm."""

    id: strawberry.ID = required("The customer.")
    expected_version: int | None = optional("The version that was seen; another one: refused.")


@strawberry.type
class _CustomerPayload(Payload):
    customer_id: strawberry.Private[UUID | None] = None
    customer: Customer | None = loaded(description="The customer.")


@strawberry.type(description="What customerUpdate answers.")
class CustomerUpdatePayload(_CustomerPayload):
    """The customer as it is now."""


@strawberry.type(description="What customerActivate answers.")
class CustomerActivatePayload(_CustomerPayload):
    """The customer, on."""


@strawberry.type(description="What customerDeactivate answers.")
class CustomerDeactivatePayload(_CustomerPayload):
    """The customer, off."""


@strawberry.type
class CustomerChangeMutations:
    """For accounts one sees; on their own, customers change only how to reach them."""

    @mutation(permission="customers:update", description="Changes a customer's profile.")
    async def customer_update(
        self,
        info: Info,
        input: CustomerUpdateInput,
    ) -> CustomerUpdatePayload | None:
        """Patch a customer."""
        asked = _asked(info, input)
        await Account.change(asked, patched(input))
        return CustomerUpdatePayload(customer_id=asked.account_id)

    @mutation(permission="customers:update", description="Switches a customer on.")
    async def customer_activate(
        self,
        info: Info,
        input: CustomerActivateInput,
    ) -> CustomerActivatePayload | None:
        """Activate a customer."""
        asked = _asked(info, input)
        await Account.activate(asked)
        return CustomerActivatePayload(customer_id=asked.account_id)

    @mutation(
        permission="customers:update",
        description="Switches a customer off: no sign-in, no calls, registrations dropped.",
    )
    async def customer_deactivate(
        self,
        info: Info,
        input: CustomerDeactivateInput,
    ) -> CustomerDeactivatePayload | None:
        """Deactivate a customer."""
        asked = _asked(info, input)
        await Account.deactivate(asked)
        return CustomerDeactivatePayload(customer_id=asked.account_id)


def _asked(
    info: Info, given: CustomerUpdateInput | CustomerActivateInput | CustomerDeactivateInput
) -> Asked:
    account_id = row_id("Customer", given.id) or NOBODY
    return Asked(info.context.signed_in, account_id, said(given.expected_version))
