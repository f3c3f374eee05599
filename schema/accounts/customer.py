"""The customer as the API shows it: profile, wallet and billing; the panels hang below.

Providers are customers of kind PROVIDER. What may be changed stands in the mutations.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.rules.enums import AccountType, BillingSchedule, CallReason, CliPool, CustomerKind
from schema.access.audit import NEWEST_EVENT, AuditEvent
from schema.accounts.account import Account
from schema.accounts.call_decision import FACTS, call_blockers, may_call
from schema.accounts.sources import CUSTOMERS
from schema.money.cdr import CALLS_BETWEEN, NEWEST_CALL, CarrierTotals, Cdr
from schema.money.invoice import NEWEST_ISSUED, Invoice
from schema.money.movements import CHARGES_BETWEEN, NEWEST_CHARGE, NEWEST_REFILL, Charge, Refill
from schema.paging import Connection
from schema.panel.alert_threshold import AlertThreshold
from schema.panel.blocked_code import BlockedCode
from schema.panel.caller_id import CallerId, ForceCallerId
from schema.panel.did import PANEL_DIDS, Did
from schema.panel.email import EMAILS_BETWEEN, NEWEST_EMAIL, Email
from schema.panel.ip_setting import IpSetting
from schema.panel.product import PANEL_ORDERS, ProductOrder
from schema.panel.speed_dial import SpeedDial
from schema.reads import (
    Between,
    Money,
    Order,
    aggregate,
    column,
    computed,
    embedded,
    node,
    part,
    to_list,
    to_many,
    to_one,
)
from schema.scalars import CountryCode, EmailAddress, PhoneNumber, TimeZone

if TYPE_CHECKING:
    from schema.accounts.localization import Localization
    from schema.accounts.rate_group import RateGroup
    from schema.accounts.reseller import Reseller
    from schema.accounts.tax import Tax
    from schema.panel.sip_device import SipDevice

LazyRateGroup = Annotated["RateGroup", strawberry.lazy("schema.accounts.rate_group")]
LazyLocalization = Annotated["Localization", strawberry.lazy("schema.accounts.localization")]
LazyReseller = Annotated["Reseller", strawberry.lazy("schema.accounts.reseller")]
LazyTax = Annotated["Tax", strawberry.lazy("schema.accounts.tax")]
LazySipDevice = Annotated["SipDevice", strawberry.lazy("schema.panel.sip_device")]

NEWEST = Order("created_at", "timestamptz", descending=True)


@part(description="A postal address.")
class PostalAddress:
    """Columns of the account or issuer it is embedded in."""

    line1: str | None = column("address_line1", description="Street and number.")
    line2: str | None = column("address_line2", description="Anything else before the city.")
    city: str | None = column(description="City.")
    province: str | None = column(description="Province, state or region.")
    postal_code: str | None = column(description="Postal code.")
    country_code: CountryCode | None = column(description="Country.")


@node(CUSTOMERS, description="A customer, or a provider: a carrier also billed as a customer.")
class Customer(Account):
    """Requirement headings: Customer List, Customer Profile."""

    version: int = column(description="Rises with each change; send it back to change safely.")
    kind: CustomerKind = column(description="Customer or provider.")
    type: AccountType = column(description="Prepaid or postpaid.")
    reseller: LazyReseller | None = to_one(
        "reseller_id",
        description="The reseller it belongs to; null: the administration, or one above you.",
    )
    first_name: str = column(description="First name.")
    last_name: str | None = column(description="Last name.")
    company: str | None = column(description="Company.")
    email: EmailAddress | None = column(
        description="Address, also a login; null for accounts made in bulk."
    )
    phone: PhoneNumber | None = column(description="Telephone number as typed.")
    mobile: PhoneNumber | None = column(description="Mobile number as typed.")
    notification_email: EmailAddress | None = column(
        description="Where mails go instead of `email`."
    )
    address: PostalAddress = embedded(description="Postal address.")
    time_zone: TimeZone = column(description="Zone of its billing days and of lists of today.")

    concurrent_calls: int = column(description="Calls at a time; 0: unlimited.")
    calls_per_second: int = column(description="New calls in a second; 0: unlimited.")
    localization: LazyLocalization | None = to_one(
        "localization_id", description="How the numbers of its calls are rewritten."
    )
    allows_local_calls: bool = column(
        description="Whether it may call other devices and accounts of this house."
    )
    notifications_enabled: bool = column(description="Whether it gets mails besides security ones.")
    payment_gateway_allowed: bool = column(
        description="Whether it may refill through a payment gateway."
    )
    records_calls: bool = column(description="Whether its calls are recorded.")
    manages_own_ips: bool = column(description="Whether it may change its own IP settings.")
    has_pin: bool = column(
        "EXISTS (SELECT FROM pins WHERE pins.account_id = {t}.id)",
        description="Whether a calling-card PIN is set.",
    )

    credit_limit: Money = embedded(
        amount="credit_limit",
        currency_code="currency_code",
        description="How far below zero the balance may go; zero for prepaid.",
    )
    rate_group: LazyRateGroup | None = to_one("rate_group_id", description="What its calls cost.")
    non_cli_rate_group: LazyRateGroup | None = to_one(
        "non_cli_rate_group_id",
        description="What calls cost whose CLI is not its own, where the CLI pool says so.",
    )
    cli_pool: CliPool = column(description="What happens with the CLI of its calls.")

    billing_schedule: BillingSchedule = column(description="How often it is invoiced.")
    billing_day: int | None = column(
        description="Day 1-31 of a monthly schedule; a shorter month bills on its last day."
    )
    next_billing_at: datetime | None = column(
        description="When the open period ends; postpaid only."
    )
    tax_number: str | None = column(description="Tax number printed on its documents.")
    taxes: list[LazyTax] = to_list(
        on="{t}.id IN (SELECT tax_id FROM account_taxes WHERE account_taxes.account_id = {p}.id)",
        order="priority",
        description="The taxes on its charges, in order of priority.",
    )
    invoices_zero_amounts: bool = column(
        description="Whether a period without charges is invoiced."
    )
    invoice_note: str | None = column(description="A note printed on its invoices.")
    reference: str | None = column(description="The operator's own reference.")

    valid_days: int | None = column(description="For how many days it was opened; null: for ever.")
    first_used_at: datetime | None = column(description="When its first call was made.")
    expires_at: datetime | None = column(description="From when on it is refused; null: never.")
    expired: bool = column(
        "coalesce({t}.expires_at <= now(), false)", description="Whether it has expired by now."
    )
    suspended_for_debt_at: datetime | None = column(
        description="Since when it is suspended for an overdue invoice; payment lifts it."
    )
    created_at: datetime = column(description="When it was opened.")
    updated_at: datetime = column(description="When it was last changed.")
    deleted_at: datetime | None = column(description="When its deletion was complete.")

    sip_devices: Connection[LazySipDevice] = to_many(
        "account_id",
        order=NEWEST,
        description="Its SIP devices, newest first.",
    )
    ip_settings: Connection[IpSetting] = to_many(
        "account_id", order=NEWEST, description="Networks whose calls are its, newest first."
    )
    caller_ids: Connection[CallerId] = to_many(
        "account_id", order=NEWEST, description="Numbers it may present, newest first."
    )
    force_caller_id: ForceCallerId | None = to_one(
        on="{t}.account_id = {p}.id", description="The number all its calls present, if any."
    )
    speed_dials: list[SpeedDial] = to_list(
        "account_id", order=Order("key", "int8"), description="What its keys 0-9 dial."
    )
    blocked_codes: Connection[BlockedCode] = to_many(
        "account_id", order=NEWEST, description="Prefixes it may not call, newest first."
    )
    alert_threshold: AlertThreshold = embedded(
        description="When it is told that its funds run low."
    )
    dids: Connection[Did] = to_many(
        "account_id", order=PANEL_DIDS, description="Its numbers, the last assigned first."
    )
    products: Connection[ProductOrder] = to_many(
        "account_id", order=PANEL_ORDERS, description="What it has ordered, the last first."
    )
    outstanding: Money = embedded(
        amount="""(SELECT coalesce(sum(o.outstanding), 0) FROM invoices o
                    WHERE o.account_id = {t}.id AND o.outstanding > 0)""",
        currency_code="currency_code",
        description="What is not settled of its invoices.",
        permission="billing:read",
    )
    invoices: Connection[Invoice] = to_many(
        "account_id",
        order=NEWEST_ISSUED,
        between=Between("issued_at"),
        permission="billing:read",
        description="Its documents, newest first.",
    )
    refills: Connection[Refill] = to_many(
        "account_id",
        order=NEWEST_REFILL,
        between=Between("created_at"),
        permission="billing:read",
        description="Money that came in, newest first.",
    )
    charges: Connection[Charge] = to_many(
        "ledger_account_id",
        order=NEWEST_CHARGE,
        between=CHARGES_BETWEEN,
        permission="billing:read",
        description="Its charge history, newest first.",
    )
    cdrs: Connection[Cdr] = to_many(
        "account_id",
        order=NEWEST_CALL,
        between=CALLS_BETWEEN,
        permission="cdrs:read",
        description="Its calls, newest first.",
    )
    carried_cdrs: Connection[Cdr] = to_many(
        "provider_id",
        order=NEWEST_CALL,
        between=CALLS_BETWEEN,
        permission="cdrs:read",
        description="Calls that a provider terminated, of callers the viewer sees, newest first.",
    )
    carrier_totals: CarrierTotals = aggregate(
        "{t}.provider_id = {p}.id",
        between=CALLS_BETWEEN,
        permission="cdrs:read",
        description="What a provider's calls came to.",
    )
    audit: Connection[AuditEvent] = to_many(
        "account_id",
        order=NEWEST_EVENT,
        description="What was changed on it and on what belongs to it, newest first.",
    )
    emails: Connection[Email] = to_many(
        "account_id",
        order=NEWEST_EMAIL,
        between=EMAILS_BETWEEN,
        description="Its mails, newest first.",
    )
    may_call: bool = computed(
        tuple(FACTS.values()),
        may_call,
        description="Whether nothing refuses every call; what callDecision says without a number.",
    )
    call_blockers: list[CallReason] = computed(
        tuple(FACTS.values()), call_blockers, description="All that refuses every call."
    )
