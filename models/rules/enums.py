"""Every closed list of words the API knows, each member equal to its name on the wire.

No rule lives here; refusal codes stand in `errors`.
"""

# ruff: noqa: PLC0414 -- "as" marks a deliberate re-export: one place offers every list.

from enum import StrEnum

from models.rules.enums_jobs import BalancePolicy as BalancePolicy
from models.rules.enums_jobs import CustomerExportColumn as CustomerExportColumn
from models.rules.enums_jobs import CustomerImportField as CustomerImportField
from models.rules.enums_jobs import DownloadKind as DownloadKind
from models.rules.enums_jobs import ExportFormat as ExportFormat
from models.rules.enums_jobs import ImportMatch as ImportMatch
from models.rules.enums_jobs import JobKind as JobKind
from models.rules.enums_jobs import JobStatus as JobStatus
from models.rules.enums_jobs import RowOutcome as RowOutcome


class AccountKind(StrEnum):
    """Who an account belongs to: a customer, a carrier, or a reseller of the house."""

    CUSTOMER = "CUSTOMER"
    PROVIDER = "PROVIDER"
    RESELLER = "RESELLER"


class CustomerKind(StrEnum):
    """The kinds of account that place calls; a provider is also a carrier."""

    CUSTOMER = "CUSTOMER"
    PROVIDER = "PROVIDER"


class AccountType(StrEnum):
    """Whether calls are paid before they are made, or by invoice."""

    PREPAID = "PREPAID"
    POSTPAID = "POSTPAID"


class AccountStatus(StrEnum):
    """Life of an account; INACTIVE is set and lifted by people only."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    DELETING = "DELETING"
    DELETED = "DELETED"


class BillingSchedule(StrEnum):
    """How often a postpaid account gets an invoice."""

    DAILY = "DAILY"
    MONTHLY = "MONTHLY"


class CliPool(StrEnum):
    """What to do with the caller's line identification against the account's own numbers."""

    DISABLED = "DISABLED"
    DID_ELSE_RANDOM_DID = "DID_ELSE_RANDOM_DID"
    CALLER_ID_ELSE_RANDOM_CALLER_ID = "CALLER_ID_ELSE_RANDOM_CALLER_ID"
    NON_CLI_RATE_GROUP_UNLESS_DID = "NON_CLI_RATE_GROUP_UNLESS_DID"
    NON_CLI_RATE_GROUP_UNLESS_CALLER_ID = "NON_CLI_RATE_GROUP_UNLESS_CALLER_ID"
    NON_CLI_RATE_GROUP_UNLESS_DID_OR_CALLER_ID = "NON_CLI_RATE_GROUP_UNLESS_DID_OR_CALLER_ID"
    REJECT_UNLESS_DID = "REJECT_UNLESS_DID"
    REJECT_UNLESS_CALLER_ID = "REJECT_UNLESS_CALLER_ID"
    REJECT_UNLESS_DID_OR_CALLER_ID = "REJECT_UNLESS_DID_OR_CALLER_ID"


class ProvisioningState(StrEnum):
    """How far the switches have followed a SIP device."""

    PENDING = "PENDING"
    PUBLISHED = "PUBLISHED"
    READY = "READY"
    DEGRADED = "DEGRADED"
    MISMATCH = "MISMATCH"
    REVOKING = "REVOKING"
    REVOKED = "REVOKED"
    FAILED = "FAILED"


class OrderDirection(StrEnum):
    """Direction of a sorted list."""

    ASC = "ASC"
    DESC = "DESC"


class LocalizationTarget(StrEnum):
    """Which number of a call a localization rule rewrites."""

    CALLER_ID = "CALLER_ID"
    NUMBER = "NUMBER"


class ActiveStatus(StrEnum):
    """Whether a thing is in use."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class SecretReason(StrEnum):
    """Why a secret is not shown."""

    ALREADY_SHOWN = "ALREADY_SHOWN"
    GIVEN_BY_CALLER = "GIVEN_BY_CALLER"


class ProductCategory(StrEnum):
    """What is sold."""

    PACKAGE = "PACKAGE"
    SUBSCRIPTION = "SUBSCRIPTION"
    REFILL = "REFILL"
    DID = "DID"


