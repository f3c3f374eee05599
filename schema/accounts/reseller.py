"""The reseller as the API shows it: an account that owns others."""

from datetime import datetime
from typing import Annotated

import strawberry

from models.rules.enums import AccountStatus, AccountType, BillingSchedule, Role
from models.rules.permissions import DEFAULTS
from schema.accounts.account import Account
from schema.accounts.customer import NEWEST, PostalAddress
from schema.accounts.customer_list import CustomerConnection
from schema.accounts.rate_group import RateGroup
from schema.accounts.sources import RESELLERS
from schema.accounts.tax import Tax
from schema.filters import Filter, IdFilter, StringFilter, filter_on, where
from schema.money.invoice import NEWEST_ISSUED, Invoice
from schema.money.movements import CHARGES_BETWEEN, NEWEST_CHARGE, NEWEST_REFILL, Charge, Refill
from schema.paging import Connection
from schema.reads import (
    Money,
    column,
    embedded,
    node,
    root_list,
    root_one,
    to_list,
    to_many,
    to_one,
)
from schema.scalars import EmailAddress, PhoneNumber, TimeZone

LazyReseller = Annotated["Reseller", strawberry.lazy("schema.accounts.reseller")]

# What a reseller holds for whom nobody has chosen.
_START = ", ".join(f"'{word}'" for word in sorted(DEFAULTS[Role.RESELLER]))


@node(RESELLERS, description="An account that owns customers and other resellers.")
class Reseller(Account):
    """Requirement heading: Reseller."""

    version: int = column(description="Rises with each change; send it back to change safely.")
    type: AccountType = column(description="Prepaid or postpaid.")
    parent: LazyReseller | None = to_one(
        "reseller_id",
        description="The reseller above; null: the administration, or one above you.",
    )
    permissions: list[str] = column(
        f"coalesce({{t}}.permissions, ARRAY[{_START}]::text[])",
        description="What it may do, as words of the catalogue.",
    )
    realm: str = column(description="The SIP realm of its customers' devices.")
    first_name: str = column(description="First name.")
    last_name: str | None = column(description="Last name.")
    company: str | None = column(description="Company.")
    email: EmailAddress | None = column(description="Address, also a login.")
    phone: PhoneNumber | None = column(description="Telephone number as typed.")
    address: PostalAddress = embedded(description="Postal address.")
    time_zone: TimeZone = column(description="Zone of its billing days.")
    credit_limit: Money = embedded(
        amount="credit_limit",
        currency_code="currency_code",
        description="How far below zero the balance may go; zero for prepaid.",
    )
    rate_group: RateGroup | None = to_one("rate_group_id", description="What it pays for calls.")
    billing_schedule: BillingSchedule = column(description="How often it is invoiced.")
    billing_day: int | None = column(
        description="Day 1-31 of a monthly schedule; a shorter month bills on its last day."
    )
    taxes: list[Tax] = to_list(
        on="""EXISTS (SELECT FROM account_taxes l
                       WHERE l.tax_id = {t}.id AND l.account_id = {p}.id)""",
        order="priority",
        description="The taxes on its charges, in order of priority.",
    )
    suspended_for_debt_at: datetime | None = column(
        description="Since when an overdue invoice stops all calls below it; payment lifts it."
    )
    created_at: datetime = column(description="When it was opened.")
    invoices: Connection[Invoice] = to_many(
        "account_id",
        order=NEWEST_ISSUED,
        permission="billing:read",
        description="Documents it was given, newest first.",
    )
    refills: Connection[Refill] = to_many(
        "account_id",
        order=NEWEST_REFILL,
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
    customers: CustomerConnection = to_many(
        "reseller_id", order=NEWEST, description="Its own customers, newest first."
    )
    resellers: Connection[LazyReseller] = to_many(
        "reseller_id", order=NEWEST, description="The resellers directly below, newest first."
    )


@where(description="Which resellers. Absent and null keys say nothing; all given ones hold.")
class ResellerWhere:
    """Requirement heading: Reseller List."""

    number: StringFilter | None = filter_on("number", exact=True, description="Account number.")
    company: StringFilter | None = filter_on("company", description="Company.")
    status: Filter[AccountStatus] | None = filter_on(
        "status", lifts_listed=True, description="Status; deleted ones only show when asked for."
    )
    parent_id: IdFilter | None = filter_on(
        "reseller_id", of_resellers=True, description="The reseller above."
    )


@strawberry.type
class ResellerQueries:
    """A reseller sees itself and everything below it."""

    resellers: Connection[Reseller] = root_list(
        order=NEWEST,
        where=ResellerWhere,
        permission="customers:read",
        description="Resellers that the viewer sees, itself among them, newest first.",
    )
    reseller: Reseller | None = root_one(
        permission="customers:read",
        description="One reseller; null when there is none that the viewer sees.",
    )
