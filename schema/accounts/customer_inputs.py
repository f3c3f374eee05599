"""The forms that open customers and providers, field for field; each becomes a `CustomerDraft`.

No rule stands here: what may be in a field is known by the draft.
"""

from decimal import Decimal

import strawberry

from models.rules.draft import CustomerDraft
from models.rules.enums import AccountKind, AccountType, BillingSchedule, CliPool
from schema.inputs import drafted, idempotency_key, optional, required
from schema.scalars import CountryCode, CurrencyCode, EmailAddress, PhoneNumber, TimeZone


@strawberry.input(description="A postal address.")
class PostalAddressInput:
    """Requirement headings: Address 1, Address 2, City, Province, Zip Code, Country."""

    line1: str | None = optional("Street and number; at most 120 characters.")
    line2: str | None = optional("Anything else before the city; at most 120 characters.")
    city: str | None = optional("City; at most 80 characters.")
    province: str | None = optional("Province, state or region; at most 80 characters.")
    postal_code: str | None = optional("Postal code; at most 16 characters.")
    country_code: CountryCode | None = optional("Country.")


@strawberry.input
class AccountForm:
    """What the forms of customers and providers have in common."""

    idempotency_key: str | None = idempotency_key()
    number: str | None = optional("1-20 of letters, digits and + - _ .; absent: ten random digits.")
    password: str | None = optional("Portal password; absent: generated and shown once.")
    generate_pin: bool | None = optional("Draw a calling-card PIN and show it once.", default=False)
    pin: str | None = optional("A PIN of the caller's choice: digits, at most 12.")
    email: EmailAddress = required("Address, also a login.")
    create_sip_device: bool | None = optional(
        "Make a SIP device named like the number, and show its secret once.", default=False
    )
    concurrent_calls: int | None = optional("Calls at a time, 0-100000; 0: unlimited.", default=0)
    calls_per_second: int | None = optional(
        "New calls in a second, 0-100000; 0: unlimited.", default=0
    )
    localization_id: strawberry.ID | None = optional(
        "How numbers are rewritten; absent: the active set of the country."
    )
    allows_local_calls: bool | None = optional("Calls within this house.", default=True)
    notifications_enabled: bool | None = optional("Mails besides security ones.", default=True)
    payment_gateway_allowed: bool | None = optional("Refills by payment gateway.", default=True)
    first_name: str = required("First name; 1-80 characters.")
    last_name: str | None = optional("Last name; at most 80 characters.")
    company: str | None = optional("Company; at most 80 characters.")
    phone: PhoneNumber | None = optional("Telephone number; at most 32 characters.")
    mobile: PhoneNumber | None = optional("Mobile number; at most 32 characters.")
    notification_email: EmailAddress | None = optional("Where mails go instead of `email`.")
    address: PostalAddressInput | None = optional("Postal address.")
    time_zone: TimeZone | None = optional("Time zone; absent: the owner's.")
    currency_code: CurrencyCode | None = optional("Currency; absent: the owner's.")
    records_calls: bool | None = optional("Record its calls.", default=False)
    manages_own_ips: bool | None = optional("It may change its own IP settings.", default=False)
    type: AccountType = required("Prepaid or postpaid.")
    credit_limit: Decimal | None = optional("How far below zero it may go; postpaid only.")
    opening_balance: Decimal | None = optional("Funds to begin with; prepaid only.")
    rate_group_id: strawberry.ID = required("What its calls cost; an active group of its owner.")
    non_cli_rate_group_id: strawberry.ID | None = optional(
        "What calls cost whose CLI is not its own; needed by three of the CLI pools."
    )
    cli_pool: CliPool | None = optional("What happens with CLIs.", default=CliPool.DISABLED)
    billing_schedule: BillingSchedule | None = optional(
        "How often it is invoiced.", default=BillingSchedule.MONTHLY
    )
    billing_day: int | None = optional("Day 1-31 of a monthly schedule; absent: today's.")
    tax_number: str | None = optional("Printed on its documents; at most 32 characters.")
    tax_ids: list[strawberry.ID] | None = optional(
        "Taxes on its charges; absent: the owner's default ones."
    )
    invoices_zero_amounts: bool | None = optional("Invoice empty periods too.", default=False)
    invoice_note: str | None = optional("Printed on its invoices; at most 500 characters.")
    reference: str | None = optional("The operator's own reference; at most 120 characters.")
    valid_days: int | None = optional("Expires after so many days, 1-36500; absent: never.")


@strawberry.input(description="A new customer.")
class CustomerCreateInput(AccountForm):
    """Requirement heading: Create Customer."""

    reseller_id: strawberry.ID | None = optional(
        "Whose customer; absent: the administration's, or the calling reseller's."
    )

    def to_draft(self) -> CustomerDraft:
        """The draft of a customer."""
        return CustomerDraft(**drafted(self))


@strawberry.input(description="A new provider: a carrier that is also billed as a customer.")
class ProviderCreateInput(AccountForm):
    """Requirement heading: Create Provider."""

    notifications_enabled: bool | None = optional("Mails besides security ones.", default=False)

    def to_draft(self) -> CustomerDraft:
        """The draft of a provider."""
        return CustomerDraft(kind=AccountKind.PROVIDER, **drafted(self))