class ProductBilling(StrEnum):
    """Whether a product is charged once or each period."""

    ONE_TIME = "ONE_TIME"
    RECURRING = "RECURRING"


class InvoiceKind(StrEnum):
    """Kind of document."""

    INVOICE = "INVOICE"
    RECEIPT = "RECEIPT"
    CREDIT_NOTE = "CREDIT_NOTE"


class InvoiceStatus(StrEnum):
    """How far a document is settled."""

    OPEN = "OPEN"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    VOID = "VOID"


class RefillMethod(StrEnum):
    """How money came into a wallet."""

    MANUAL = "MANUAL"
    OPENING_BALANCE = "OPENING_BALANCE"
    GATEWAY = "GATEWAY"


class PostingKind(StrEnum):
    """Why money moved."""

    OPENING_BALANCE = "OPENING_BALANCE"
    REFILL = "REFILL"
    POST_CHARGE = "POST_CHARGE"
    CALL = "CALL"
    DID = "DID"
    PRODUCT = "PRODUCT"
    TAX = "TAX"
    INVOICE_PAYMENT = "INVOICE_PAYMENT"
    CREDIT_NOTE = "CREDIT_NOTE"
    ADJUSTMENT = "ADJUSTMENT"
    ROUNDING = "ROUNDING"
    PROVIDER_COST = "PROVIDER_COST"
    RETURN = "RETURN"
    WRITE_OFF = "WRITE_OFF"
    REVERSAL = "REVERSAL"


class CallType(StrEnum):
    """How the switch classified a call."""

    STANDARD = "STANDARD"
    DID = "DID"
    FREE = "FREE"
    LOCAL = "LOCAL"
    CALLING_CARD = "CALLING_CARD"


class CallDirection(StrEnum):
    """Seen from the customer's side."""

    OUTBOUND = "OUTBOUND"
    INBOUND = "INBOUND"


class EmailStatus(StrEnum):
    """What became of a mail."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"
    SUPPRESSED = "SUPPRESSED"


class Role(StrEnum):
    """Who is asking."""

    ADMIN = "ADMIN"
    SUB_ADMIN = "SUB_ADMIN"
    RESELLER = "RESELLER"
    CUSTOMER = "CUSTOMER"


class SwitchKind(StrEnum):
    """The software of a switch."""

    FREESWITCH = "FREESWITCH"
    KAMAILIO = "KAMAILIO"


class SwitchNodeState(StrEnum):
    """Whether a switch takes part."""

    ACTIVE = "ACTIVE"
    UNREACHABLE = "UNREACHABLE"
    DRAINING = "DRAINING"
    RETIRED = "RETIRED"


class CallVerdict(StrEnum):
    """Whether a call may go on."""

    ALLOW = "ALLOW"
    REJECT = "REJECT"


class CallReason(StrEnum):
    """Why a call was refused; OK when it was not."""

    OK = "OK"
    ACCOUNT_OFF = "ACCOUNT_OFF"
    EXPIRED = "EXPIRED"
    NO_FUNDS = "NO_FUNDS"
    DESTINATION_BLOCKED = "DESTINATION_BLOCKED"
    LOCAL_NOT_ALLOWED = "LOCAL_NOT_ALLOWED"
    POOL_EMPTY = "POOL_EMPTY"
    CALLERID_NOT_FOUND = "CALLERID_NOT_FOUND"


class CustomerOrderField(StrEnum):
    """What a customer list can be sorted by."""

    NUMBER = "NUMBER"
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"
    COMPANY = "COMPANY"
    BALANCE = "BALANCE"
    CREDIT_LIMIT = "CREDIT_LIMIT"
    FIRST_USED_AT = "FIRST_USED_AT"
    EXPIRES_AT = "EXPIRES_AT"
    CREATED_AT = "CREATED_AT"
    STATUS = "STATUS"
    EMAIL = "EMAIL"
    TYPE = "TYPE"
    KIND = "KIND"
    CONCURRENT_CALLS = "CONCURRENT_CALLS"
