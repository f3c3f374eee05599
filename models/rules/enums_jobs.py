"""The closed lists of words that belong to jobs, imports and exports.

Read through `enums`, which offers every list of words in one place.
"""

from enum import StrEnum


class JobKind(StrEnum):
    """What a long operation over many accounts does."""

    MASS_CREATE = "MASS_CREATE"
    IMPORT = "IMPORT"
    EXPORT = "EXPORT"
    BATCH_UPDATE = "BATCH_UPDATE"
    DELETE = "DELETE"
    BILLING_RUN = "BILLING_RUN"


class JobStatus(StrEnum):
    """Where a long operation stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"
    COMPLETED_WITH_ERRORS = "COMPLETED_WITH_ERRORS"
    FAILED = "FAILED"


class RowOutcome(StrEnum):
    """What became of one row of a job."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    UNCHANGED = "UNCHANGED"
    REJECTED = "REJECTED"
    DELETED = "DELETED"
    FAILED = "FAILED"


class DownloadKind(StrEnum):
    """What a job offers for download."""

    EXPORT = "EXPORT"
    REPORT = "REPORT"
    CREDENTIALS = "CREDENTIALS"


class CustomerImportField(StrEnum):
    """What a column of an imported file can mean."""

    NUMBER = "NUMBER"
    PASSWORD = "PASSWORD"  # noqa: S105 - a word, no secret
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"
    COMPANY = "COMPANY"
    PHONE = "PHONE"
    MOBILE = "MOBILE"
    EMAIL = "EMAIL"
    NOTIFICATION_EMAIL = "NOTIFICATION_EMAIL"
    ADDRESS_LINE1 = "ADDRESS_LINE1"
    ADDRESS_LINE2 = "ADDRESS_LINE2"
    CITY = "CITY"
    PROVINCE = "PROVINCE"
    POSTAL_CODE = "POSTAL_CODE"
    COUNTRY_CODE = "COUNTRY_CODE"
    TIME_ZONE = "TIME_ZONE"
    CURRENCY_CODE = "CURRENCY_CODE"
    TYPE = "TYPE"
    BALANCE = "BALANCE"
    CREDIT_LIMIT = "CREDIT_LIMIT"
    SIP_USERNAME = "SIP_USERNAME"
    SIP_PASSWORD = "SIP_PASSWORD"  # noqa: S105 - a word, no secret
    CONCURRENT_CALLS = "CONCURRENT_CALLS"
    CALLS_PER_SECOND = "CALLS_PER_SECOND"
    RATE_GROUP = "RATE_GROUP"
    BILLING_SCHEDULE = "BILLING_SCHEDULE"
    BILLING_DAY = "BILLING_DAY"
    TAX_NUMBER = "TAX_NUMBER"
    REFERENCE = "REFERENCE"
    VALID_DAYS = "VALID_DAYS"


class ImportMatch(StrEnum):
    """How an imported row finds the account it updates."""

    NONE = "NONE"
    NUMBER = "NUMBER"
    REFERENCE = "REFERENCE"


class CustomerExportColumn(StrEnum):
    """A column of an exported customer list."""

    ACCOUNT = "ACCOUNT"
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"
    COMPANY = "COMPANY"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    MOBILE = "MOBILE"
    TYPE = "TYPE"
    ENTITY = "ENTITY"
    RATE_GROUP = "RATE_GROUP"
    BALANCE = "BALANCE"
    CREDIT_LIMIT = "CREDIT_LIMIT"
    CURRENCY = "CURRENCY"
    FIRST_USED = "FIRST_USED"
    EXPIRY_DATE = "EXPIRY_DATE"
    CC = "CC"
    CPS = "CPS"
    LOCALIZATION = "LOCALIZATION"
    RESELLER = "RESELLER"
    STATUS = "STATUS"
    CREATED_DATE = "CREATED_DATE"
    TIME_ZONE = "TIME_ZONE"
    BILLING_SCHEDULE = "BILLING_SCHEDULE"
    BILLING_DAY = "BILLING_DAY"
    TAX_NUMBER = "TAX_NUMBER"
    REFERENCE = "REFERENCE"


class ExportFormat(StrEnum):
    """Format of an exported file."""

    CSV = "CSV"
    JSONL = "JSONL"


class BalancePolicy(StrEnum):
    """What deletion does with the remaining balance."""

    KEEP = "KEEP"
    WRITE_OFF = "WRITE_OFF"
    RETURN = "RETURN"
